import { InputError } from "../../../errors.js";
import { sha256 } from "../../../sha256.js";
import type { NamedBytes } from "../mnist.js";

/** A set of MNIST's shape that a name finds, from its mirrors. */
export interface NamedSet {
  readonly name: string;
  /** Base addresses that end in `/`, tried in turn. */
  readonly mirrors: readonly string[];
  readonly classNames: readonly string[];
  /** SHA-256 of the gzipped files as they are published. */
  readonly files: Readonly<Record<string, string>>;
}

/** The sets by name; their digests are those that torch-rb, MegEngine and others publish beside the authors' MD5. */
export const NAMED_SETS: Readonly<Record<string, NamedSet>> = {
  "fashion-mnist": {
    name: "fashion-mnist",
    mirrors: [
      "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
      "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ],
    classNames: [
      ...["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"],
      ...["Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
    ],
    files: {
      "train-images-idx3-ubyte.gz":
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
      "train-labels-idx1-ubyte.gz":
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
      "t10k-images-idx3-ubyte.gz":
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
      "t10k-labels-idx1-ubyte.gz":
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    },
  },
  kmnist: {
    name: "kmnist",
    mirrors: ["https://codh.rois.ac.jp/kmnist/dataset/kmnist/"],
    classNames: ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"],
    files: {
      "train-images-idx3-ubyte.gz":
        "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
      "train-labels-idx1-ubyte.gz":
        "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
      "t10k-images-idx3-ubyte.gz":
        "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
      "t10k-labels-idx1-ubyte.gz":
        "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
    },
  },
};

/** @throws InputError where a gzipped file is not the published one */
export function checkNamedFile(set: NamedSet, name: string, { where, bytes }: NamedBytes): void {
  const got = sha256(bytes);
  if (got === set.files[name]) return;
  const expected = `${set.name}'s ${name} (SHA-256 ${set.files[name]})`;
  throw new InputError(where, expected, `SHA-256 ${got}`);
}

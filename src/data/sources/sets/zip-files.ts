import { InputError } from "../../../errors.js";
import { excerpt } from "../../../excerpt.js";
import { crc32 } from "../../../formats/crc32.js";
import { openZip } from "../../../formats/zip.js";
import { inflate, MOST_UNPACKED_BYTES } from "../../gzip.js";
import type { NamedFile, NamedFiles } from "./named-files.js";

/**
 * The files of a zip file, stored or deflated, as those of a folder. `.npz` files are such files.
 *
 * @param root the zip file's path, for messages
 * @throws InputError where it is damaged
 */
export function listZip(bytes: Uint8Array, root: string): NamedFiles {
  const zip = openZip(bytes, root);
  const inZip = new Map<string, string>();
  for (const name of zip.names) {
    const plain = plainName(name);
    if (plain === "" || plain.endsWith("/") || isHidden(plain)) continue;
    const other = inZip.get(plain);
    if (other !== undefined) {
      throw new InputError(
        root,
        `${excerpt(plain)} once`,
        `${excerpt(other)} and ${excerpt(name)}`,
      );
    }
    inZip.set(plain, name);
  }
  const files = [...inZip.keys()]
    .map(
      (name): NamedFile => ({
        name,
        path: `${root}: ${excerpt(name).slice(1, -1)}`,
        size: 0,
        changed: 0,
      }),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const read = async ({ name, path }: NamedFile): Promise<Uint8Array> => {
    const stored = inZip.get(name)!;
    const packed = zip.readPacked(stored)!;
    if (!packed.isDeflated) return zip.read(stored)!;
    const content = await inflate(packed.bytes, "deflate-raw", packed.size, MOST_UNPACKED_BYTES);
    if (typeof content === "string") {
      const expected = `an intact deflate stream of at most ${MOST_UNPACKED_BYTES} bytes`;
      throw new InputError(path, expected, content === "larger" ? "more" : "a damaged one");
    }
    if (packed.crc !== 0 && crc32(content) !== packed.crc) {
      throw new InputError(path, "the CRC-32 of the zip's directory", "another (damaged)");
    }
    return content;
  };
  return { root, files, onDisk: false, read };
}

/**
 * A name with `/` between folders, as the format asks for: some programs of Windows write `\\`. Steps `.` and `..`,
 * and a `/` in front, are left out: nothing is written to disk, and they are no folders of classes.
 */
function plainName(name: string): string {
  return name
    .replaceAll("\\", "/")
    .split("/")
    .filter(
      (part, at, all) => part !== "." && part !== ".." && (part !== "" || at === all.length - 1),
    )
    .join("/");
}

function isHidden(name: string): boolean {
  return name.split("/").some((part) => part.startsWith(".") || part === "__MACOSX");
}

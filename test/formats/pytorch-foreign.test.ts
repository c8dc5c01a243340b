import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { toFloat32 } from "../../src/formats/float32.js";
import { readPyTorch } from "../../src/formats/pytorch.js";
import type { StoredTensor } from "../../src/formats/stored-tensor.js";
import { writePyTorch } from "../../src/formats/write-pytorch.js";
import { writeZip } from "../../src/formats/write-zip.js";

/** What PyTorch wrote, and what its own torch.load gives back; make_foreign_fixtures.py says what. */
interface Fixture {
  readonly file: string;
  readonly tensors: Record<string, [shape: number[], values: string[]]>;
}
const fixtures: Record<string, Fixture> = JSON.parse(
  readFileSync(new URL("foreign-fixtures.json", import.meta.url), "utf8"),
);
const bytesOf = (name: string) => new Uint8Array(Buffer.from(fixtures[name]!.file, "base64"));
const read = (bytes: Uint8Array, entry?: string) => readPyTorch(bytes, "w.pt", { entry });

/** As torch.load gives them back: floats as text, as there are NaN and −0. */
function listed(tensor: StoredTensor): [shape: readonly number[], values: string[]] {
  const isFloat = toFloat32(tensor) !== undefined;
  const wide = tensor.dtype === "F64" ? tensor : (toFloat32(tensor) ?? tensor);
  const values = Array.from(wide.values as ArrayLike<number | bigint>, (value) =>
    isFloat ? floatText(value as number) : String(value),
  );
  return [tensor.shape, values];
}

function floatText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

describe("tensors as PyTorch itself reads them", () => {
  const names = Object.keys(fixtures).filter(
    (name) => Object.keys(fixtures[name]!.tensors).length > 0,
  );

  test.each(names)("%s", (name) => {
    const { tensors, entry } = read(bytesOf(name));
    const expected = Object.entries(fixtures[name]!.tensors).map(([key, [shape, values]]) => [
      key,
      [
        shape,
        values.map((text) =>
          /[.n]|e[+-]/.test(text) ? floatText(Number(text.replace("inf", "Infinity"))) : text,
        ),
      ],
    ]);
    expect([...tensors].map(([key, tensor]) => [key, listed(tensor)])).toEqual(expected);
    expect(entry).toBe(name.startsWith("beside ") ? "model" : undefined);
  });
});

describe("well-known files that hold no state dict", () => {
  test.each([
    ["exported", "a file of torch.save", "an archive of torch.export"],
    ["npz", "a file of torch.save", "NumPy arrays (.npz)"],
    [
      "conjugated",
      "a dictionary of tensors, or one with just one entry that is such a dictionary",
      '{"w": a tensor of complex64}',
    ],
  ])("%s", (name, expected, got) => {
    expect(() => read(bytesOf(name))).toThrow(`w.pt: expected ${expected}, got ${got}`);
  });

  test("a checkpoint packed into another zip, and a Keras model", () => {
    const packed = writeZip(new Map([["net/best.PTH", new Uint8Array(3)]]), "test");
    expect(() => read(packed)).toThrow(
      'w.pt: expected a file of torch.save, got a zip file with "net/best.PTH" in it',
    );
    const keras = writeZip(new Map([["model.weights.h5", new Uint8Array(3)]]), "test");
    expect(() => read(keras)).toThrow("w.pt: expected a file of torch.save, got a Keras model");
  });

  test("a pickle of something else", () => {
    const pickle = Buffer.from("\x80\x04\x95\x05\0\0\0\0\0\0\0}\x94.", "latin1");
    expect(() => read(pickle)).toThrow(
      "w.pt: expected a file of torch.save, got a pickle that torch.save did not write",
    );
  });
});

// Pickles by hand: what PyTorch does not write, or refuses itself.
const text = (value: string) => `X${String.fromCharCode(value.length)}\0\0\0${value}`;
const dict = (entries: Record<string, string>) =>
  `}(${Object.entries(entries)
    .map(([key, value]) => text(key) + value)
    .join("")}u`;
const storage = (name = "torch\nFloatStorage", length = 2) =>
  `(${text("storage")}c${name}\n${text("0")}${text("cpu")}K${String.fromCharCode(length)}tQ`;
const hooks = "ccollections\nOrderedDict\n)R";
const utils = (name: string) => `ctorch._utils\n_rebuild_${name}\n`;
/** Storage, offset 0, size (2,), stride (1,) */
const view = `${storage()}K\0K\x02\x85K\x01\x85`;
const tensor = `${utils("tensor_v2")}(${view}\x89${hooks}tR`;

/** A file with this pickle and one storage, the float32 numbers 1 and 2. */
function ofPickle(pickle: string): Uint8Array {
  return writeZip(
    new Map([
      ["archive/data.pkl", Buffer.from(`\x80\x02${pickle}.`, "latin1")],
      ["archive/data/0", new Uint8Array(new Float32Array([1, 2]).buffer)],
    ]),
    "test",
  );
}

describe("every argument of a rebuild call is understood or refused", () => {
  const v2 = (rest: string) => `${utils("tensor_v2")}(${view}${rest}tR`;
  const v3 = (rest: string) => `${utils("tensor_v3")}(${view}${rest}tR`;
  const parameter = (rest: string) => `${utils("parameter")}(${tensor}${rest}tR`;
  const stateful = (rest: string) => `${utils("parameter_with_state")}(${tensor}${rest}tR`;
  const typed = (rest: string) => `ctorch._tensor\n_rebuild_from_type_v2\n(${rest}tR`;
  const onDevice = (rest: string) => `${utils("device_tensor_from_cpu_tensor")}(${rest}tR`;
  const made = `${utils("tensor_v2")}ctorch\nTensor\n(${view}\x89${hooks}t`;

  test.each<[string, string, number[]]>([
    ["the first version", `${utils("tensor")}(${view}tR`, [1, 2]],
    ["no metadata", v2(`\x89${hooks}N`), [1, 2]],
    ["empty metadata, no hooks", v2("\x88N}"), [1, 2]],
    ["neg and conj off", v2(`\x89${hooks}${dict({ neg: "\x89", conj: "\x89" })}`), [1, 2]],
    ["neg", v2(`\x89${hooks}${dict({ neg: "\x88" })}`), [-1, -2]],
    ["the third version's own type", v3(`\x89${hooks}ctorch\nfloat32\n`), [1, 2]],
    [
      "neg in the third version",
      v3(`\x89${hooks}ctorch\nfloat32\n${dict({ neg: "\x88" })}`),
      [-1, -2],
    ],
    ["a parameter", parameter(`\x88${hooks}`), [1, 2]],
    ["attributes, as a pair", stateful(`\x88${hooks}${dict({ tag: "K\x01" })}N\x86`), [1, 2]],
    ["attributes of a tensor", typed(`${made}${dict({ tag: "K\x01" })}`), [1, 2]],
    ["a device's tensor", onDevice(`${tensor}ctorch\nfloat32\n${text("xla:0")}\x89`), [1, 2]],
    [
      "CUDA's storage class",
      `${utils("tensor_v2")}(${storage("torch.cuda\nFloatStorage")}K\0K\x02\x85K\x01\x85\x89${hooks}tR`,
      [1, 2],
    ],
  ])("%s is read", (_, pickle, values) => {
    const { tensors } = read(ofPickle(dict({ w: pickle })));
    expect([...tensors.get("w")!.values]).toEqual(values);
  });

  test.each<[string, string, string]>([
    ["an argument more", v2(`\x89${hooks}}N`), "6 or 7 arguments of a tensor, got 8"],
    ["an argument less", `${utils("tensor")}(${storage()}K\0tR`, "4 arguments of a tensor, got 2"],
    ["requires_grad", v2(`K\x01${hooks}`), "a tensor's requires_grad to be True or False, got 1"],
    ["hooks", v2(`\x89${dict({ h: "N" })}`), "a tensor without backward hooks, got 1"],
    ["other hooks", v2("\x89K\x07"), "a tensor without backward hooks, got 7"],
    [
      "conj",
      v2(`\x89${hooks}${dict({ conj: "\x88" })}`),
      "a tensor without its conj bit set, got True",
    ],
    [
      "other metadata",
      v2(`\x89${hooks}${dict({ scale: "\x88" })}`),
      'a tensor\'s metadata to be neg and conj, True or False, got "scale": True',
    ],
    [
      "neg of a number",
      v2(`\x89${hooks}${dict({ neg: "K\x01" })}`),
      'a tensor\'s metadata to be neg and conj, True or False, got "neg": 1',
    ],
    [
      "a list as metadata",
      v2(`\x89${hooks}]`),
      "a tensor's metadata to be a dictionary, got a list",
    ],
    [
      "neg of booleans",
      v3(`\x89${hooks}ctorch\nbool\n${dict({ neg: "\x88" })}`),
      "a tensor of BOOL without its neg bit set, got True",
    ],
    [
      "a text as dtype",
      v3(`\x89${hooks}${text("torch.float32")}`),
      "a tensor's dtype to be one of torch's, got \"torch.float32\"",
    ],
    [
      "a larger type",
      v3(`\x89${hooks}ctorch\nfloat64\n`),
      "a tensor within the 1 elements of its storage, got shape [2] with strides [1] from element 0",
    ],
    [
      "a parameter's hooks",
      parameter(`\x88${dict({ h: "N" })}`),
      "a tensor without backward hooks, got 1",
    ],
    [
      "a parameter of a number",
      `${utils("parameter")}(K\x01\x88${hooks}tR`,
      "a parameter made of a tensor, got 1",
    ],
    [
      "attributes that are the values",
      stateful(`\x88${hooks}${dict({ data: tensor })}`),
      'a tensor\'s attributes to leave its values alone, got "data"',
    ],
    [
      "attributes that are a list",
      stateful(`\x88${hooks}]`),
      "a tensor's attributes to be a dictionary, got a list",
    ],
    [
      "another class",
      typed(`${utils("tensor_v2")}ctorch\nSize\n(${view}\x89${hooks}tN`),
      "a tensor with attributes to be a Tensor or Parameter, got torch.Size",
    ],
    [
      "another maker",
      typed("ccollections\nCounter\nctorch\nTensor\n)N"),
      "a tensor with attributes to be made by a function of torch._utils, got collections.Counter",
    ],
    [
      "attributes in attributes",
      typed("ctorch._tensor\n_rebuild_from_type_v2\nctorch\nTensor\n)N"),
      "a tensor with attributes to be made by a function of torch._utils, got torch._tensor._rebuild_from_type_v2",
    ],
    [
      "attributes set later",
      `${tensor}}b`,
      "attributes of a dictionary only, got some of a tensor",
    ],
    [
      "a Counter of a list",
      "ccollections\nCounter\n]\x85R",
      "a Counter of a dictionary, got a list",
    ],
    [
      "a defaultdict of a call",
      "ccollections\ndefaultdict\nctorch\nSize\n\x85R",
      "a defaultdict of a type of Python's, got torch.Size",
    ],
    [
      "a call of a type",
      "c__builtin__\nlist\n)R",
      "only tensors and dictionaries, as torch.save(model.state_dict(), path) writes, got a call of builtins.list",
    ],
    [
      "a list as key",
      "}]K\x01s",
      "a dictionary's keys to be strings, numbers or tuples, got a list",
    ],
    ["an item of a number", "K\x01(K\x02\x90", "a set to add to, got 1"],
    ["bad UTF-8", "X\x02\0\0\0\xed\xa0", "strings in UTF-8 in its pickle, got other bytes"],
  ])("%s is refused", (_, pickle, message) => {
    expect(() => read(ofPickle(dict({ w: pickle })))).toThrow(`w.pt: expected ${message}`);
  });

  test.each([
    [
      "a tensor of another type",
      onDevice(`${tensor}ctorch\nfloat16\n${text("xla:0")}\x89`),
      "a tensor to be converted to another dtype",
    ],
    ["a wrapped tensor", `${utils("wrapper_subclass")})R`, "a tensor of another class"],
    ["a tensor of less than 8 bits", v3(`\x89${hooks}ctorch\nuint4\n`), "a tensor of uint4"],
  ])("%s is passed over beside the weights, refused among them", (_, pickle, kind) => {
    const beside = read(ofPickle(dict({ model: dict({ w: tensor }), x: pickle })));
    expect([...beside.tensors.keys()]).toEqual(["w"]);
    expect(() => read(ofPickle(dict({ w: tensor, x: pickle })))).toThrow(
      `w.pt: expected tensors only, got "x": ${kind}`,
    );
  });

  test("sets and bytes of newer protocols are passed over", () => {
    const set = "\x8f(K\x01K\x02\x90";
    const values = [
      set,
      "(K\x01\x91",
      "C\x02ab",
      "B\x02\0\0\0ab",
      `\x8e\x02${"\0".repeat(7)}ab`,
      `\x96\x02${"\0".repeat(7)}ab`,
      "U\x02ab",
    ];
    for (const value of values) {
      expect(read(ofPickle(dict({ model: dict({ w: tensor }), x: value }))).entry).toBe("model");
    }
  });

  test("a number of 255 bytes is read, and cut short in a message", () => {
    const long = `\x8a\xff${"\x7f".repeat(255)}`;
    expect(read(ofPickle(dict({ model: dict({ w: tensor }), x: long }))).entry).toBe("model");
    expect(() => read(ofPickle(long))).toThrow(/got \d{39}…$/);
  });
});

describe("a checkpoint of several state dicts", () => {
  const two = ofPickle(
    dict({ state_dict: dict({ w: tensor }), state_dict_ema: dict({ v: tensor }), epoch: "K\x03" }),
  );

  test("the entry that is named is read", () => {
    const { tensors, entry } = read(two, "state_dict_ema");
    expect([...tensors.keys()]).toEqual(["v"]);
    expect(entry).toBe("state_dict_ema");
  });

  test("an entry that is none is refused", () => {
    expect(() => read(two, "epoch")).toThrow(
      'w.pt: expected entry to be one of "state_dict", "state_dict_ema", got "epoch"',
    );
    expect(() => read(writePyTorch(new Map()), "model")).toThrow(
      "w.pt: expected entry only with a checkpoint of several things, got a state dict",
    );
    expect(() => read(ofPickle(dict({ epoch: "K\x03" })), "model")).toThrow('got {"epoch": 3}');
    const mixed = dict({ a: dict({ w: tensor, step: "K\x07" }), b: dict({ w: tensor }) });
    expect(() => read(ofPickle(mixed), "a")).toThrow('tensors only in "a", got "step": 7');
  });
});

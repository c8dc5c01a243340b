import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.js";
import { looksLikePyTorch, readPyTorch } from "../../src/formats/pytorch.js";
import { writeSafetensors } from "../../src/formats/safetensors.js";
import { writePyTorch } from "../../src/formats/write-pytorch.js";
import { writeZip } from "../../src/formats/write-zip.js";
import { openZip } from "../../src/formats/zip.js";

/** What PyTorch wrote; make_pytorch_fixtures.py says what. */
const fixtures: Record<string, string> = JSON.parse(
  readFileSync(new URL("pytorch-fixtures.json", import.meta.url), "utf8"),
);
const fixture = (name: string) => new Uint8Array(Buffer.from(fixtures[name]!, "base64"));
const read = (bytes: Uint8Array) => readPyTorch(bytes, "w.pt");

/** A checkpoint of PyTorch's with some of its files changed, or left out. */
function withFiles(bytes: Uint8Array, changes: Record<string, Uint8Array | undefined>): Uint8Array {
  const zip = openZip(bytes, "fixture");
  const files = new Map(zip.names.map((name) => [name, zip.read(name)!]));
  for (const [name, content] of Object.entries(changes)) {
    if (content) files.set(`archive/${name}`, content);
    else files.delete(`archive/${name}`);
  }
  return writeZip(files, "test");
}

/** A checkpoint of PyTorch's with one change in its pickle. */
function withPickle(name: string, from: readonly number[], to: readonly number[]): Uint8Array {
  const pickle = Buffer.from(openZip(fixture(name), name).read("archive/data.pkl")!);
  const at = pickle.indexOf(Buffer.from(from));
  expect(at).toBeGreaterThan(0);
  const rest = pickle.subarray(at + from.length);
  const changed = Buffer.concat([pickle.subarray(0, at), Buffer.from(to), rest]);
  return withFiles(fixture(name), { "data.pkl": changed });
}

/** A checkpoint with this pickle and no storages. */
function ofPickle(...parts: (string | Uint8Array | readonly number[])[]): Uint8Array {
  const bytes = parts.map((part) =>
    typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part),
  );
  return writeZip(new Map([["archive/data.pkl", Buffer.concat(bytes)]]), "test");
}

const protocol2 = [0x80, 2];

describe("files of PyTorch", () => {
  test("every dtype", () => {
    const { tensors } = read(fixture("dtypes"));
    const shape = [2, 2];
    expect(Object.fromEntries(tensors)).toEqual({
      float64: { dtype: "F64", shape, values: new Float64Array([0, 1, 2, 3]) },
      float32: { dtype: "F32", shape, values: new Float32Array([0, 1, 2, 3]) },
      float16: { dtype: "F16", shape, values: new Uint16Array([0, 0x3c00, 0x4000, 0x4200]) },
      bfloat16: { dtype: "BF16", shape, values: new Uint16Array([0, 0x3f80, 0x4000, 0x4040]) },
      int64: { dtype: "I64", shape, values: new BigInt64Array([0n, 1n, 2n, 3n]) },
      int32: { dtype: "I32", shape, values: new Int32Array([0, 1, 2, 3]) },
      int16: { dtype: "I16", shape, values: new Int16Array([0, 1, 2, 3]) },
      int8: { dtype: "I8", shape, values: new Int8Array([0, 1, 2, 3]) },
      uint8: { dtype: "U8", shape, values: new Uint8Array([0, 1, 2, 3]) },
      bool: { dtype: "BOOL", shape, values: new Uint8Array([0, 1, 1, 1]) },
    });
  });

  test.each(["strided", "protocol4"])(
    "shared storages, strides, offsets, 0-d, empty: %s",
    (name) => {
      const { tensors } = read(fixture(name));
      const shown = [...tensors].map(([key, { shape, values }]) => [key, shape, [...values]]);
      expect(shown).toEqual([
        ["base", [3, 4], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
        ["transposed", [4, 3], [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]],
        ["part", [2, 2], [5, 6, 9, 10]],
        ["repeated", [2, 4], [4, 5, 6, 7, 4, 5, 6, 7]],
        ["one", [], [11]],
        ["empty", [3, 0], []],
        ["scalar", [], [7.5]],
      ]);
    },
  );

  test("copies: tensors of one storage do not share memory", () => {
    const { tensors } = read(fixture("strided"));
    tensors.get("base")!.values.fill(9 as never);
    expect(tensors.get("one")!.values[0]).toBe(11);
  });

  const names = ["0.weight", "0.bias", "1.weight", "1.bias"];
  const buffers = ["1.running_mean", "1.running_var", "1.num_batches_tracked"];

  test("a module's state_dict, with its _metadata", () => {
    const { tensors, entry } = read(fixture("stateDict"));
    expect([...tensors.keys()]).toEqual([...names, ...buffers]);
    expect(entry).toBeUndefined();
    expect(tensors.get("1.num_batches_tracked")?.values).toEqual(new BigInt64Array(1));
  });

  test("parameters in place of tensors", () => {
    const { tensors } = read(fixture("parameters"));
    expect([...tensors.keys()]).toEqual(names);
    expect(tensors.get("0.bias")?.values).toEqual(new Float32Array([0.5, 0.5, 0.5]));
  });

  test("a checkpoint of model, optimizer and numbers: the model", () => {
    const { tensors, entry } = read(fixture("checkpoint"));
    expect([...tensors.keys()]).toEqual([...names, ...buffers]);
    expect(entry).toBe("model");
  });

  test("no tensors at all", () => {
    expect(read(fixture("empty")).tensors.size).toBe(0);
  });

  test("from a Buffer that begins at an odd offset", () => {
    const bytes = fixture("strided");
    const shifted = Buffer.concat([Buffer.from([1]), bytes]).subarray(1);
    expect(read(shifted)).toEqual(read(bytes));
  });
});

const content = "only tensors and dictionaries, as torch.save(model.state_dict(), path) writes";
const one = "a dictionary of tensors, or one with just one entry that is such a dictionary";
const several = (names: string) =>
  `one state dict, or the option entry to say which to read (${names})`;

describe("refuses", () => {
  test.each<[string, () => Uint8Array, string]>([
    ["code", () => fixture("code"), `${content}, got posix.system in its pickle`],
    [
      "a whole module",
      () => fixture("module"),
      `${content}, got torch.nn.modules.linear.Linear in its pickle`,
    ],
    ["complex numbers", () => fixture("complex"), `${one}, got {"w": a tensor of complex64}`],
    ["sparse tensors", () => fixture("sparse"), `${one}, got {"w": a sparse tensor}`],
    [
      "two state dicts",
      () => fixture("twoStateDicts"),
      `${several('"model", "average"')}, got {"model": a dictionary of tensors, "average": a dictionary of tensors, "epoch": 3}`,
    ],
    [
      "no state dict",
      () => fixture("numbers"),
      `${one}, got {"epoch": 3, "loss": 0.5, "name": "stn", "done": True, and 1 more}`,
    ],
    [
      "a list",
      () => fixture("list"),
      "a dictionary of tensors, as torch.save(model.state_dict(), path) writes, got a list",
    ],
    [
      "TorchScript",
      () => fixture("script"),
      "a state dict, as torch.save(torch.jit.load(path).state_dict(), path) writes, got a TorchScript archive",
    ],
    [
      "files before PyTorch 1.6",
      () => fixture("legacy"),
      "a zip file, as torch.save(torch.load(path, weights_only=True), path) in PyTorch 1.13 or newer writes, got a pickle, as older versions wrote",
    ],
    [
      "other files",
      () => new Uint8Array(100),
      "a zip file, as torch.save writes it, got other bytes",
    ],
    [
      "other zip files",
      () => writeZip(new Map([["a.txt", new Uint8Array(3)]]), "test"),
      "one data.pkl in the zip, as torch.save writes it, got none among its 1 files",
    ],
    [
      "two pickles",
      () =>
        writeZip(
          new Map([
            ["a/data.pkl", new Uint8Array()],
            ["b/data.pkl", new Uint8Array()],
          ]),
          "test",
        ),
      "one data.pkl in the zip, as torch.save writes it, got 2 among its 2 files",
    ],
    [
      "big endian",
      () => withFiles(fixture("strided"), { byteorder: new TextEncoder().encode("big") }),
      'the byte order little, got "big"',
    ],
    [
      "a missing storage",
      () => withFiles(fixture("strided"), { "data/0": undefined }),
      '"data/0" in the zip, got no such file',
    ],
    [
      "a short storage",
      () => withFiles(fixture("strided"), { "data/0": new Uint8Array(47) }),
      '48 bytes for storage "0", 12 F32, got 47',
    ],
    [
      "a shape beyond the storage",
      () => withPickle("strided", [0x4b, 3, 0x4b, 4, 0x86], [0x4b, 3, 0x4b, 5, 0x86]),
      "a tensor within the 12 elements of its storage, got shape [3, 5] with strides [4, 1] from element 0",
    ],
    [
      "a huge shape",
      () =>
        withPickle(
          "strided",
          [0x4b, 3, 0x4b, 4, 0x86],
          [0x4a, 255, 255, 255, 127, 0x4a, 255, 255, 255, 127, 0x86],
        ),
      "a tensor within the 12 elements of its storage, got shape [2147483647, 2147483647] with strides [4, 1] from element 0",
    ],
    [
      "negative strides",
      () =>
        withPickle("strided", [0x4b, 4, 0x4b, 1, 0x86], [0x4a, 252, 255, 255, 255, 0x4b, 1, 0x86]),
      "a tensor's strides to be whole numbers of 0 or more, got -4",
    ],
    [
      "a name given twice",
      () => ofPickle(protocol2, "}(X\x01\0\0\0aK\x01X\x01\0\0\0aK\x02u."),
      'every key of a dictionary once, got "a" twice',
    ],
    [
      "an opcode",
      () => ofPickle(protocol2, "(ios\nsystem\n."),
      `${content}, got the opcode INST in its pickle`,
    ],
    ["no opcode", () => ofPickle(protocol2, [0xff]), `${content}, got the byte 0xff in its pickle`],
    [
      "a strange name",
      () => ofPickle(protocol2, "ca b\nc\x1b[31m\n."),
      `${content}, got "a b.c\\u001b[31m" in its pickle`,
    ],
    [
      "a call of a class",
      () => ofPickle(protocol2, "ctorch\nFloatStorage\n)R."),
      `${content}, got a call of torch.FloatStorage`,
    ],
    [
      "an old protocol",
      () => ofPickle([0x80, 1], "}."),
      "a pickle of protocol 2 to 5, got protocol 1",
    ],
    [
      "no end",
      () => ofPickle(protocol2, "}"),
      "its pickle to end with STOP, got 3 bytes without it",
    ],
    [
      "a text without end",
      () => ofPickle(protocol2, "X\xff\xff\xff\xff."),
      "its pickle to end with STOP, got 8 bytes without it",
    ],
    ["an empty stack", () => ofPickle(protocol2, "."), "a value on its pickle's stack, got none"],
    ["no mark", () => ofPickle(protocol2, "}t."), "a mark on its pickle's stack, got none"],
    ["no memo", () => ofPickle(protocol2, "h\x05."), "value 5 of its memo, got none"],
    [
      "attributes of others",
      () => ofPickle(protocol2, "]}b."),
      "attributes of a dictionary only, got some of a list",
    ],
    [
      "another persistent id",
      () => ofPickle(protocol2, "X\x01\0\0\0aQ."),
      'a persistent id of a storage: its class, key, device and length, got "a"',
    ],
  ])("%s", (_, make, message) => {
    const at = message.lastIndexOf(", got ");
    const error = new InputError("w.pt", message.slice(0, at), message.slice(at + 6));
    expect(() => read(make())).toThrow(error);
  });

  test("views that repeat too many values", () => {
    const from = [0x4b, 2, 0x4b, 4, 0x86];
    const bytes = withPickle("strided", from, [0x4a, 0, 0, 0, 4, 0x4b, 4, 0x86]);
    const most = (bytes.length + 2 ** 26).toLocaleString("en-US");
    expect(() => read(bytes)).toThrow(
      `w.pt: expected tensors of at most ${most} bytes in all, got more, with "repeated"`,
    );
  });

  test("more instructions than any state dict has", () => {
    const pickle = Buffer.alloc(2 ** 21 + 2, "N");
    expect(() => read(ofPickle(protocol2, pickle))).toThrow(
      "w.pt: expected at most 2097152 instructions in its pickle, got more",
    );
  });

  test("lists in lists, deeper than a stack", () => {
    const depth = 200_000;
    const nested = Buffer.concat([Buffer.alloc(depth, "]"), Buffer.alloc(depth, "a")]);
    expect(() => read(ofPickle(protocol2, "]", nested, "."))).toThrow("got a list");
  });

  test("a list that holds itself", () => {
    expect(() => read(ofPickle(protocol2, "]q\0h\0a."))).toThrow("got a list");
  });

  test("one dictionary under very many keys, in little time", () => {
    const text = (value: string) => `X${String.fromCharCode(value.length)}\0\0\0${value}`;
    const storage = `(${text("storage")}ctorch\nFloatStorage\n${text("0")}${text("cpu")}K\0tQ`;
    const hooks = "ccollections\nOrderedDict\n)R";
    const arguments_ = `(${storage}K\0K\0\x85K\x01\x85\x89${hooks}t`;
    const tensor = `${text("t")}ctorch._utils\n_rebuild_tensor_v2\n${arguments_}Rq\x01`;
    const many = (value: string) =>
      Array.from({ length: 100_000 }, (_, index) => text(String(index)) + value).join("");
    const dict = `${text("d")}}q\0(${many("h\x01")}${text("z")}Nu`;
    const pickle = Buffer.from(`\x80\x02}(${tensor}${dict}${many("h\0")}u.`, "latin1");
    const files = { "data.pkl": pickle, "data/0": new Uint8Array() };
    const started = performance.now();
    expect(() => read(withFiles(fixture("empty"), files))).toThrow(
      `${several('"d", "0", "1", "2", "3", "4", "5", "6", …')}, got {"d": a dictionary of tensors and of "z": None, "0": a`,
    );
    // Looked through for each key it would take minutes.
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe("what a state dict is", () => {
  const text = (value: string) => `X${String.fromCharCode(value.length)}\0\0\0${value}`;
  const storage = `(${text("storage")}ctorch\nFloatStorage\n${text("0")}${text("cpu")}K\0tQ`;
  const view = `${storage}K\0K\0\x85K\x01\x85\x89ccollections\nOrderedDict\n)R`;
  const tensor = `ctorch._utils\n_rebuild_tensor_v2\n(${view}tR`;
  const dict = (entries: Record<string, string>) =>
    `}(${Object.entries(entries)
      .map(([key, value]) => text(key) + value)
      .join("")}u`;
  const ofDict = (entries: Record<string, string>) =>
    withFiles(fixture("empty"), {
      "data.pkl": Buffer.from(`\x80\x02${dict(entries)}.`, "latin1"),
      "data/0": new Uint8Array(),
    });
  const tensors = { w: tensor, b: tensor };
  const step = { step: "K\x07" };

  test.each<[string, Record<string, string>, string]>([
    [
      "a number in one of two",
      { model: dict({ ...tensors, ...step }), ema: dict(tensors) },
      `${several('"model", "ema"')}, got {"model": a dictionary of tensors and of "step": 7, "ema": a dictionary of tensors}`,
    ],
    [
      "one in another",
      { ...tensors, ema: dict(tensors) },
      `${several('"ema"')}, got {"ema": a dictionary of tensors, "w": a tensor, "b": a tensor}`,
    ],
    [
      "a number in the only one",
      { epoch: "K\x03", model: dict({ ...tensors, ...step }) },
      'tensors only in "model", got "step": 7',
    ],
    [
      "numbers beside tensors",
      { ...tensors, ...step, best: "K\x05", name: text("x"), last: "N" },
      'tensors only, got "step": 7, "best": 5, "name": "x", and 1 more',
    ],
  ])("refuses %s", (_, entries, message) => {
    expect(() => read(ofDict(entries))).toThrow(`w.pt: expected ${message}`);
  });
});

test("JavaScript's own property names are ordinary names", () => {
  const tensor = { shape: [1], values: new Float32Array([1]) };
  const names = ["__proto__", "constructor", "toString", "10", "2", ""];
  const { tensors } = read(writePyTorch(new Map(names.map((name) => [name, tensor]))));
  expect([...tensors.keys()]).toEqual(names);
  expect(Object.hasOwn(Object.prototype, "dtype")).toBe(false);
});

describe("writePyTorch", () => {
  test("what it writes is read back, bit by bit, and the same each time", () => {
    const shape = fc.array(fc.nat(4), { maxLength: 4 });
    const tensor = shape.chain((sizes) => {
      const count = sizes.reduce((product, size) => product * size, 1);
      return fc
        .uint8Array({ minLength: count * 4, maxLength: count * 4 })
        .map((bytes) => ({ shape: sizes, values: new Float32Array(new Uint8Array(bytes).buffer) }));
    });
    const named = fc.uniqueArray(fc.tuple(fc.string({ unit: "binary" }), tensor), {
      selector: ([name]) => name,
    });
    fc.assert(
      fc.property(named, (entries) => {
        const written = writePyTorch(new Map(entries));
        expect(writePyTorch(new Map(entries))).toEqual(written);
        const found = [...read(written).tensors];
        expect(found.map(([name, { dtype, shape }]) => [name, dtype, shape])).toEqual(
          entries.map(([name, { shape }]) => [name, "F32", shape]),
        );
        for (const [index, [, { values }]] of found.entries()) {
          const expected = entries[index]![1].values;
          expect(new Uint32Array(values.buffer as ArrayBuffer)).toEqual(
            new Uint32Array(expected.buffer),
          );
        }
      }),
      { numRuns: 40 },
    );
  });

  test("storages begin at multiples of 64 bytes", () => {
    const tensor = { shape: [3], values: new Float32Array([1, 2, 3]) };
    const bytes = writePyTorch(
      new Map([
        ["a", tensor],
        ["b", tensor],
      ]),
    );
    const zip = openZip(bytes, "w.pt");
    expect(zip.names).toEqual([
      "archive/data.pkl",
      "archive/byteorder",
      "archive/data/0",
      "archive/data/1",
      "archive/version",
    ]);
    for (const name of zip.names) expect(zip.read(name)!.byteOffset % 64).toBe(0);
  });

  test("refuses values that do not fill their shape", () => {
    const values = new Float32Array(2);
    expect(() => writePyTorch(new Map([["a", { shape: [3], values }]]))).toThrow(
      'torch: "a": expected 3 values for shape [3], got 2',
    );
    expect(() => writePyTorch(new Map([["a", { shape: [-1, -2], values }]]))).toThrow(
      'torch: "a": expected sizes of 0 or more, got [-1,-2]',
    );
    const none = new Float32Array();
    expect(() => writePyTorch(new Map([["a", { shape: [0, 2 ** 31], values: none }]]))).toThrow(
      'torch: "a": expected sizes whose product is at most 2147483647, got [0,2147483648]',
    );
  });
});

test("tells PyTorch's files from safetensors", () => {
  expect(looksLikePyTorch(fixture("strided"))).toBe(true);
  expect(looksLikePyTorch(fixture("legacy"))).toBe(true);
  // A header of 0x280 bytes begins as a pickle of protocol 2 does.
  const padding = "x".repeat(0x280 - 32);
  const bytes = writeSafetensors(new Map(), { padding });
  expect(bytes[0]).toBe(0x80);
  expect(bytes[1]).toBe(2);
  expect(looksLikePyTorch(bytes)).toBe(false);
  expect(looksLikePyTorch(new Uint8Array())).toBe(false);
});

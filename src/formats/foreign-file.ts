/** The beginnings of files that people take for weights, and what to say of them. */
const beginnings: readonly (readonly [begins: string, what: string])[] = [
  [
    "version https://git-lfs.github.com/spec/",
    "a git-lfs pointer (git lfs pull fetches the file that it stands for)",
  ],
  ["\x89HDF\r\n\x1a\n", "an HDF5 file, as Keras writes"],
  ["\x93NUMPY", "a NumPy array"],
  ["GGUF", "a GGUF file"],
  ["\x1f\x8b", "a gzip file"],
  ["\xfd7zXZ\0", "an xz file"],
  ["BZh", "a bzip2 file"],
  ["\x28\xb5\x2f\xfd", "a zstd file"],
  ["7z\xbc\xaf\x27\x1c", "a 7-Zip file"],
  ["Rar!", "a RAR file"],
  ["%PDF", "a PDF file"],
  ["\x89PNG", "a PNG image"],
];

/** TensorFlow's checkpoint tables (`.index`) end with these bytes. */
const tableEnd = "\x57\xfb\x80\x8b\x24\x75\x47\xdb";

/** In the header of a tar file. */
const tarMark = { at: 257, text: "ustar" };

/**
 * What a file is that holds no weights Fovea reads, by its content, for the "got" of a message; undefined where
 * it is not known.
 */
export function describeForeignFile(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return "an empty file";
  const begin = latin1(bytes.subarray(0, 1024));
  const known = beginnings.find(([text]) => begin.startsWith(text));
  if (known) return known[1];
  if (begin.startsWith(tarMark.text, tarMark.at)) return "a tar file";
  if (begin.startsWith("TFL3", 4)) return "a TensorFlow Lite model";
  if (latin1(bytes.subarray(-tableEnd.length)) === tableEnd)
    return "a TensorFlow checkpoint's index";
  return describeMarkup(begin) ?? describeProtobuf(bytes);
}

/** Web pages and error messages that were saved in place of a file. */
function describeMarkup(begin: string): string | undefined {
  const text = begin
    .replace(/^\xef\xbb\xbf/, "")
    .trimStart()
    .toLowerCase();
  if (/^<(!doctype html|html|head|body|!--)/.test(text)) {
    return "a web page (HTML), which some servers send in place of a file";
  }
  if (text.startsWith("<?xml")) return "an XML file, which some servers send in place of a file";
  return /^[{[]\s*("|[}\]{])/.test(text) ? "a JSON file" : undefined;
}

/**
 * ONNX and TensorFlow's SavedModel are protocol buffers whose field 1 is a version: ONNX counts from 3, and its
 * next field is the name of the writer, a text (field 2 or 3); SavedModel's version is 1.
 */
function describeProtobuf(bytes: Uint8Array): string | undefined {
  const [tag, version = 0, next = 0] = bytes;
  if (tag !== 0x08) return undefined;
  if (version === 1 && next === 0x12) return "a TensorFlow SavedModel";
  const isOnnx = version >= 3 && version < 0x40 && [0x12, 0x1a, 0x22, 0x3a, 0x42].includes(next);
  return isOnnx ? "an ONNX model" : undefined;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

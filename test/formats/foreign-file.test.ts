import { describe, expect, test } from "vitest";
import { InputError } from "../../src/errors.js";
import { writeSafetensors } from "../../src/formats/safetensors.js";
import { decodeWeights, encodeCheckpoint } from "../../src/runs/weights-codec.js";

const latin1 = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const tensors = new Map([["w", { shape: [1], values: new Float32Array([1]) }]]);

describe("well-known files that hold no weights are named", () => {
  test.each([
    ["", "an empty file"],
    [
      "version https://git-lfs.github.com/spec/v1\noid sha256:0f\nsize 3\n",
      "a git-lfs pointer (git lfs pull fetches the file that it stands for)",
    ],
    ["<!DOCTYPE html>\n<html>", "a web page (HTML), which some servers send in place of a file"],
    ["\xef\xbb\xbf \n<HTML>", "a web page (HTML), which some servers send in place of a file"],
    ["<?xml version='1.0'?><Error>", "an XML file, which some servers send in place of a file"],
    ['{"error": "no access"}', "a JSON file"],
    ["[{}]          ", "a JSON file"],
    ["\x89HDF\r\n\x1a\n\0\0\0\0", "an HDF5 file, as Keras writes"],
    ["\x93NUMPY\x01\0v\0", "a NumPy array"],
    ["\x08\x07\x12\x07pytorch", "an ONNX model"],
    ["\x08\x01\x12\x80\x04\x0a\x02", "a TensorFlow SavedModel"],
    ["\x1c\0\0\0TFL3\x14\0", "a TensorFlow Lite model"],
    ["\0\0\x01abcd\x57\xfb\x80\x8b\x24\x75\x47\xdb", "a TensorFlow checkpoint's index"],
    ["GGUF\x03\0\0\0", "a GGUF file"],
    ["\x1f\x8b\x08\0\0\0\0\0\0\x03", "a gzip file"],
    ["\xfd7zXZ\0\0\x04", "an xz file"],
    ["BZh91AY&SY", "a bzip2 file"],
    ["\x28\xb5\x2f\xfd\x04\0\0\0", "a zstd file"],
    ["7z\xbc\xaf\x27\x1c\0\x04", "a 7-Zip file"],
    ["Rar!\x1a\x07\x01\0", "a RAR file"],
    [`${"a".repeat(257)}ustar\0`, "a tar file"],
  ])("%j", (content, got) => {
    expect(() => decodeWeights(latin1(content), "w.pt")).toThrow(
      new InputError("w.pt", "a safetensors or PyTorch file", got),
    );
  });

  test("a safetensors file whose length looks like another's beginning is read", () => {
    // A header of 0x8b1f bytes begins as a gzip file does.
    const overhead = writeSafetensors(tensors, { padding: "" });
    const length = new DataView(overhead.buffer).getUint32(0, true);
    const bytes = writeSafetensors(tensors, { padding: "x".repeat(0x8b18 - length) });
    expect([...bytes.subarray(0, 2)]).toEqual([0x18, 0x8b]);
    const json = bytes.subarray(8, 8 + 0x8b18);
    const gzipLike = new Uint8Array(bytes.length + 7);
    new DataView(gzipLike.buffer).setBigUint64(0, 0x8b1fn, true);
    gzipLike.set(json, 8);
    gzipLike.fill(0x20, 8 + json.length, 8 + 0x8b1f);
    gzipLike.set(bytes.subarray(8 + json.length), 8 + 0x8b1f);
    expect([...gzipLike.subarray(0, 2)]).toEqual([0x1f, 0x8b]);
    expect([...decodeWeights(gzipLike, "w.bin").parameters.keys()]).toEqual(["w"]);
  });
});

describe("metadata", () => {
  const checkpoint = { model: "stn", epoch: 3, seed: 7, data: "ab".repeat(32) };

  test("that Fovea wrote says what the weights are", () => {
    expect(decodeWeights(encodeCheckpoint(tensors, checkpoint), "w").checkpoint).toEqual(
      checkpoint,
    );
  });

  test.each<Record<string, string>>([
    {},
    { model: "spatial-transformer-mnist" },
    { format: "pt", model: "stn" },
    { format: "pt", model: "stn", epoch: "3", seed: "7", data: "mnist", author: "me" },
    { format: "pt", model: "stn", epoch: "last", seed: "7", data: "mnist" },
    { format: "tf", model: "stn", epoch: "3", seed: "7", data: "mnist" },
  ])("of other tools decides nothing: %j", (metadata) => {
    const weights = decodeWeights(writeSafetensors(tensors, metadata), "w");
    expect(weights).not.toHaveProperty("checkpoint");
    expect(weights.metadata).toEqual(metadata);
  });

  test("a safetensors file has no entries", () => {
    const bytes = encodeCheckpoint(tensors, checkpoint);
    expect(() => decodeWeights(bytes, "w", { entry: "model" })).toThrow(
      "w: expected entry only with a checkpoint of several things, got a safetensors file",
    );
  });
});

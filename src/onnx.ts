/**
 * ONNX files, for Node and for bundlers: an entry of its own, `fovea/onnx`, as it is the only part of the library that
 * uses another package.
 *
 * @packageDocumentation
 */

export { type OnnxNetwork, operatorNames, readOnnx } from "./formats/onnx/import/read-onnx.js";
export { type OnnxOptions, writeOnnx } from "./formats/onnx/write-onnx.js";

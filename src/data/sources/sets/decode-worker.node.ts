import { parentPort } from "node:worker_threads";
import { readDataFile } from "../../read-data-file.node.js";
import { decodeBatch, type PictureBatch } from "./picture-batch.js";

parentPort!.on("message", (batch: PictureBatch) => {
  const result = decodeBatch(batch, readDataFile);
  const buffers = [result.values.buffer, result.channels.buffer] as ArrayBuffer[];
  parentPort!.postMessage(result, buffers);
});

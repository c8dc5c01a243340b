import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { readDataFile } from "../../read-data-file.node.js";
import {
  type DecodePictures,
  decodeInTurn,
  type PictureBatch,
  type PictureResult,
} from "./picture-batch.js";

/** So few pictures are decoded sooner than a thread starts. */
const few = 64;

const decodeHere = decodeInTurn(readDataFile);

/** Decodes batches of pictures on all cores. */
export const decodeInParallel: DecodePictures = async (next, onResult, total, signal) => {
  if (total <= few) return decodeHere(next, onResult, total, signal);
  const workers = Array.from(
    { length: Math.min(availableParallelism(), Math.ceil(total / few)) },
    startWorker,
  );
  try {
    await Promise.all(workers.map((worker) => feed(worker, next, onResult, signal)));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
};

function startWorker(): Worker {
  return new Worker(new URL("./decode-worker.node.js", import.meta.url), { execArgv: [] });
}

async function feed(
  worker: Worker,
  next: () => Promise<PictureBatch | undefined>,
  onResult: (result: PictureResult) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let batch = await next(); batch !== undefined; batch = await next()) {
    signal?.throwIfAborted();
    onResult(await answerOf(worker, batch));
  }
}

function answerOf(worker: Worker, batch: PictureBatch): Promise<PictureResult> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      worker.off("message", done).off("error", failed).off("exit", ended);
      act();
    };
    const done = (result: PictureResult) => settle(() => resolve(result));
    const failed = (error: Error) => settle(() => reject(error));
    const ended = (code: number) =>
      settle(() => reject(new Error(`a thread that decodes pictures ended with ${code}`)));
    worker.on("message", done).on("error", failed).on("exit", ended);
    worker.postMessage(batch);
  });
}

import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { readDataFile } from "../../read-data-file.node.js";
import { decodeBatch, type PictureBatch, type PictureResult } from "./picture-batch.js";

/** So few pictures are decoded sooner than a thread starts. */
const few = 64;

/**
 * Decodes batches of pictures on all cores.
 *
 * @param next the next batch; undefined where there is none left
 * @param onResult called for each batch, in any order
 * @param total number of pictures
 * @throws the signal's reason where it was aborted
 */
export async function decodeInParallel(
  next: () => Promise<PictureBatch | undefined>,
  onResult: (result: PictureResult) => void,
  total: number,
  signal?: AbortSignal,
): Promise<void> {
  if (total <= few) {
    for (let batch = await next(); batch !== undefined; batch = await next()) {
      signal?.throwIfAborted();
      onResult(decodeBatch(batch, readDataFile));
    }
    return;
  }
  const workers = Array.from(
    { length: Math.min(availableParallelism(), Math.ceil(total / few)) },
    startWorker,
  );
  try {
    await Promise.all(workers.map((worker) => feed(worker, next, onResult, signal)));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

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

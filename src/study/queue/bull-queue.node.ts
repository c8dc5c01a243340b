import type * as Bull from "bullmq";
import { type ConnectionWatch, type JobQueue, Refusal } from "./server.js";

type BullModule = typeof Bull;
/** What is used of BullMQ's classes, whatever their server is. */
type Queue = Pick<
  Bull.Queue<unknown>,
  "addBulk" | "remove" | "getFailed" | "getJobCounts" | "close" | "waitUntilReady"
> & { on(event: "error", listener: (error: Error) => void): unknown };
type Worker = Pick<Bull.Worker<unknown>, "close" | "waitUntilReady"> & {
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "drained", listener: () => void): unknown;
  on(event: "lockRenewalFailed", listener: (jobs: string[]) => void): unknown;
};

/** BullMQ's queue and worker of one name on one server. */
export interface BullClasses {
  readonly makeQueue: () => Queue;
  readonly makeWorker: (
    work: (job: BullJob, token?: string) => Promise<void>,
    options: Omit<Bull.WorkerOptions, "connection">,
  ) => Worker;
}

type BullJob = Pick<Bull.Job<unknown>, "id" | "data" | "moveToWait">;

/** How often a job is begun whose worker threw an error; and how often one whose worker was not heard of any more. */
const attempts = 5;
const mostStalls = 100;
/** Jobs that are put at once. */
const bulk = 500;

/** Jobs by BullMQ. */
export async function bullQueue(
  { UnrecoverableError, WaitingError }: BullModule,
  { makeQueue, makeWorker }: BullClasses,
  watch: ConnectionWatch,
): Promise<JobQueue> {
  const queue = makeQueue();
  queue.on("error", (error) => watch.lost(error));
  await queue.waitUntilReady();
  return {
    async add(jobs) {
      const opts = {
        attempts,
        backoff: { type: "fixed", delay: 1000 },
        removeOnComplete: true,
        stackTraceLimit: 1,
      };
      for (let at = 0; at < jobs.length; at += bulk) {
        const part = jobs.slice(at, at + bulk);
        await queue.addBulk(
          part.map(({ id, data }) => ({ name: "run", data, opts: { ...opts, jobId: id } })),
        );
      }
    },
    async remove(id) {
      // A job that a worker has is locked, and is that worker's to end.
      await queue.remove(id).catch(() => {});
    },
    async failed() {
      const jobs = await queue.getFailed(0, 99);
      return jobs.map(({ id = "", failedReason }) => ({ id, reason: failedReason }));
    },
    async waiting() {
      const counts = await queue.getJobCounts("wait", "delayed", "prioritized");
      return Object.values(counts).reduce((sum, count) => sum + count, 0);
    },
    async work({ name, concurrency, pace, work, onEmpty }) {
      const held = new Map<string, AbortController>();
      const worker = makeWorker(
        async (job, token) => {
          const controller = new AbortController();
          const id = job.id!;
          held.set(id, controller);
          try {
            const end = await work({ id, data: job.data, lost: controller.signal });
            if (end === "done" || controller.signal.aborted) return;
            await job.moveToWait(token);
            throw new WaitingError();
          } catch (error) {
            if (error instanceof Refusal) throw new UnrecoverableError(error.message);
            throw error;
          } finally {
            if (held.get(id) === controller) held.delete(id);
          }
        },
        {
          ...{ name, concurrency, maxStalledCount: mostStalls, drainDelay: 2 },
          lockDuration: pace.lock,
          stalledInterval: pace.stalled,
          runRetryDelay: pace.retry,
        },
      );
      worker.on("error", (error) => {
        // The job is another worker's: told by `lockRenewalFailed`. BullMQ's own errors have numbers as codes.
        const isOwn = "code" in error && typeof error.code === "number";
        if (isOwn || /lock/i.test(error.message)) return;
        watch.lost(error);
      });
      worker.on("lockRenewalFailed", (jobs) => {
        for (const id of jobs) held.get(id)?.abort();
      });
      worker.on("drained", onEmpty);
      await worker.waitUntilReady();
      return { close: () => worker.close() };
    },
    close: () => queue.close(),
  };
}

import { InputError } from "../../errors.js";
import { counted } from "../../numbers.js";
import {
  names,
  parseCard,
  parseWorker,
  queueName,
  type WorkerCard,
} from "../../study/queue/messages.js";
import { type FolderQueue, readFolderQueue } from "../../study/queue/queue-folder.node.js";
import type { QueueServer } from "../../study/queue/server.js";
import { readStudy, type StudyFolder } from "../../study/study-folder.node.js";
import { queueServer } from "../queue-server.js";
import { print } from "../terminal/output.js";

/** A study's queue as it is now. */
export interface QueueStatus {
  readonly server: string;
  /** Undefined where the server has no runs of the study. */
  readonly state: string | undefined;
  /** Runs of all studies that wait for a worker. */
  readonly waiting: number;
  /** Those that can train runs of this study. */
  readonly workers: readonly WorkerStatus[];
}

export interface WorkerStatus extends Pick<WorkerCard, "name" | "host" | "pid" | "threads"> {
  /** Those of this study. */
  readonly runs: readonly {
    readonly key: string;
    readonly epoch: number;
    readonly epochs: number;
    readonly imagesPerSecond: number;
  }[];
}

/** Asks the server of a study's queue. */
export async function queueStatus(
  { record }: StudyFolder,
  { id, server: known }: FolderQueue,
  url: string | undefined,
): Promise<QueueStatus> {
  const server = await queueServer("fovea study status", url ?? known);
  try {
    const card = await server.store.member(names.studies, id);
    const queue = await server.queue(queueName(record.engine));
    return {
      server: server.shown,
      state: card === undefined ? undefined : parseCard(card, `study ${id}`).state,
      waiting: await queue.waiting(),
      workers: await workersOf(server, id, record.engine.build),
    };
  } finally {
    await server.close();
  }
}

async function workersOf(server: QueueServer, id: string, build: string): Promise<WorkerStatus[]> {
  const cards = [...(await server.store.members(names.workers))].map(([worker, text]) =>
    parseWorker(text, `worker ${worker}`),
  );
  return cards
    .filter(({ engine }) => engine.build === build)
    .map(({ name, host, pid, threads, runs }) => ({
      ...{ name, host, pid, threads },
      runs: runs
        .filter(({ study }) => study === id)
        .map(({ key, epoch, epochs, imagesPerSecond }) => ({
          key,
          epoch,
          epochs,
          imagesPerSecond,
        })),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Lines for people. */
export function queueLines({ server, state, waiting, workers }: QueueStatus): string[] {
  const words = { running: "", draining: ", drained", cancelled: ", cancelled" };
  const about =
    state === undefined ? ", which has none of its runs" : words[state as keyof typeof words];
  return [
    `queue: ${server}${about}; ${counted(waiting, "run")} waiting, ${counted(workers.length, "worker")}`,
    ...workers.flatMap(({ name, host, pid, runs }) => {
      const who = `  ${name} (process ${pid} on ${host})`;
      if (runs.length === 0) return [`${who}  none of this study`];
      return runs.map(({ key, epoch, epochs, imagesPerSecond }) => {
        const speed = imagesPerSecond > 0 ? `, ${Math.round(imagesPerSecond)} images/s` : "";
        return `${who}  ${key}  epoch ${epoch} of ${epochs}${speed}`;
      });
    }),
  ];
}

/** Lets no run of a study begin any more; with `cancel`, those in training stop, too. */
export async function runStudyState(
  directory: string,
  command: "drain" | "cancel",
  { queue: url }: { readonly queue?: string },
): Promise<void> {
  readStudy(directory);
  const known = readFolderQueue(directory);
  if (known === undefined) {
    throw new InputError(directory, "a study that was begun with --queue", "one without a queue");
  }
  const server = await queueServer(`fovea study ${command}`, url ?? known.server);
  try {
    const { store } = server;
    const text = await store.member(names.studies, known.id);
    if (text === undefined) {
      const expected = `runs of this study on ${server.shown}`;
      throw new InputError(directory, expected, "none: it has ended, or was never put there");
    }
    const state = command === "drain" ? "draining" : "cancelled";
    const card = { ...parseCard(text, `study ${known.id}`), state };
    await store.setMember(names.studies, known.id, JSON.stringify(card));
    print(
      command === "drain"
        ? "no run begins any more; workers finish those in training"
        : "no run begins any more; workers stop those in training after their epochs",
    );
  } finally {
    await server.close();
  }
}

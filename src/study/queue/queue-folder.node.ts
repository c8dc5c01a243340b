import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { InputError } from "../../errors.js";
import { type Claim, claimHolder, takeClaim } from "../../files/claim.node.js";
import { removeFile } from "../../files/write-file.node.js";
import { readJson, writeJson } from "../../runs/json-file.node.js";
import { studyFiles } from "../study-folder.node.js";

const schema = z.strictObject({
  format: z.literal(1),
  /** Names the study on the server: two folders of one manifest are two studies. */
  id: z.string().regex(/^[0-9a-f]{32}$/, "expected the id of a study"),
  /** The address of the server, without its password. */
  server: z.string(),
});

/** What the folder of a study knows of its queue. */
export interface FolderQueue extends z.infer<typeof schema> {}

/** A process of another host whose claim is older than this counts as ended, milliseconds. */
const patience = 120_000;

function queueFile(directory: string): string {
  return join(directory, "queue.json");
}

/** The queue that a study was last trained from; undefined where it never was. */
export function readFolderQueue(directory: string): FolderQueue | undefined {
  const path = queueFile(directory);
  return existsSync(path) ? readJson(path, schema, "the queue of a study") : undefined;
}

/** Keeps which queue a study is trained from. */
export function beginFolderQueue(directory: string, server: string): FolderQueue {
  const known = readFolderQueue(directory);
  if (known?.server === server) return known;
  const id = known?.id ?? randomBytes(16).toString("hex");
  const queue: FolderQueue = { format: 1, id, server };
  writeJson(queueFile(directory), queue);
  return queue;
}

/** The name of the claim of the process that receives a study's runs from a queue: no run's key is like it. */
const receiver = "queue.json";

/**
 * Makes a study this process's alone: no other process trains its runs in this folder, or receives them.
 *
 * @throws InputError naming a process that does
 */
export function claimStudy(directory: string): Claim {
  const { claims } = studyFiles(directory);
  for (const name of readdirSync(claims)) checkFree(directory, join(claims, name));
  const path = join(claims, receiver);
  const claim = takeClaim(path);
  if (claim !== undefined) return claim;
  throw inUse(directory, path);
}

/** @throws InputError where a process receives the study's runs from a queue */
export function checkNotQueued(directory: string): void {
  const path = join(studyFiles(directory).claims, receiver);
  if (existsSync(path)) checkFree(directory, path);
}

/** Removes the claim of a process that has ended. */
function checkFree(directory: string, path: string): void {
  const holder = claimHolder(path);
  const isSilent = holder?.running !== true && Date.now() - timeOf(path) > patience;
  const isLeft = holder?.running === false || isSilent;
  if (!isLeft && existsSync(path)) throw inUse(directory, path);
  removeFile(path);
}

function inUse(directory: string, path: string): InputError {
  const holder = claimHolder(path);
  const what = path.endsWith(receiver) ? "receives its runs from a queue" : "trains it";
  const got = `process ${holder?.pid ?? "?"} on ${holder?.host ?? "?"}, which ${what}`;
  return new InputError(directory, "a study that no other process has", got);
}

function timeOf(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

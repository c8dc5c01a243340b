import { readText } from "../files/read-file.node.js";
import { openServer } from "../study/queue/open-server.node.js";
import { parseQueueUrl } from "../study/queue/queue-url.js";
import type { QueueServer } from "../study/queue/server.js";
import { note } from "./terminal/output.js";

/** A file with an address is no larger than this, bytes. */
const mostBytes = 10_000;

/**
 * Connects to the server of a queue.
 *
 * @param text its address, or `@FILE`, a file whose first line has it: other users see a command's words
 */
export function queueServer(where: string, text: string): Promise<QueueServer> {
  const address = text.startsWith("@")
    ? readText(text.slice(1), "the address of a queue", mostBytes).split("\n")[0]!.trim()
    : text;
  return openServer(where, parseQueueUrl(where, address), note);
}

/** A queue that a command was given. */
export interface ChosenQueue {
  readonly server: QueueServer;
  /** How it is given again: without a password, which a file may have. */
  readonly typed: string;
}

/** As {@link queueServer}. */
export async function chosenQueue(where: string, text: string): Promise<ChosenQueue> {
  const server = await queueServer(where, text);
  return { server, typed: text.startsWith("@") ? text : server.shown };
}

import { InputError } from "../../errors.js";

/** Where a queue is. */
export interface QueueUrl {
  readonly kind: "redis" | "postgres";
  /** With its password: never printed, and never written to a file. */
  readonly url: string;
  /** Without password and options. */
  readonly shown: string;
}

const kinds: Readonly<Record<string, QueueUrl["kind"]>> = {
  "redis:": "redis",
  "rediss:": "redis",
  "postgres:": "postgres",
  "postgresql:": "postgres",
};

/**
 * Reads the address of a queue.
 *
 * @param where who asks, for the message
 * @throws InputError where it is none; the message has no password
 */
export function parseQueueUrl(where: string, text: string): QueueUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const kind = url && kinds[url.protocol];
  if (url === undefined || kind === undefined || url.hostname === "") {
    const expected = "an address redis://…, rediss://…, postgres://… or postgresql://…";
    throw new InputError(where, expected, JSON.stringify(withoutPassword(text)));
  }
  const { protocol, username, host, pathname } = url;
  const user = username === "" ? "" : `${username}@`;
  const path = pathname === "/" ? "" : pathname;
  return { kind, url: text, shown: `${protocol}//${user}${host}${path}` };
}

/** A text that may be an address, without what stands where a password does. */
function withoutPassword(text: string): string {
  return text.replace(/(\/\/|^)[^@]*@/, "$1***@").replace(/\?.*$/s, "?***");
}

import { InputError } from "../../errors.js";
import type { QueueUrl } from "./queue-url.js";
import type { ConnectionNote, QueueServer } from "./server.js";
import { withServerFaults } from "./server-faults.js";

/**
 * Connects to a queue's server, with the packages that its kind needs.
 *
 * @param where who asks, for messages
 * @throws InputError where a package is not installed, or there is no server
 */
export async function openServer(
  where: string,
  url: QueueUrl,
  onNote: ConnectionNote,
): Promise<QueueServer> {
  const server = await connected(where, url, onNote);
  const { shown, store, queue } = server;
  return {
    ...server,
    store: withServerFaults(store, shown),
    queue: async (name) => withServerFaults(await queue(name), shown),
  };
}

async function connected(
  where: string,
  url: QueueUrl,
  onNote: ConnectionNote,
): Promise<QueueServer> {
  if (url.kind === "redis") {
    const [bull, redis] = await installed(where, ["bullmq", "ioredis"], () =>
      Promise.all([import("bullmq"), import("ioredis")]),
    );
    const { openRedis } = await import("./redis-server.node.js");
    return openRedis(url, bull, redis, onNote);
  }
  const [bull, pg] = await installed(where, ["bullmq", "pg"], () =>
    Promise.all([import("bullmq"), import("pg")]),
  );
  const { openPostgres } = await import("./postgres-server.node.js");
  return openPostgres(url, bull, pg, onNote);
}

/** Modules of optional packages. */
async function installed<Modules>(
  where: string,
  packages: readonly string[],
  load: () => Promise<Modules>,
): Promise<Modules> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    const expected = `the packages ${packages.join(" and ")} (npm install ${packages.join(" ")})`;
    const missing = /'(\w+)'/.exec((error as Error).message)?.[1] ?? packages[0];
    throw new InputError(where, expected, `no ${missing}`);
  }
}

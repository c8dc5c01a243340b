import type * as Bull from "bullmq";
import type * as Ioredis from "ioredis";
import { certificateRemedy } from "../../data/certificates.js";
import { InputError } from "../../errors.js";
import { bullQueue } from "./bull-queue.node.js";
import type { QueueUrl } from "./queue-url.js";
import {
  type ConnectionNote,
  ConnectionWatch,
  type JobQueue,
  type QueueServer,
  type Store,
} from "./server.js";

/** Begins the name of every key. */
const prefix = "fovea";

/** Bytes with their version, kept where they are newer than those that are there. */
const putNewer = `
local version = tonumber(redis.call("HGET", KEYS[1], "version") or "-1")
if version >= tonumber(ARGV[1]) then return 0 end
redis.call("HSET", KEYS[1], "version", ARGV[1], "bytes", ARGV[2])
return 1`;

/** Milliseconds until a lost connection is tried again. */
const retryStrategy = (times: number) => Math.min(200 * times, 2000);

/** Connects to a Redis server. Commands wait while it is away. */
export async function openRedis(
  { url, shown }: QueueUrl,
  bull: typeof Bull,
  { Redis }: typeof Ioredis,
  onNote: ConnectionNote,
): Promise<QueueServer> {
  await checkReachable(new Redis(url, { lazyConnect: true, retryStrategy: () => null }), shown);
  const watch = new ConnectionWatch(shown, onNote);
  const connection = { url, maxRetriesPerRequest: null, retryStrategy };
  const client = new Redis(url, { maxRetriesPerRequest: null, retryStrategy });
  client.on("error", (error: Error) => watch.lost(error));
  client.on("close", () => {
    if (!isClosed) watch.lost(new Error("closed by the server"));
  });
  client.on("ready", () => watch.found());
  let isClosed = false;
  const queues = new Map<string, Promise<JobQueue>>();
  const open = (name: string): Promise<JobQueue> =>
    bullQueue(
      bull,
      {
        makeQueue: () => new bull.Queue(name, { connection, prefix }),
        makeWorker: (work, options) =>
          new bull.Worker(name, work, { ...options, connection, prefix }),
      },
      watch,
    );
  return {
    shown,
    store: redisStore(client),
    queue(name) {
      const queue = queues.get(name) ?? open(name);
      queues.set(name, queue);
      return queue;
    },
    async close() {
      isClosed = true;
      await Promise.all([...queues.values()].map(async (queue) => (await queue).close()));
      client.disconnect();
    },
  };
}

function redisStore(client: Ioredis.Redis): Store {
  const named = (...parts: readonly string[]) => [prefix, ...parts].join(":");
  const memberKey = (group: string, id: string) => named("member", group, id);
  return {
    async putNewer(key, version, bytes) {
      const kept = await client.eval(putNewer, 1, named(key), version, Buffer.from(bytes));
      return kept === 1;
    },
    async get(key) {
      return (await client.hgetBuffer(named(key), "bytes")) ?? undefined;
    },
    async remove(...keys) {
      if (keys.length > 0) await client.del(...keys.map((key) => named(key)));
    },
    async setMember(group, id, text, forMs) {
      const key = memberKey(group, id);
      // First, as a member without a text is one that has ended.
      if (forMs === undefined) await client.set(key, text);
      else await client.set(key, text, "PX", forMs);
      await client.sadd(named("group", group), id);
    },
    async members(group) {
      const ids = await client.smembers(named("group", group));
      if (ids.length === 0) return new Map();
      const texts = await client.mget(...ids.map((id) => memberKey(group, id)));
      const gone = ids.filter((_, at) => texts[at] === null);
      if (gone.length > 0) await client.srem(named("group", group), ...gone);
      return new Map(ids.flatMap((id, at) => (texts[at] == null ? [] : [[id, texts[at]]])));
    },
    async member(group, id) {
      return (await client.get(memberKey(group, id))) ?? undefined;
    },
    async removeMember(group, id) {
      await client.srem(named("group", group), id);
      await client.del(memberKey(group, id));
    },
    async push(list, text) {
      await client.rpush(named(list), text);
    },
    first: (list, most) => client.lrange(named(list), 0, most - 1),
    async drop(list, text) {
      await client.lrem(named(list), 1, text);
    },
    async removeList(list) {
      await client.del(named(list));
    },
  };
}

/** @throws InputError where the server does not answer, or refuses the password */
async function checkReachable(client: Ioredis.Redis, shown: string): Promise<void> {
  let problem: Error | undefined;
  client.on("error", (error: Error) => {
    problem = error;
  });
  try {
    await client.connect();
    await client.ping();
  } catch (error) {
    const cause = problem ?? (error as Error);
    const got = "code" in cause && cause.message === "" ? String(cause.code) : cause.message;
    throw new InputError(
      shown,
      "a Redis server that answers",
      `${got.split("\n")[0]!}${certificateRemedy(cause) ?? ""}`,
    );
  } finally {
    client.disconnect();
  }
}

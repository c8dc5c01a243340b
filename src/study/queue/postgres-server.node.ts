import { setTimeout as sleep } from "node:timers/promises";
import type * as Bull from "bullmq";
import type * as Pg from "pg";
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

/** Holds all tables; BullMQ's are in a schema of their own. */
const tables = `
create schema if not exists fovea;
create table if not exists fovea.bytes (key text primary key, version bigint not null, bytes bytea not null);
create table if not exists fovea.members (
  "group" text not null, id text not null, text text not null, until timestamptz, primary key ("group", id));
create table if not exists fovea.messages (id bigserial primary key, list text not null, text text not null);
create index if not exists messages_by_list on fovea.messages (list, id);`;

/** So that two processes do not make the tables at the same moment. */
const tablesLock = 0x666f7665;

const schema = "fovea_jobs";
/** Before a query is tried again, milliseconds. */
const pause = 500;

/** Connects to a PostgreSQL server. Queries wait while it is away. */
export async function openPostgres(
  { url, shown }: QueueUrl,
  bull: typeof Bull,
  { default: pg }: typeof Pg,
  onNote: ConnectionNote,
): Promise<QueueServer> {
  const watch = new ConnectionWatch(shown, onNote);
  const pool = new pg.Pool({ connectionString: url, max: 4, keepAlive: true });
  pool.on("error", (error) => watch.lost(error));
  await prepare(pool, shown);
  const closing = new AbortController();
  const query: Query = async (text, values = []) => {
    for (;;) {
      try {
        const { rows } = await pool.query(text, [...values]);
        watch.found();
        return rows;
      } catch (error) {
        if (closing.signal.aborted || !isAway(error)) throw error;
        watch.lost(error as Error);
        await sleep(pause, undefined, { signal: closing.signal });
      }
    }
  };
  const { Queue, Worker } = bull.withBackend(bull.createPostgresBackend);
  const connection = { connectionString: url, schema, migrate: true, max: 4, keepAlive: true };
  const queues = new Map<string, Promise<JobQueue>>();
  const open = (name: string): Promise<JobQueue> =>
    bullQueue(
      bull,
      {
        makeQueue: () => new Queue(name, { connection }),
        makeWorker: (work, options) => new Worker(name, work, { ...options, connection }),
      },
      watch,
    );
  return {
    shown,
    store: postgresStore(query),
    queue(name) {
      const queue = queues.get(name) ?? open(name);
      queues.set(name, queue);
      return queue;
    },
    async close() {
      closing.abort();
      await Promise.all([...queues.values()].map(async (queue) => (await queue).close()));
      await pool.end();
    },
  };
}

type Row = Readonly<Record<string, unknown>>;
type Query = (text: string, values?: readonly unknown[]) => Promise<Row[]>;

function postgresStore(query: Query): Store {
  const alive = "(until is null or until > now())";
  return {
    async putNewer(key, version, bytes) {
      const rows = await query(
        `insert into fovea.bytes as kept values ($1, $2, $3)
         on conflict (key) do update set version = excluded.version, bytes = excluded.bytes
         where kept.version < excluded.version returning key`,
        [key, version, Buffer.from(bytes)],
      );
      return rows.length > 0;
    },
    async get(key) {
      const [row] = await query("select bytes from fovea.bytes where key = $1", [key]);
      return row?.bytes as Uint8Array | undefined;
    },
    async remove(...keys) {
      await query("delete from fovea.bytes where key = any($1)", [keys]);
    },
    async setMember(group, id, text, forMs) {
      await query(
        `insert into fovea.members values ($1, $2, $3, now() + $4 * interval '1 ms')
         on conflict ("group", id) do update set text = excluded.text, until = excluded.until`,
        [group, id, text, forMs ?? null],
      );
    },
    async members(group) {
      await query(`delete from fovea.members where "group" = $1 and until <= now()`, [group]);
      const rows = await query(`select id, text from fovea.members where "group" = $1`, [group]);
      return new Map(rows.map(({ id, text }) => [String(id), String(text)]));
    },
    async member(group, id) {
      const [row] = await query(
        `select text from fovea.members where "group" = $1 and id = $2 and ${alive}`,
        [group, id],
      );
      return row && String(row.text);
    },
    async removeMember(group, id) {
      await query(`delete from fovea.members where "group" = $1 and id = $2`, [group, id]);
    },
    async push(list, text) {
      await query("insert into fovea.messages (list, text) values ($1, $2)", [list, text]);
    },
    async first(list, most) {
      const rows = await query(
        "select text from fovea.messages where list = $1 order by id limit $2",
        [list, most],
      );
      return rows.map(({ text }) => String(text));
    },
    async drop(list, text) {
      await query(
        `delete from fovea.messages where id =
         (select id from fovea.messages where list = $1 and text = $2 order by id limit 1)`,
        [list, text],
      );
    },
    async removeList(list) {
      await query("delete from fovea.messages where list = $1", [list]);
    },
  };
}

/** @throws InputError where the server does not answer, or refuses the password or the tables */
async function prepare(pool: Pg.Pool, shown: string): Promise<void> {
  try {
    await pool.query(`begin; select pg_advisory_xact_lock(${tablesLock}); ${tables} commit;`);
  } catch (error) {
    await pool.end();
    const { message, code } = error as NodeJS.ErrnoException;
    const reason = (message || String(code)).split("\n")[0]!;
    const got = `${reason}${certificateRemedy(error as Error) ?? ""}`;
    throw new InputError(shown, "a PostgreSQL server that answers", got);
  }
}

/** Whether a query failed because the server went away, and may be tried again. */
function isAway(error: unknown): boolean {
  const { code = "", message } = error as NodeJS.ErrnoException;
  // Class 57P: an operator ends the server. 53300: it has too many connections for now.
  const isSystem = /^(E[A-Z]{4,}|57P0\d|08\d{3}|53300)$/.test(code);
  return isSystem || /terminat|timeout|closed/i.test(message);
}

import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { readRun } from "../../../src/node.js";
import { names, parseCard, queueName } from "../../../src/study/queue/messages.js";
import { openServer } from "../../../src/study/queue/open-server.node.js";
import { beginFolderQueue, readFolderQueue } from "../../../src/study/queue/queue-folder.node.js";
import { parseQueueUrl } from "../../../src/study/queue/queue-url.js";
import type { QueueServer } from "../../../src/study/queue/server.js";
import { ownEngine, readOutcomes, readStudy } from "../../../src/study/study-folder.node.js";
import { fewDigits, runFovea } from "../../cli/run-fovea.js";
import { contentOfStudy } from "../content-of-study.js";
import {
  counts,
  manifestOf,
  type Program,
  startStudy,
  startWorker,
  trainWhole,
  until,
} from "./machines.js";
import { kinds } from "./require-servers.js";
import { password, startPostgres, startRedis, type TestServer } from "./servers.js";

/** Most of the time is that of processes that begin; a machine that is busy takes long for it. */
const busy = { timeout: 300_000 };

/** Of `expect.poll`. */
const patience = { timeout: 200_000 };

/** Of the study that the tests train. */
const runs = 2;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-queue-"));
  trainWhole(folder, runs, 2);
}, busy.timeout);
afterAll(() => rmSync(folder, { recursive: true }));

/** For what does not depend on the kind of server: with the first one alone. */
const testOnce = (kind: (typeof kinds)[number]) => test.runIf(kind === kinds[0]);

describe.each(kinds)("%s", busy, (kind) => {
  let server: TestServer;
  let connection: QueueServer;
  const programs: Program[] = [];
  beforeAll(async () => {
    const begin = kind === "redis" ? startRedis : startPostgres;
    server = await begin(join(folder, `${kind}-server`));
    connection = await openServer("test", parseQueueUrl("test", server.url()), () => {});
  });
  afterEach(async () => {
    await Promise.all(programs.splice(0).map((program) => program.stop()));
  });
  afterAll(async () => {
    await connection?.close();
    await server?.stop();
  });

  const study = (out: string, file?: string) => {
    const program = startStudy(folder, `${kind}-${out}`, server.url(), file);
    programs.push(program);
    return program;
  };
  const worker = (name: string) => {
    const program = startWorker(server.url(), name, join(folder, `${kind}-workers`));
    programs.push(program);
    return program;
  };
  const exit = (program: Program) =>
    until(
      () => program.child.exitCode !== null,
      () => programs.map(({ output }) => output()).join("\n---\n"),
    ).then(() => program.child.exitCode);
  const engineQueue = async () => connection.queue(queueName(await ownEngine()));

  test("bytes are kept where they are newer, members end, lists keep their order", async () => {
    const { store } = connection;
    const bytes = (text: string) => new TextEncoder().encode(text);
    expect(await store.putNewer("a", 2, bytes("two"))).toBe(true);
    expect(await store.putNewer("a", 2, bytes("again"))).toBe(false);
    expect(await store.putNewer("a", 1, bytes("one"))).toBe(false);
    expect(await store.putNewer("a", 10, bytes("\u0000ten"))).toBe(true);
    expect(Buffer.from((await store.get("a"))!).toString()).toBe("\u0000ten");
    await store.remove("a", "b");
    expect(await store.get("a")).toBeUndefined();

    await store.setMember("group", "stays", "1");
    await store.setMember("group", "goes", "2", 200);
    await store.setMember("group", "stays", "3");
    expect(await store.members("group")).toEqual(
      new Map([
        ["stays", "3"],
        ["goes", "2"],
      ]),
    );
    await expect.poll(() => store.members("group")).toEqual(new Map([["stays", "3"]]));
    expect(await store.member("group", "goes")).toBeUndefined();
    await store.removeMember("group", "stays");
    expect(await store.members("group")).toEqual(new Map());

    for (const text of ["x", "y", "x"]) await store.push("list", text);
    await store.drop("list", "x");
    expect(await store.first("list", 5)).toEqual(["y", "x"]);
    await store.removeList("list");
    expect(await store.first("list", 5)).toEqual([]);
  });

  test("a study ends like one without a queue; the server keeps nothing of it", async () => {
    const receiver = study("plain");
    const one = worker("one");
    expect(await exit(receiver)).toBe(0);
    expect(contentOfStudy(join(folder, `${kind}-plain`))).toEqual(
      contentOfStudy(join(folder, "whole")),
    );
    expect(await connection.store.members(names.studies)).toEqual(new Map());
    const { id } = readFolderQueue(join(folder, `${kind}-plain`))!;
    expect(await connection.store.first(names.ends(id), 5)).toEqual([]);
    expect(await (await engineQueue()).waiting()).toBe(0);
    // The password is in no file and was not printed.
    const kept = readFileSync(join(folder, `${kind}-plain`, "queue.json"), "utf8");
    for (const text of [kept, receiver.output(), one.output()]) {
      expect(text).not.toContain(password);
      expect(text).not.toContain(encodeURIComponent(password));
    }
  });

  test("Ctrl-C gives runs back after their epochs, ends the receiver, and both go on", async () => {
    const first = study("stopped");
    const one = worker("one");
    await until(() => /^begin/m.test(one.output()), one.output);
    one.child.kill("SIGINT");
    first.child.kill("SIGINT");
    expect(await exit(one)).toBe(0);
    expect(one.output()).toMatch(/^end cnn_seed\d stopped; it goes back to the queue$/m);
    expect(await exit(first)).toBe(130);
    expect(first.output()).toContain(`study resume ${kind}-stopped --queue `);
    const again = study("stopped");
    worker("two");
    expect(await exit(again)).toBe(0);
    expect(contentOfStudy(join(folder, `${kind}-stopped`))).toEqual(
      contentOfStudy(join(folder, "whole")),
    );
  });

  testOnce(kind)("status lists workers; a study that is cancelled stops", async () => {
    const out = `${kind}-cancelled`;
    // Too long to end by itself meanwhile.
    writeFileSync(join(folder, "long.json"), JSON.stringify(manifestOf(2, 10_000)));
    const receiver = study("cancelled", "long.json");
    const one = worker("one");
    await until(() => /^kept/m.test(one.output()), one.output);
    const ask = (...args: string[]) =>
      runFovea(["study", ...args, "--queue", server.url()], folder);
    await expect
      .poll(() => ask("status", out).stdout, patience)
      .toMatch(/^ {2}one \(process \d+ on \S+\) {2}cnn_seed0 {2}epoch \d+ of 10000/m);
    const { queue } = JSON.parse(ask("status", out, "--json").stdout);
    expect(queue).toMatchObject({ state: "running", workers: [{ name: "one", threads: 1 }] });
    // Another process cannot take the folder meanwhile.
    const embedded = runFovea(["study", "resume", out], folder, fewDigits(counts));
    expect(embedded.stderr).toContain("which receives its runs from a queue");
    expect(embedded.code).toBe(2);
    expect(ask("cancel", out)).toMatchObject({ code: 0, stderr: "" });
    expect(await exit(receiver)).toBe(130);
    expect(one.output()).toMatch(/^end cnn_seed0 cancelled$/m);
    expect(readOutcomes(readStudy(join(folder, out))).size).toBe(0);
    // What was trained is in the folder.
    expect(readRun(join(folder, out, "runs", "cnn_seed0")).metrics.length).toBeGreaterThan(0);
  });

  testOnce(kind)(
    "a study that is drained ends the run in training, and begins no other",
    async () => {
      const out = `${kind}-drained`;
      const receiver = study("drained");
      const one = worker("one");
      await until(() => /^begin/m.test(one.output()), one.output);
      // Held, so that it does not take the second run before it can know.
      one.child.kill("SIGSTOP");
      const { code, stdout } = runFovea(["study", "drain", out, "--queue", server.url()], folder);
      one.child.kill("SIGCONT");
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: "no run begins any more; workers finish those in training\n",
      });
      expect(await exit(receiver)).toBe(130);
      expect(receiver.output()).toContain("drained or cancelled; resume with:");
      expect(readOutcomes(readStudy(join(folder, out))).size).toBe(1);
      expect(one.output().match(/^begin/gm)).toHaveLength(1);
      const again = study("drained");
      expect(await exit(again)).toBe(0);
      expect(contentOfStudy(join(folder, out))).toEqual(contentOfStudy(join(folder, "whole")));
    },
  );

  test.runIf(kind === "redis")(
    "a server without room is one line, and the study goes on when it has some",
    async () => {
      const out = `${kind}-full`;
      const { Redis } = await import("ioredis");
      const admin = new Redis(server.url());
      try {
        await admin.config("SET", "maxmemory", "1mb");
        const begun = ["study", "study.json", "--out", out, "--queue", server.url()];
        const { code, stderr } = runFovea(begun, folder, fewDigits(counts));
        expect(code).toBe(2);
        expect(stderr).toMatch(
          /^fovea study: redis:\/\/\S+: expected a server with room that may be written to, got OOM .*$/m,
        );
        expect(stderr).not.toContain("    at ");
        await admin.config("SET", "maxmemory", "0");
        const receiver = study("full");
        worker("roomy");
        expect(await exit(receiver)).toBe(0);
        expect(contentOfStudy(join(folder, out))).toEqual(contentOfStudy(join(folder, "whole")));
      } finally {
        await admin.config("SET", "maxmemory", "0");
        admin.disconnect();
      }
    },
  );

  testOnce(kind)("a job that does not fit is refused, and says so", async () => {
    const queue = await engineQueue();
    const id = `${"0".repeat(32)}-${"1".repeat(64)}`;
    await queue.add([{ id, data: { code: "process.exit()" } }]);
    const one = worker("one");
    await until(() => one.output().includes("refused"), one.output);
    expect(one.output()).toContain(`note job ${id}: expected valid content`);
    await expect
      .poll(() => queue.failed(), patience)
      .toEqual([{ id, reason: expect.stringContaining("expected valid content") }]);
    await queue.remove(id);
    expect(await queue.failed()).toEqual([]);
  });

  testOnce(kind)("a worker of another build refuses a study, and says so", async () => {
    const engine = await ownEngine();
    const build = engine.build === "mul-add" ? "relaxed-fma" : "mul-add";
    const other = { id: "2".repeat(32), name: "theirs" };
    const receiver = study("foreign");
    await until(() => existsSync(join(folder, `${kind}-foreign`, "queue.json")), receiver.output);
    const own = readFolderQueue(join(folder, `${kind}-foreign`))!;
    const ownCard = () => connection.store.member(names.studies, own.id);
    await expect.poll(ownCard, patience).toBeDefined();
    const card = {
      ...parseCard((await ownCard())!, "test"),
      ...other,
      engine: { ...engine, build },
    };
    await connection.store.setMember(names.studies, other.id, JSON.stringify(card));
    const one = worker("one");
    const line = `note study theirs: expected engine build ${build}, which its runs have, got ${engine.build} here; refused`;
    await until(() => one.output().includes(line), one.output);
    await connection.store.removeMember(names.studies, other.id);
    expect(await exit(receiver)).toBe(0);
  });

  testOnce(kind)("a result that comes twice is compared, and not written", async () => {
    const directory = join(folder, `${kind}-twice`);
    // One run has ended, the other is to be trained.
    cpSync(join(folder, "whole"), directory, { recursive: true });
    const [first, second] = readStudy(directory).runs;
    rmSync(join(directory, "outcomes", `${second!.key}.json`));
    rmSync(join(directory, "runs", second!.key), { recursive: true });
    const { id } = beginFolderQueue(directory, "none yet");
    const record = join(directory, "runs", first!.key, "run.json");
    const before = readFileSync(record, "utf8");
    const { digest } = JSON.parse(before);
    const end = { format: 1, key: first!.key, digest, worker: "late", bits: "3".repeat(64) };
    await connection.store.push(names.ends(id), JSON.stringify(end));
    const receiver = study("twice");
    worker("one");
    expect(await exit(receiver)).toBe(4);
    expect(receiver.output()).toMatch(
      /^cnn_seed0: expected bits [0-9a-f]{12}, as its folder has, got 333333333333 from late; one of two machines computes wrongly$/m,
    );
    expect(readFileSync(record, "utf8")).toBe(before);
    expect(contentOfStudy(directory)).toEqual(contentOfStudy(join(folder, "whole")));
  });

  testOnce(kind)("--once ends where no run waits", async () => {
    const { code, stdout } = runFovea(
      ["worker", server.url(), "--once", "--name", "short"],
      folder,
    );
    expect({ code, first: stdout.split("\n")[0] }).toEqual({
      code: 0,
      first: expect.stringMatching(/^worker short of \S+: \d+ runs? at once$/),
    });
    expect(stdout).not.toContain(encodeURIComponent(password));
  });

  test("a wrong password is one line without it", () => {
    const wrong = server.url().replace(encodeURIComponent(password), "wr0ng");
    const { code, stderr } = runFovea(["worker", wrong], folder);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^fovea worker: (redis|postgres):\/\/\S+: expected a .* server that answers, got .*\n$/,
    );
    expect(stderr).not.toContain("wr0ng");
  });
});

test("no server is one line", () => {
  const { code, stderr } = runFovea(["worker", "redis://127.0.0.1:1"], folder);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr:
      "fovea worker: redis://127.0.0.1:1: expected a Redis server that answers, got connect ECONNREFUSED 127.0.0.1:1\n",
  });
});

test("a package that is missing is one line with the command that installs it", () => {
  const hook =
    "export const resolve = (name, context, next) => { if (name === 'ioredis') throw Object.assign(new Error(\"Cannot find package 'ioredis'\"), { code: 'ERR_MODULE_NOT_FOUND' }); return next(name, context); };";
  const preload = join(folder, "without.mjs");
  writeFileSync(
    preload,
    `import { register } from "node:module"; register("data:text/javascript," + encodeURIComponent(${JSON.stringify(hook)}));`,
  );
  const { code, stderr } = runFovea(["worker", "redis://127.0.0.1"], folder, {
    NODE_OPTIONS: `--import=${preload}`,
  });
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr:
      "fovea worker: expected the packages bullmq and ioredis (npm install bullmq ioredis), got no ioredis\n",
  });
});

test("a study without a queue has nothing to cancel", () => {
  expect(runFovea(["study", "cancel", "whole"], folder)).toEqual({
    code: 2,
    stdout: "",
    stderr:
      "fovea study cancel: whole: expected a study that was begun with --queue, got one without a queue\n",
  });
});

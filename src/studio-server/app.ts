import { join } from "node:path";
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { streamSSE } from "hono/streaming";
import { z } from "zod";
import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";
import { readBytes } from "../files/read-file.node.js";
import { claimsOf } from "../papers/index.js";
import { parseJson } from "../runs/json.js";
import { readRun } from "../runs/run-folder.node.js";
import {
  aliveEvery,
  apiPaths,
  type Begun,
  type ClaimsAnswer,
  type DataAnswer,
  type Refusal,
  type ServerEvent,
} from "./api.js";
import type { Control } from "./control.js";
import { addHeaders, onlyOwnPage, onlyWithToken } from "./guard.js";
import { placeInside } from "./inside-folder.js";
import type { Jobs } from "./jobs.js";
import { localData, mnistFile } from "./local-data.js";
import type { PageFiles } from "./page-files.js";
import { controlRequest, mostRequestBytes, trainingRequest } from "./requests.js";
import { servedName } from "./scan.js";
import type { FolderWatch } from "./watch.js";

/** What the server answers from. */
export interface StudioParts {
  /** The folder, without symbolic links. */
  readonly root: string;
  /** The folder as people know it. */
  readonly folder: string;
  readonly token: string;
  readonly port: () => number;
  readonly pages: PageFiles;
  readonly watch: FolderWatch;
  readonly jobs: Jobs;
  readonly control: Control;
}

/** Bytes of a file that the page is given. */
const mostFileBytes = 256 * 2 ** 20;

/** The studio's server: the page, and the runs and studies of a folder. */
export function studioApp(parts: StudioParts): Hono {
  const app = new Hono();
  app.use(addHeaders, onlyOwnPage(parts.port));
  app.use("/api/*", onlyWithToken(parts.token));
  app.use("/api/*", bodyLimit({ maxSize: mostRequestBytes, onError: tooLarge }));
  addEvents(app, parts);
  addReading(app, parts);
  addControl(app, parts);
  app.get("*", (context) => {
    const file = parts.pages.read(context.req.path.slice(1));
    if (!file) return context.text("no such page", 404);
    const headers = { "Content-Type": file.type, "Cache-Control": "no-cache" };
    return context.body(file.bytes, 200, headers);
  });
  app.notFound((context) => context.json<Refusal>({ problem: "no such address" }, 404));
  app.onError((error, context) => {
    if (error instanceof InputError) return context.json<Refusal>({ problem: error.message }, 422);
    return context.json<Refusal>({ problem: "the server met a defect" }, 500);
  });
  return app;
}

function missing(expected: string, got: string): Refusal {
  return { problem: new InputError("request", expected, excerpt(got)).message };
}

function tooLarge(context: Context): Response {
  const problem = `request: expected at most ${mostRequestBytes} bytes, got more`;
  return context.json<Refusal>({ problem }, 413);
}

function addEvents(app: Hono, { watch, jobs, folder }: StudioParts): void {
  app.get(`/${apiPaths.events}`, (context) =>
    streamSSE(context, async (stream) => {
      const send = (event: ServerEvent) => stream.writeSSE({ data: JSON.stringify(event) });
      const listing = {
        ...{ folder, entries: watch.entries(), jobs: jobs.list() },
        ...(watch.leftOut && { leftOut: watch.leftOut }),
        canPause: process.platform !== "win32",
      };
      const leave = watch.listen((change) => send({ kind: "change", change }));
      stream.onAbort(leave);
      try {
        await send({ kind: "listing", listing });
        while (!stream.aborted && !stream.closed) {
          await stream.sleep(aliveEvery);
          await send({ kind: "alive" });
        }
      } finally {
        leave();
      }
    }),
  );
}

function addReading(app: Hono, { root, watch }: StudioParts): void {
  app.get(`/${apiPaths.file}`, (context) => {
    const path = context.req.query("path") ?? "";
    const place = servedName.test(path.slice(path.lastIndexOf("/") + 1))
      ? placeInside(root, path)
      : undefined;
    if (place === undefined) {
      return context.json<Refusal>(missing("path to be a file of a run or study", path), 404);
    }
    const bytes = new Uint8Array(readBytes(place, "a file of a run or study", mostFileBytes));
    return context.body(bytes, 200, { "Content-Type": "application/octet-stream" });
  });
  app.get(`/${apiPaths.claims}`, (context) => context.json<ClaimsAnswer>(claimsIn(root, watch)));
  app.get(`/${apiPaths.data}`, async (context) => context.json<DataAnswer>(await localData()));
  app.get(`/${apiPaths.data}/mnist/:role`, async (context) => {
    const role = context.req.param("role");
    const bytes = await mnistFile(role);
    if (!bytes) return context.json<Refusal>(missing("a file of MNIST on this machine", role), 404);
    return context.body(new Uint8Array(bytes), 200, {
      "Content-Type": "application/octet-stream",
    });
  });
}

function claimsIn(root: string, watch: FolderWatch): ClaimsAnswer {
  const runs = watch.entries().flatMap(({ kind, path }) => {
    if (kind !== "run") return [];
    try {
      return [{ path, run: readRun(join(root, path)) }];
    } catch (error) {
      if (error instanceof InputError) return [];
      throw error;
    }
  });
  const papers = claimsOf(runs.map(({ run }) => run)).map(({ title, runs: judged, claims }) => ({
    title,
    runs: runs.flatMap(({ path, run }) => (judged.includes(run) ? [path] : [])),
    claims: claims.map(({ id, statement, verdict, reason }) => ({
      id,
      statement,
      verdict,
      reason,
    })),
  }));
  return { papers };
}

function addControl(app: Hono, { control }: StudioParts): void {
  app.post(`/${apiPaths.trainings}`, async (context) => {
    const request = trainingRequest(await bodyOf(context));
    return context.json<Begun>({ path: await control.train(request) }, 201);
  });
  app.post(`/${apiPaths.studies}`, async (context) => {
    return context.json<Begun>({ path: await control.study(await bodyOf(context)) }, 201);
  });
  app.post(`/${apiPaths.control}`, async (context) => {
    control.control(controlRequest(await bodyOf(context)));
    return context.body(null, 204);
  });
}

async function bodyOf(context: Context): Promise<unknown> {
  return parseJson(await context.req.text(), z.unknown(), "request");
}

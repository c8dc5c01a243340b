import { randomBytes } from "node:crypto";
import { existsSync, realpathSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { getRequestListener } from "@hono/node-server";
import { InputError } from "../errors.js";
import { createParent, isFolder } from "../files/folders.node.js";
import { tokenSetting } from "./api.js";
import { studioApp } from "./app.js";
import { Control } from "./control.js";
import { Jobs } from "./jobs.js";
import { PageFiles } from "./page-files.js";
import { FolderWatch } from "./watch.js";

export interface StudioOptions {
  /** With the runs and studies; created where it is not there. */
  readonly folder: string;
  /** Default 0: one that is free. */
  readonly port?: number;
  /** Node and `fovea.js`, which trains. */
  readonly program: readonly [string, ...string[]];
  /** Default: a random one. */
  readonly token?: string;
  /** The page that opens first. */
  readonly page?: "look" | "runs";
}

export interface Studio {
  /** With the token: whoever has it may start trainings. */
  readonly address: string;
  /** Trainings that run now. */
  readonly trainings: () => number;
  /** Stops trainings after their epoch, then the server. */
  readonly close: () => Promise<void>;
}

/**
 * Serves the studio on 127.0.0.1.
 *
 * @throws InputError where the page is not built, the folder is a file, or the port is taken
 */
export async function serveStudio(options: StudioOptions): Promise<Studio> {
  const { folder, port = 0, program, page = "look" } = options;
  const token = options.token ?? randomBytes(24).toString("base64url");
  const pages = new PageFiles(fileURLToPath(new URL("../studio", import.meta.url)));
  if (existsSync(folder) && !isFolder(folder)) throw new InputError(folder, "a folder", "a file");
  createParent(folder);
  const root = realpathSync(folder);
  const watch = new FolderWatch(root);
  const jobs = new Jobs({ program, onChange: (job) => watch.tellJobs([job]) });
  const control = new Control(root, jobs, watch);
  let ownPort = port;
  const app = studioApp({
    ...{ root, folder: resolve(folder), token, pages, watch, jobs, control },
    port: () => ownPort,
  });
  const server = createServer(getRequestListener(app.fetch));
  ownPort = await listening(server, port);
  return {
    address: `http://127.0.0.1:${ownPort}/#/${page}?${tokenSetting}=${token}`,
    trainings: () => jobs.count,
    close: async () => {
      await jobs.close();
      watch.close();
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
    },
  };
}

function listening(server: Server, port: number): Promise<number> {
  return new Promise((done, failed) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const reasons: Readonly<Record<string, string>> = {
        EADDRINUSE: "one that another program has",
        EACCES: "one that only administrators may use",
      };
      const got = reasons[error.code ?? ""];
      const expected = `--port to be a free port, not ${port}`;
      failed(got === undefined ? error : new InputError("fovea studio", expected, got));
    });
    server.listen(port, "127.0.0.1", () => done((server.address() as AddressInfo).port));
  });
}

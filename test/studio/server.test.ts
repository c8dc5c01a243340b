import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digits, models } from "../../src/index.js";
import { modelNames } from "../../src/models/names.js";
import { recordTraining } from "../../src/node.js";
import { type Listing, type ServerEvent, tokenHeader } from "../../src/studio-server/api.js";
import { placeInside } from "../../src/studio-server/inside-folder.js";
import { mostRequestBytes, trainingArguments } from "../../src/studio-server/requests.js";
import { scanLimits } from "../../src/studio-server/scan.js";
import { type Studio, serveStudio } from "../../src/studio-server/serve.js";

const fovea = fileURLToPath(new URL("../../dist/cli/fovea.js", import.meta.url));
const secret = "a file beside the folder";

let outside: string;
let folder: string;
let studio: Studio;
let port: number;
let token: string;

interface Answer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Asks as any program of the machine can: with any headers, and a path that nobody has tidied. */
function ask(path: string, { method = "GET", headers = {}, body }: Asked = {}): Promise<Answer> {
  return new Promise((done, failed) => {
    const asked = request({ host: "127.0.0.1", port, path, method, headers }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk) => {
        text += chunk;
      });
      answer.on("end", () => done({ status: answer.statusCode!, headers: answer.headers, text }));
      answer.on("error", failed);
    });
    asked.on("error", failed);
    asked.end(body);
  });
}

const own = (more: Readonly<Record<string, string>> = {}) => ({ [tokenHeader]: token, ...more });
const post = (path: string, body: unknown) =>
  ask(path, { method: "POST", headers: own(), body: JSON.stringify(body) });

/** The first event that fits, of the server's events. */
async function event(isWanted: (event: ServerEvent) => boolean): Promise<ServerEvent> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/events`, { headers: own() });
  let open = "";
  for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
    open += chunk;
    const events = open.split("\n\n");
    open = events.pop()!;
    for (const text of events) {
      const found = JSON.parse(text.replace(/^data: ?/, "")) as ServerEvent;
      if (isWanted(found)) return found;
    }
  }
  throw new Error("the events ended");
}

async function listing(): Promise<Listing> {
  const found = await event(({ kind }) => kind === "listing");
  return (found as Extract<ServerEvent, { kind: "listing" }>).listing;
}

beforeAll(async () => {
  outside = realpathSync(mkdtempSync(join(tmpdir(), "fovea-studio-")));
  folder = join(outside, "runs");
  writeFileSync(join(outside, "run.json"), secret);
  mkdirSync(join(folder, "deep", "er"), { recursive: true });
  await recordTraining({
    ...{ directory: join(folder, "a"), model: models.cnn, data: digits({ train: 40, test: 20 }) },
    ...{ epochs: 2, seed: 1, batchSize: 20, learningRate: 0.05, threads: 1 },
  });
  cpSync(join(folder, "a"), join(folder, "deep", "er", "b"), { recursive: true });
  studio = await serveStudio({ folder, program: [process.execPath, fovea] });
  const address = new URL(studio.address);
  port = Number(address.port);
  token = new URLSearchParams(address.hash.split("?")[1]).get("token")!;
});
afterAll(async () => {
  await studio.close();
  rmSync(outside, { recursive: true, force: true });
});

describe("who may talk to the server", () => {
  it("gives its page without a token, isolated and without any other origin", async () => {
    const { status, headers, text } = await ask("/");
    expect(status).toBe(200);
    expect(text).toContain('<meta name="fovea-server"');
    expect(text).not.toContain(token);
    expect(headers).toMatchObject({
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
      "x-content-type-options": "nosniff",
    });
    expect(headers["content-security-policy"]).toContain("default-src 'self'");
    expect(headers["access-control-allow-origin"]).toBeUndefined();
  });

  it("lets nothing be loaded or sent from the frame that code of a network runs in", async () => {
    const { headers } = await ask("/sandbox.html");
    const policy = headers["content-security-policy"];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'self'; sandbox allow-scripts");
    expect(policy).not.toMatch(/connect-src|script-src 'self'|allow-same-origin/);
  });

  it("answers a page of its own with the token", async () => {
    const origin = `http://127.0.0.1:${port}`;
    const headers = own({ origin, "sec-fetch-site": "same-origin" });
    const { status, headers: got } = await ask("/api/data", { headers });
    expect(status).toBe(200);
    expect(got["cache-control"]).toBe("no-store");
  });

  const api = ["/api/events", "/api/file?path=a/run.json", "/api/claims", "/api/data"];

  it.each(api)("refuses %s without the token, and with another", async (path) => {
    expect((await ask(path)).status).toBe(401);
    expect((await ask(path, { headers: { [tokenHeader]: "" } })).status).toBe(401);
    expect((await ask(path, { headers: { [tokenHeader]: `${token}x` } })).status).toBe(401);
    expect((await ask(`${path}&token=${token}`)).status).toBe(401);
  });

  it.each([
    "evil.example",
    "evil.example:80",
    "127.0.0.1",
    "127.0.0.1:1",
    "localhost.evil.example",
  ])("refuses the host %s, to which another site's name may have been led", async (host) => {
    for (const path of ["/", ...api]) {
      expect((await ask(path, { headers: own({ host }) })).status).toBe(403);
    }
  });

  it("answers to localhost", async () => {
    const headers = own({ host: `localhost:${port}` });
    expect((await ask("/api/data", { headers })).status).toBe(200);
  });

  it.each(["https://evil.example", "null", "http://127.0.0.1:1", "http://127.0.0.1"])(
    "refuses the origin %s, and lets none read",
    async (origin) => {
      const { status, headers } = await ask("/api/data", { headers: own({ origin }) });
      expect(status).toBe(403);
      expect(headers["access-control-allow-origin"]).toBeUndefined();
      const asked = { method: "OPTIONS", headers: { origin } };
      expect((await ask("/api/trainings", asked)).headers["access-control-allow-origin"]).toBe(
        undefined,
      );
    },
  );

  it("refuses what a browser says another site has asked for", async () => {
    for (const site of ["cross-site", "same-site", "none"]) {
      const headers = own({ "sec-fetch-site": site });
      expect((await ask("/api/data", { headers })).status).toBe(401);
    }
  });
});

describe("paths", () => {
  it("gives the files of runs", async () => {
    const { status, text } = await ask("/api/file?path=deep/er/b/run.json", { headers: own() });
    expect(status).toBe(200);
    expect(JSON.parse(text).model).toBe("cnn");
  });

  const escapes = [
    "../run.json",
    "..%2frun.json",
    "%2e%2e%2frun.json",
    "%2e%2e/run.json",
    "a/../../run.json",
    "a/..%5c..%5crun.json",
    "..\\run.json",
    "%252e%252e%252frun.json",
    "/etc/passwd",
    "//etc/passwd/run.json",
    "a//run.json",
    "./a/run.json",
    "a/run.json%00.csv",
    "a/%0arun.json",
    "",
    "a",
    "a/",
  ];
  it.each(escapes)("refuses %s", async (path) => {
    const { status, text } = await ask(`/api/file?path=${path}`, { headers: own() });
    expect(status).toBe(404);
    expect(text).not.toContain(secret);
  });

  it("does not follow links, to files or folders", async () => {
    const made = join(folder, "links");
    mkdirSync(made);
    symlinkSync(join(outside, "run.json"), join(made, "run.json"));
    symlinkSync(outside, join(folder, "out"));
    for (const path of ["links/run.json", "out/run.json", "out/runs/a/run.json"]) {
      const { status, text } = await ask(`/api/file?path=${path}`, { headers: own() });
      expect(status).toBe(404);
      expect(text).not.toContain(secret);
    }
    const { entries } = await listing();
    expect(entries.map(({ path }) => path).sort()).toEqual(["a", "deep/er/b"]);
    rmSync(made, { recursive: true });
    rmSync(join(folder, "out"));
  });

  it("gives no file that is none of a run's", async () => {
    writeFileSync(join(folder, "a", "notes.txt"), "mine");
    const { status } = await ask("/api/file?path=a/notes.txt", { headers: own() });
    expect(status).toBe(404);
    const { entries } = await listing();
    const [run] = entries;
    expect(run?.kind === "run" && run.files.some(({ name }) => name === "notes.txt")).toBe(false);
  });

  it.each([
    "/../package.json",
    "/%2e%2e/package.json",
    "/..%2fpackage.json",
    "/assets/../../package.json",
    "/assets",
    "/nothing.js",
  ])("gives %s no file of the package", async (path) => {
    const { status, text } = await ask(path);
    expect(status).toBe(404);
    expect(text).not.toContain("devDependencies");
  });

  it("finds what is inside, and nothing else", () => {
    expect(placeInside(folder, "a/run.json")).toBe(join(folder, "a", "run.json"));
    expect(placeInside(folder, "")).toBe(folder);
    expect(placeInside(folder, "b/run.json")).toBeUndefined();
  });
});

describe("requests", () => {
  it("refuses a body that is too large, whether or not its length is given", async () => {
    const body = JSON.stringify({ path: "x".repeat(mostRequestBytes) });
    const known = { ...own(), "content-length": String(body.length) };
    const open = { ...own(), "transfer-encoding": "chunked" };
    for (const headers of [known, open]) {
      const asked = ask("/api/control", { method: "POST", headers, body });
      expect((await asked).status).toBe(413);
    }
  });

  it.each([
    ["{", "JSON, got other text"],
    ["[".repeat(100), "JSON nested at most 64 deep, got lists nested too deeply"],
    ['{"path":"a","action":"stop","__proto__":{}}', "no member with the name __proto__, got one"],
    ['{"options":{"\\u005f_proto__":1}}', "no member with the name __proto__, got one"],
  ])("refuses the body %s", async (body, problem) => {
    for (const path of ["/api/control", "/api/trainings", "/api/studies"]) {
      const { status, text } = await ask(path, { method: "POST", headers: own(), body });
      expect(status).toBe(422);
      expect(JSON.parse(text).problem).toBe(`request: expected ${problem}`);
    }
  });

  const training = { model: "cnn", data: "digits", epochs: 1, seed: 0 };
  const members =
    "model, data, epochs, seed, batchSize, learningRate, validation, threads, options";
  const value = "a number, true, false, or a text of letters, digits, dots and dashes";
  const wrong: Readonly<Record<string, readonly [body: object | null, problem: string]>> = {
    "an unknown network": [
      { ...training, model: "./evil.mjs" },
      `model to be one of ${modelNames.join(", ")}, got "./evil.mjs"`,
    ],
    "a network that is an option": [
      { ...training, model: "--resume=x" },
      `model to be one of ${modelNames.join(", ")}, got "--resume=x"`,
    ],
    "data that are a path": [
      { ...training, data: "/etc" },
      'data to be one of digits, mnist, got "/etc"',
    ],
    "no epochs": [{ ...training, epochs: 0 }, "epochs to be a whole number in 1..100000, got 0"],
    "epochs as text": [
      { ...training, epochs: "1; rm -rf /" },
      'epochs to be a whole number in 1..100000, got "1; rm -rf /"',
    ],
    "no seed": [
      { ...training, seed: undefined },
      "seed to be a whole number in 0..4294967295, got nothing",
    ],
    "a learning rate of 0": [
      { ...training, learningRate: 0 },
      "learningRate to be a number above 0 and at most 1000, got 0",
    ],
    "a member that is not known": [
      { ...training, out: "/tmp/elsewhere" },
      `members ${members}, got "out"`,
    ],
    "an option that is an argument": [
      { ...training, options: { "--out": "x" } },
      'options.--out to be an option, named by letters and digits, got "x"',
    ],
    "a value that is an argument": [
      { ...training, options: { width: "1 --out=/tmp/x" } },
      `options.width to be ${value}, got "1 --out=/tmp/x"`,
    ],
    nothing: [null, `an object with ${members}, got null`],
  };
  it.each(Object.entries(wrong))("begins no training for %s", async (_, [body, problem]) => {
    const { status, text } = await post("/api/trainings", body);
    expect(status).toBe(422);
    expect(JSON.parse(text).problem).toBe(`request: expected ${problem}`);
    expect((await listing()).jobs).toEqual([]);
  });

  const study = { format: 1, models: ["cnn"], seeds: 1, data: "digits" };
  const wrongStudies: Readonly<Record<string, readonly [body: object, problem: RegExp]>> = {
    "a name with a path": [
      { name: "../x", manifest: study },
      /^request: expected name to be up to 80 letters/,
    ],
    "a hidden name": [
      { name: ".x", manifest: study },
      /^request: expected name to be up to 80 letters/,
    ],
    "a name that is taken": [{ name: "a", manifest: study }, /no file or folder has yet/],
    "a module": [{ name: "x", manifest: { ...study, models: ["./evil.mjs"] } }, /the catalogue/],
    "a path as data": [{ name: "x", manifest: { ...study, data: "/etc" } }, /digits or mnist/],
    "no study": [{ name: "x", manifest: [] }, /study: expected/],
  };
  it.each(Object.entries(wrongStudies))("begins no study for %s", async (_, [body, problem]) => {
    const { status, text } = await post("/api/studies", body);
    expect(status).toBe(422);
    expect(JSON.parse(text).problem).toMatch(problem);
    expect((await listing()).jobs).toEqual([]);
  });

  it.each(["../a", "a/../a", "nothing", "deep", ""])("resumes nothing at %s", async (path) => {
    expect((await post("/api/control", { path, action: "resume" })).status).toBe(422);
  });

  it("stops no process that it did not start", async () => {
    for (const action of ["pause", "continue", "stop"]) {
      expect((await post("/api/control", { path: "a", action })).status).toBe(422);
    }
  });

  it("gives each value to the command behind its option's name", () => {
    const request = { ...training, batchSize: 20, learningRate: 0.1, options: { width: 24 } };
    expect(trainingArguments(request, "/x/y z")).toEqual([
      ...["train", "cnn", "--data=digits", "--epochs=1", "--seed=0", "--batch-size=20"],
      ...["--learning-rate=0.1", "--out=/x/y z", "--set=width=24"],
    ]);
  });
});

describe("the folder", () => {
  it("lists runs with their texts, and names as they are", async () => {
    const name = `<img src=x onerror=alert(1)> "'& ü`;
    cpSync(join(folder, "a"), join(folder, name), { recursive: true });
    const { entries } = await listing();
    expect(entries.map(({ path }) => path).sort()).toEqual([name, "a", "deep/er/b"].sort());
    const path = encodeURIComponent(`${name}/run.json`);
    expect((await ask(`/api/file?path=${path}`, { headers: own() })).status).toBe(200);
    rmSync(join(folder, name), { recursive: true });
  });

  it("says of a run.json that is too large what is wrong", async () => {
    mkdirSync(join(folder, "large"));
    writeFileSync(join(folder, "large", "run.json"), " ".repeat(scanLimits.bytes + 1));
    const { entries } = await listing();
    const broken = entries.find(({ path }) => path === "large");
    expect(broken).toMatchObject({ kind: "broken", problem: expect.stringMatching(/at most/) });
    rmSync(join(folder, "large"), { recursive: true });
  });

  it("tells of a run that is new, and of one that is removed", async () => {
    const added = event(
      (each) => each.kind === "change" && each.change.entries.some(({ path }) => path === "new"),
    );
    setTimeout(() => cpSync(join(folder, "a"), join(folder, "new"), { recursive: true }), 300);
    await added;
    const removed = event((each) => each.kind === "change" && each.change.removed.includes("new"));
    setTimeout(() => rmSync(join(folder, "new"), { recursive: true }), 300);
    await removed;
  });
});

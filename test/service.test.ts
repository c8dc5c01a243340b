import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { encode } from "fast-png";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digits, models, predict } from "../src/index.js";
import { readClassifier, recordTraining } from "../src/node.js";

const root = fileURLToPath(new URL("../", import.meta.url));
const data = digits({ train: 100, test: 20 });
const { rows, columns } = data;
const values = data.test.images.slice(0, rows * columns);

let folder: string;
let service: ChildProcess;
let address: string;

/** Sends a file as a form does. */
async function upload(bytes: Uint8Array): Promise<Response> {
  const body = new FormData();
  body.append("picture", new File([Uint8Array.from(bytes)], "digit.png"));
  return fetch(address, { method: "POST", body });
}

describe("examples/service.js", () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "fovea-service-"));
    const recipe = { epochs: 1, seed: 0, batchSize: 20, learningRate: 0.05, threads: 1 };
    const directory = join(folder, "run");
    await recordTraining({ directory, model: models.cnn, data, ...recipe });
    service = spawn(process.execPath, ["examples/service.js", directory, "0"], { cwd: root });
    address = await new Promise<string>((resolve, reject) => {
      service.stdout!.on("data", (chunk) => resolve(String(chunk).trim()));
      service.stderr!.on("data", (chunk) => reject(new Error(String(chunk))));
    });
  });
  afterAll(() => {
    service.kill();
    rmSync(folder, { recursive: true });
  });

  it("says what predict says of the same picture", async () => {
    const answer = await upload(
      encode({ width: columns, height: rows, channels: 1, data: values }),
    );
    const [expected] = await predict(readClassifier(join(folder, "run")), [
      { rows, columns, channels: 1, values },
    ]);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual(JSON.parse(JSON.stringify(expected)));
  });

  it("answers what is no picture with 400 and a line", async () => {
    const answer = await upload(Uint8Array.of(1, 2, 3));
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: expect.stringContaining("expected") });
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Dataset, ImageSet } from "../../../src/data/dataset.js";
import { runSpecDigest } from "../../../src/runs/run-spec.js";
import { sha256 } from "../../../src/sha256.js";
import { packArchive, unpackArchive } from "../../../src/study/queue/archive.js";
import { parseCard, parseJob } from "../../../src/study/queue/messages.js";
import { removePublished } from "../../../src/study/queue/published-study.node.js";
import { parseQueueUrl } from "../../../src/study/queue/queue-url.js";
import { writeArchive } from "../../../src/study/queue/run-archive.node.js";
import {
  factsOf,
  fetchData,
  ownData,
  sendData,
  sentFile,
} from "../../../src/study/queue/sent-data.node.js";
import type { Store } from "../../../src/study/queue/server.js";
import { emptyData } from "../../runs/fake-trainer.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-messages-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("addresses", () => {
  test.each([
    ["redis://localhost", "redis", "redis://localhost"],
    ["rediss://me:pass@host:6380/2?x=pass", "redis", "rediss://me@host:6380/2"],
    ["postgresql://me:pass@host/db?password=pass", "postgres", "postgresql://me@host/db"],
  ])("%s", (text, kind, shown) => {
    expect(parseQueueUrl("test", text)).toEqual({ kind, url: text, shown });
  });

  test.each([
    "http://u:pass@host",
    "u:pass@host",
    "redis://",
    "redis:///u:pass@h",
    "//u:pass@x?pass",
  ])("%s is refused without its password", (text) => {
    expect(() => parseQueueUrl("test", text)).toThrow(
      /^test: expected an address redis:\/\/…, rediss:\/\/…, postgres:\/\/… or postgresql:\/\/…, got "/,
    );
    expect(() => parseQueueUrl("test", text)).not.toThrow(/pass/);
  });
});

describe("archives", () => {
  const files = new Map([
    ["run.json", new Uint8Array([1, 2, 3])],
    ["last.safetensors", new Uint8Array(0)],
  ] as const);

  test("give back what they have", () => {
    expect(unpackArchive(packArchive(files), "test")).toEqual(files);
  });

  test("that are damaged anywhere are refused", () => {
    const archive = packArchive(files);
    for (let at = 0; at < archive.length; at++) {
      const damaged = archive.slice();
      damaged[at]! ^= 0x40;
      expect(() => unpackArchive(damaged, "test"), `byte ${at}`).toThrow(/^test/);
      expect(() => unpackArchive(archive.subarray(0, at), "test"), `cut at ${at}`).toThrow(/^test/);
    }
    expect(() => unpackArchive(new Uint8Array([...archive, 0]), "test")).toThrow(/^test/);
  });

  test("write no file outside, and none that a run has not", () => {
    for (const name of ["../run.json", "/etc/passwd", "lock.json", "run.json/x"]) {
      const text = JSON.stringify({
        format: 1,
        files: [{ name, size: 0, sha256: sha256(new Uint8Array(0)) }],
      });
      const header = new TextEncoder().encode(text);
      const archive = new Uint8Array([header.length & 255, header.length >> 8, 0, 0, ...header]);
      expect(() => writeArchive(join(folder, "run"), archive, "test")).toThrow(
        /^test: expected valid/,
      );
    }
  });
});

test("a study's card says how its data were read, by whatever options", () => {
  const options: NonNullable<Dataset["options"]> = {
    size: [20, 24],
    fit: "crop",
    grey: true,
    skipUnreadable: true,
    trainImages: 8,
  };
  const set: ImageSet = { count: 9, images: new Uint8Array(9 * 480), labels: new Uint8Array(9) };
  const data = { ...emptyData, rows: 20, columns: 24, train: set, test: set, options };
  const card = {
    ...{ format: 1, id: "0123456789abcdef".repeat(2), name: "s", runs: 1, state: "running" },
    ...{ engine: { build: "mul-add", shards: 8, revision: 1 }, data: factsOf(data) },
  };
  expect(parseCard(JSON.stringify(card), "test").data.options).toEqual(options);
});

test("a job whose spec is not its digest's, or that has more than data, is refused", () => {
  const spec = {
    format: 1,
    model: "m",
    data: { digest: "0123456789abcdef", mean: 0.5, std: 0.5 },
    split: { validation: "test" },
    recipe: { epochs: 1, batchSize: 64, learningRate: 0.1 },
    seed: 0,
    engine: { build: "mul-add", shards: 8, revision: 1 },
  } as const;
  const job = { format: 1, study: "0".repeat(32), key: "cnn_seed0", spec, model: "cnn" };
  const whole = { ...job, digest: runSpecDigest(spec) };
  expect(parseJob(whole, "job")).toEqual(whole);
  for (const change of [
    { digest: "1".repeat(64) },
    { key: "../x" },
    { run: "rm -rf" },
    { spec: { ...spec, seed: 1 } },
    { study: "x" },
  ]) {
    expect(() => parseJob({ ...whole, ...change }, "job")).toThrow(/^job: expected/);
  }
  expect(() => parseJob(undefined, "job")).toThrow(/^job: expected JSON/);
});

/** A data set of images with a pattern. */
function patternSet(trainCount: number, testCount: number): Dataset {
  const set = (count: number): ImageSet => ({
    count,
    images: new Uint8Array(count * 784).map((_, at) => at % 251),
    labels: new Uint8Array(count).map((_, at) => at % 10),
  });
  const [train, own] = [set(trainCount), set(testCount)];
  const { name, channels, rows, columns, classes, mean, std, source } = emptyData;
  return {
    ...{ name, channels, rows, columns, classes, mean, std, source, train, test: own },
    digest: sha256(train.images, train.labels, own.images, own.labels),
  };
}

test.each(["{}", '{"format":2}', "no JSON"])(
  "a study ends, and its data stay, where another study's card is %s",
  async (card) => {
    const removed: string[] = [];
    const store = {
      removeMember: async () => {},
      members: async () => new Map([["other", card]]),
      remove: async (...keys: string[]) => removed.push(...keys),
    } as unknown as Store;
    const study = { folder: { networks: new Map() }, data: emptyData, id: "0".repeat(32) };
    await removePublished(store, study as unknown as Parameters<typeof removePublished>[1]);
    expect(removed).toEqual([]);
  },
);

test("data that are sent are the same in the cache, and damage is found", async () => {
  const data = patternSet(7000, 10);
  const { train, test: own, ...facts } = data;
  const wanted = { ...facts, counts: [train.count, own.count] as const };
  const kept = new Map<string, Uint8Array>();
  const store = {
    get: async (key: string) => kept.get(key),
    putNewer: async (key: string, _: number, bytes: Uint8Array) => {
      kept.set(key, bytes.slice());
      return true;
    },
  } as unknown as Store;
  expect(await fetchData(store, wanted, folder)).toBe(false);
  await sendData(store, data);
  // Two pieces of images, labels, test images, test labels, and their list.
  expect(kept.size).toBe(6);
  expect(await fetchData(store, wanted, folder)).toBe(true);
  const allocate = (length: number) => new Uint8Array(length);
  const found = (await ownData(wanted, folder, allocate))!;
  expect({ ...found, train: 0, test: 0 }).toEqual({ ...data, train: 0, test: 0 });
  for (const [set, sent] of [
    [train, found.train],
    [own, found.test],
  ] as const) {
    expect(sent.count).toBe(set.count);
    // Compared as bytes: an assertion on millions of numbers takes minutes.
    expect(Buffer.compare(sent.images, set.images)).toBe(0);
    expect(Buffer.compare(sent.labels, set.labels)).toBe(0);
  }

  const path = sentFile(wanted, folder);
  const bytes = readFileSync(path);
  bytes[5]! ^= 1;
  writeFileSync(path, bytes);
  expect(await ownData(wanted, folder, allocate)).toBeUndefined();
  kept.get([...kept.keys()][1]!)![3]! ^= 1;
  await expect(fetchData(store, wanted, folder)).rejects.toThrow(
    /^data\/[0-9a-f]+\/1: expected SHA-256/,
  );
});

import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DownloadError, downloadMnist } from "../../src/data/download.node.js";
import { loadData } from "../../src/data/load.node.js";
import { gzip, idxLabels } from "./mnist-fixtures.js";
import { realMnist } from "./real-mnist.js";

const LABELS = "train-labels-idx1-ubyte.gz";
const ALL = [
  "t10k-images-idx3-ubyte.gz",
  "t10k-labels-idx1-ubyte.gz",
  "train-images-idx3-ubyte.gz",
  LABELS,
];
const mnist = realMnist();

let folder: string;
let servers: Server[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-download-"));
  servers = [];
});
afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true, force: true });
});

/** A mirror on this machine that records its requests. */
async function mirror(answer: RequestListener): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.range ?? "whole"}`);
    answer(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked };
}

/** Answers with the real file, or the range of it that was asked for. */
const serveReal: RequestListener = (request, response) => {
  const bytes = readFileSync(join(mnist!, request.url!));
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? "");
  const start = range ? Number(range[1]) : 0;
  response.writeHead(range ? 206 : 200, {
    "content-length": bytes.length - start,
    ...(range && { "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` }),
  });
  response.end(bytes.subarray(start));
};

/** Sends `count` bytes from where it was asked to begin, then breaks the connection. */
function serveCut(count: number): RequestListener {
  return (request, response) => {
    const bytes = readFileSync(join(mnist!, request.url!));
    response.writeHead(200, { "content-length": bytes.length });
    response.write(bytes.subarray(0, count), () => {
      setTimeout(() => response.destroy(), 50);
    });
  };
}

/** Leaves only the training labels to be downloaded, the smallest but one of the files. */
function haveTheRest(): void {
  for (const name of ALL) {
    if (name !== LABELS) symlinkSync(join(mnist!, name), join(folder, name));
  }
}

const refuse: RequestListener = (_, response) => {
  response.writeHead(503).end("busy");
};

describe.skipIf(!mnist)("downloading the real files", () => {
  test("the second mirror is used where the first refuses, with progress, into a new folder", async () => {
    const first = await mirror(refuse);
    const second = await mirror(serveReal);
    const last = new Map<string, string>();
    const cacheFolder = join(folder, "new", "cache");
    const { data, reason } = await loadData("auto", {
      environment: {},
      cacheFolder,
      mirrors: [first.url, second.url],
      onDownload: (file, done, total) => last.set(file, `${done}/${total}`),
    });
    expect(data.name).toBe("mnist");
    expect(reason).toBe(`data: mnist, 60,000 + 10,000 images from ${cacheFolder} (downloaded)`);
    expect(readdirSync(cacheFolder).sort()).toEqual(ALL);
    expect(last.size).toBe(4);
    expect(last.get(LABELS)).toBe("28881/28881");
    expect(first.asked.length).toBe(4);
  });

  test("a connection that breaks in the middle is continued by range", async () => {
    haveTheRest();
    let cut = true;
    const { url, asked } = await mirror((request, response) => {
      const answer = cut ? serveCut(10_000) : serveReal;
      cut = false;
      answer(request, response);
    });
    await downloadMnist(folder, { mirrors: [url] });
    expect(asked).toEqual([`/${LABELS} whole`, `/${LABELS} bytes=10000-`]);
    expect(readFileSync(join(folder, LABELS))).toEqual(readFileSync(join(mnist!, LABELS)));
    expect(existsSync(join(folder, `${LABELS}.part`))).toBe(false);
  });

  test("a partial file is kept for the next call, but not under the final name", async () => {
    haveTheRest();
    const broken = await mirror((request, response) => {
      if (request.headers.range) response.destroy();
      else serveCut(5000)(request, response);
    });
    await expect(downloadMnist(folder, { mirrors: [broken.url] })).rejects.toThrow(DownloadError);
    expect(existsSync(join(folder, LABELS))).toBe(false);
    expect(readFileSync(join(folder, `${LABELS}.part`)).length).toBe(5000);
    const whole = await mirror(serveReal);
    await downloadMnist(folder, { mirrors: [whole.url] });
    expect(whole.asked).toEqual([`/${LABELS} bytes=5000-`]);
    expect(readdirSync(folder).sort()).toEqual(ALL);
  });

  test("a server without ranges sends all of it again", async () => {
    haveTheRest();
    writeFileSync(join(folder, `${LABELS}.part`), "rubbish");
    const { url, asked } = await mirror((request, response) => {
      delete request.headers.range;
      serveReal(request, response);
    });
    await downloadMnist(folder, { mirrors: [url] });
    expect(asked).toEqual([`/${LABELS} bytes=7-`]);
    expect(readFileSync(join(folder, LABELS))).toEqual(readFileSync(join(mnist!, LABELS)));
  });

  test("a partial file that does not match the rest is discarded and downloaded again", async () => {
    haveTheRest();
    writeFileSync(join(folder, `${LABELS}.part`), "rubbish");
    const { url, asked } = await mirror(serveReal);
    await downloadMnist(folder, { mirrors: [url] });
    expect(asked).toEqual([`/${LABELS} bytes=7-`, `/${LABELS} whole`]);
    expect(readdirSync(folder).sort()).toEqual(ALL);
  });

  test("a mirror with other content is skipped", async () => {
    haveTheRest();
    const wrong = await mirror((_, response) => {
      response.end(gzip(idxLabels([1, 2, 3])));
    });
    const right = await mirror(serveReal);
    await downloadMnist(folder, { mirrors: [wrong.url, right.url] });
    expect(wrong.asked.length).toBe(1);
    expect(right.asked).toEqual([`/${LABELS} whole`]);
  });
});

test("a page in place of a file gets no final name, and the mirror is named", async () => {
  const { url } = await mirror((_, response) => {
    response.end("<html>Please log in</html>");
  });
  const host = new URL(url).host;
  await expect(downloadMnist(folder, { mirrors: [url] })).rejects.toThrow(
    `${host}: ${url}train-images-idx3-ubyte.gz: expected the IDX magic number 0x00000803, got 0x3c68746d`,
  );
  expect(readdirSync(folder)).toEqual([]);
});

test("every mirror's answer is in the error", async () => {
  const one = await mirror(refuse);
  const two = await mirror((_, response) => {
    response.writeHead(404).end();
  });
  const host = (at: { url: string }) => new URL(at.url).host;
  await expect(downloadMnist(folder, { mirrors: [one.url, two.url] })).rejects.toThrow(
    `${host(one)}: HTTP 503; ${host(two)}: HTTP 404`,
  );
});

test("a machine without a network uses the digits", async () => {
  const { url } = await mirror(refuse);
  servers[0]!.close();
  const { data, reason } = await loadData("auto", {
    environment: {},
    cacheFolder: folder,
    mirrors: [url],
  });
  expect(data.name).toBe("digits");
  expect(reason).toBe(
    "data: digits, the built-in handwriting, because MNIST is in no folder and could not be " +
      `downloaded (offline: connect ECONNREFUSED ${new URL(url).host})`,
  );
});

test("a mirror that does not answer is skipped after a short time", async () => {
  const { url } = await mirror(() => undefined);
  await expect(downloadMnist(folder, { mirrors: [url], answerWithin: 100 })).rejects.toThrow(
    "offline: no answer within 0.1 s",
  );
});

test("a mirror that stops in the middle is skipped after a time", async () => {
  const { url } = await mirror((_, response) => {
    response.writeHead(200, { "content-length": 1000 });
    response.write("abc");
  });
  await expect(downloadMnist(folder, { mirrors: [url], stalledAfter: 100 })).rejects.toThrow(
    "offline: no answer within 0.1 s",
  );
});

test("an aborted download throws the signal's reason, and does not fall back to the digits", async () => {
  const stop = new AbortController();
  const { url } = await mirror(() => stop.abort(new Error("enough")));
  const loading = loadData("auto", {
    environment: {},
    cacheFolder: folder,
    mirrors: [url],
    signal: stop.signal,
  });
  await expect(loading).rejects.toThrow("enough");
});

test("a folder that cannot be made is named", async () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  await expect(downloadMnist(join(file, "mnist"), { mirrors: [] })).rejects.toThrow(
    `${file}/mnist: expected a folder that can be written, got a file that is no folder`,
  );
});

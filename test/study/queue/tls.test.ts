import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runFovea } from "../../cli/run-fovea.js";
import { kinds } from "./require-servers.js";
import {
  type Certificate,
  makeCertificate,
  password,
  startPostgres,
  startRedis,
  type TestServer,
} from "./servers.js";

const busy = { timeout: 120_000 };

let folder: string;
let certificate: Certificate;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-tls-"));
  certificate = makeCertificate(join(folder, "certificates"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(kinds)("%s by TLS", busy, (kind) => {
  let server: TestServer;
  beforeAll(async () => {
    const begin = kind === "redis" ? startRedis : startPostgres;
    server = await begin(join(folder, kind), ["127.0.0.1"], certificate);
  }, busy.timeout);
  afterAll(() => server?.stop());

  const worker = (url: string, NODE_EXTRA_CA_CERTS = "") =>
    runFovea(["worker", url, "--once", "--name", "one"], folder, {
      ...(NODE_EXTRA_CA_CERTS && { NODE_EXTRA_CA_CERTS }),
    });

  test("works with a certificate of the server's name by a known authority", () => {
    const { code, stdout, stderr } = worker(server.url("localhost"), certificate.authority);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^worker one of (rediss|postgres):\/\/\S+: /);
    expect(stdout).not.toContain(encodeURIComponent(password));
  });

  test("an unknown authority is refused, with what to do", () => {
    const { code, stderr } = worker(server.url("localhost"));
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^fovea worker: \S+: expected a (Redis|PostgreSQL) server that answers, got .*certificate.* \(NODE_EXTRA_CA_CERTS names a file with your network's own certificates\)\n$/,
    );
    expect(stderr).not.toContain(encodeURIComponent(password));
  });

  test("a certificate of another name is refused", () => {
    const { code, stderr } = worker(server.url("127.0.0.1"), certificate.authority);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^fovea worker: \S+: expected .*, got .*does not match certificate's altnames/,
    );
  });

  test("a connection without TLS is refused", () => {
    const plain = server.url("localhost").replace("rediss:", "redis:").replace(/\?.*$/, "");
    const { code, stderr } = worker(plain);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^fovea worker: \S+: expected a (Redis|PostgreSQL) server that answers, got /,
    );
  });
});

// Real servers of queues, in folders of their own, on free ports.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";

/** Of all servers here; `.` and `/` must be escaped in an address. */
export const password = "s3.cret/word";

/**
 * A server that can be ended and started again with what it has kept.
 *
 * @typedef {object} TestServer
 * @property {number} port
 * @property {(host?: string) => string} url
 * @property {() => Promise<void>} restart ends it as a crash would, and starts it again
 * @property {() => Promise<void>} stop
 */

/** @returns {Promise<number>} */
export async function freePort() {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  server.close();
  await once(server, "close");
  return port;
}

/**
 * A certificate for `localhost`, signed by an authority that nobody knows.
 *
 * @typedef {object} Certificate
 * @property {string} authority the file that `NODE_EXTRA_CA_CERTS` names
 * @property {string} certificate
 * @property {string} key
 */

/**
 * @param {string} folder
 * @returns {Certificate}
 */
export function makeCertificate(folder) {
  mkdirSync(folder, { recursive: true });
  const openssl = (/** @type {readonly string[]} */ ...args) =>
    execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...newKey,
    ..."-keyout ca.key -out ca.pem -subj /CN=authority".split(" "),
  );
  openssl("req", ...newKey, ..."-keyout server.key -out server.csr -subj /CN=localhost".split(" "));
  writeFileSync(join(folder, "names"), "subjectAltName=DNS:localhost\n");
  const sign = "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile names";
  openssl(...sign.split(" "), "-out", "server.pem");
  return {
    authority: join(folder, "ca.pem"),
    certificate: join(folder, "server.pem"),
    key: join(folder, "server.key"),
  };
}

/** @param {string} name */
function findProgram(name) {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian)
    ? readdirSync(debian).map((each) => join(debian, each, "bin"))
    : [];
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...versions];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

export const hasRedis = findProgram("redis-server") !== undefined;
export const hasPostgres = findProgram("initdb") !== undefined;

/**
 * Redis with its append-only file.
 *
 * @param {string} folder
 * @param {readonly string[]} hosts addresses that it listens at
 * @param {Certificate} [tls] then it speaks nothing but TLS
 * @returns {Promise<TestServer>}
 */
export async function startRedis(folder, hosts = ["127.0.0.1"], tls = undefined) {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const settings = [
    ...(tls ? ["--port", "0", "--tls-port", `${port}`] : ["--port", `${port}`]),
    ...(tls ? ["--tls-cert-file", tls.certificate, "--tls-key-file", tls.key] : []),
    ...(tls ? ["--tls-ca-cert-file", tls.authority, "--tls-auth-clients", "no"] : []),
    ...["--bind", ...hosts, "--dir", folder, "--requirepass", password],
    ...["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""],
  ];
  /** @type {import("node:child_process").ChildProcess} */
  let child;
  const start = async () => {
    child = spawn(/** @type {string} */ (findProgram("redis-server")), settings, {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await printed(child, "Ready to accept connections");
  };
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  await start();
  return {
    port,
    url: (host = "127.0.0.1") =>
      `${tls ? "rediss" : "redis"}://:${encodeURIComponent(password)}@${host}:${port}`,
    async restart() {
      await stop();
      await start();
    },
    stop,
  };
}

/**
 * PostgreSQL, which refuses to run as root: then it runs as `nobody`.
 *
 * @param {string} folder
 * @param {readonly string[]} hosts
 * @param {Certificate} [tls] then it speaks nothing but TLS
 * @returns {Promise<TestServer>}
 */
export async function startPostgres(folder, hosts = ["127.0.0.1"], tls = undefined) {
  const port = await freePort();
  const isRoot = process.getuid?.() === 0;
  const [nobody, nogroup] = [65534, 65534];
  mkdirSync(folder, { recursive: true });
  if (isRoot) chownSync(folder, nobody, nogroup);
  for (let above = folder; isRoot && above !== "/"; above = join(above, "..")) {
    // Temporary folders are their owner's alone.
    if (above !== folder && /fovea/.test(above)) chmodSync(above, 0o755);
  }
  const user = isRoot ? { uid: nobody, gid: nogroup } : {};
  const data = join(folder, "data");
  const program = (/** @type {string} */ name) => /** @type {string} */ (findProgram(name));
  const secret = join(folder, "password");
  writeFileSync(secret, `${password}\n`);
  execFileSync(
    program("initdb"),
    ["-D", data, "-U", "fovea", "-A", "scram-sha-256", "--pwfile", secret, "-N"],
    { ...user, cwd: folder, stdio: ["ignore", "ignore", "inherit"] },
  );
  appendFileSync(join(data, "pg_hba.conf"), "host all all 0.0.0.0/0 scram-sha-256\n");
  if (tls) {
    const [certificate, key] = [join(data, "server.crt"), join(data, "server.key")];
    copyFileSync(tls.certificate, certificate);
    copyFileSync(tls.key, key);
    chmodSync(key, 0o600);
    if (isRoot) for (const file of [certificate, key]) chownSync(file, nobody, nogroup);
    writeFileSync(join(data, "pg_hba.conf"), "hostssl all all 0.0.0.0/0 scram-sha-256\n");
  }
  const settings = [
    ...["-D", data, "-p", `${port}`, "-k", folder, "-h", hosts.join(",")],
    ...["-c", "max_connections=200", "-c", `ssl=${tls ? "on" : "off"}`],
  ];
  /** @type {import("node:child_process").ChildProcess} */
  let child;
  const start = async () => {
    child = spawn(program("postgres"), settings, {
      ...user,
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    await printed(child, "ready to accept connections");
    child.stderr?.resume();
  };
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    // "Immediate": as a crash, without leaving shared memory behind.
    child.kill("SIGQUIT");
    await once(child, "exit");
  };
  await start();
  return {
    port,
    url: (host = "127.0.0.1") =>
      `postgres://fovea:${encodeURIComponent(password)}@${host}:${port}/postgres${tls ? "?sslmode=verify-full" : ""}`,
    async restart() {
      await stop();
      await start();
    },
    stop,
  };
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @param {string} text
 */
function printed(child, text) {
  return new Promise((resolve, reject) => {
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk) => {
        output = (output + chunk).slice(-100_000);
        if (output.includes(text)) resolve(undefined);
      });
    }
    child.once("exit", () => reject(new Error(`the server ended: ${output}`)));
  });
}

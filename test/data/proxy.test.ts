import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { downloadMnist } from "../../src/data/download.node.js";
import { proxyFor } from "../../src/data/proxy.node.js";
import { operations } from "../../src/files/operations.node.js";
import { inputError } from "./mnist-fixtures.js";
import { selfSigned } from "./self-signed.js";

let folder: string;
let servers: Server[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-proxy-"));
  servers = [];
});
afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true, force: true });
});

async function listen(answer: RequestListener): Promise<{ server: Server; host: string }> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe("which proxy the environment names", () => {
  const https = "https://data.example.org/mnist/";
  test.each<[string, Record<string, string>, string | undefined]>([
    [https, {}, undefined],
    [https, { HTTPS_PROXY: "http://proxy:8080" }, "http://proxy:8080/"],
    [https, { HTTPS_PROXY: "proxy:8080" }, "http://proxy:8080/"],
    [https, { https_proxy: "http://small:1", HTTPS_PROXY: "http://large:1" }, "http://small:1/"],
    [https, { HTTP_PROXY: "http://proxy:8080" }, undefined],
    [https, { ALL_PROXY: "http://all:1" }, "http://all:1/"],
    [https, { HTTPS_PROXY: "" }, undefined],
    ["http://a/", { HTTP_PROXY: "http://proxy:8080" }, "http://proxy:8080/"],
    [https, { HTTPS_PROXY: "http://p:1", NO_PROXY: "*" }, undefined],
    [https, { HTTPS_PROXY: "http://p:1", NO_PROXY: "a, example.org" }, undefined],
    [https, { HTTPS_PROXY: "http://p:1", NO_PROXY: ".example.org" }, undefined],
    [https, { HTTPS_PROXY: "http://p:1", no_proxy: "*.Example.org" }, undefined],
    [https, { HTTPS_PROXY: "http://p:1", NO_PROXY: "data.example.org:443" }, undefined],
    [https, { HTTPS_PROXY: "http://p:1", NO_PROXY: "data.example.org:8443" }, "http://p:1/"],
    [https, { HTTPS_PROXY: "http://p:1", NO_PROXY: "ample.org,org.example," }, "http://p:1/"],
  ])("%s with %j: %s", (address, environment, proxy) => {
    expect(proxyFor(new URL(address), environment)?.href).toBe(proxy);
  });

  test.each([
    ["socks5://user:secret@proxy:1080", "a proxy of socks5"],
    ["http://", "something that is no address"],
  ])("%s is refused without its password", async (value, got) => {
    const loading = downloadMnist(folder, {
      mirrors: ["https://data.example.org/"],
      environment: { HTTPS_PROXY: value },
    });
    await expect(loading).rejects.toThrow(
      inputError(
        `HTTPS_PROXY: expected an HTTP proxy, such as http://host:8080 (or MNIST's files in a folder: FOVEA_DATA), got ${got}`,
      ),
    );
  });
});

describe("downloads through a proxy", () => {
  test("https asks it for a tunnel, with the name and password of its address", async () => {
    const asked: string[] = [];
    const { server, host } = await listen(() => undefined);
    server.on("connect", (request, socket) => {
      asked.push(`${request.url} ${request.headers["proxy-authorization"]}`);
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    });
    const loading = downloadMnist(folder, {
      mirrors: ["https://data.example.org/mnist/"],
      environment: { HTTPS_PROXY: `http://me:p%40ss@${host}` },
    });
    await expect(loading).rejects.toThrow(
      `no mirror reached: proxy http://${host}: HTTP 407, name or password refused`,
    );
    expect(asked).toEqual([
      `data.example.org:443 Basic ${Buffer.from("me:p@ss").toString("base64")}`,
    ]);
  });

  test("a proxy that asks for a name and password, or refuses, does not count as being offline", async () => {
    let status = "407 Proxy Authentication Required";
    const { server, host } = await listen(() => undefined);
    server.on("connect", (_, socket) => socket.end(`HTTP/1.1 ${status}\r\n\r\n`));
    const load = () =>
      downloadMnist(folder, {
        mirrors: ["https://one.example.org/", "https://two.example.org/"],
        environment: { HTTPS_PROXY: `http://${host}` },
      });
    const reached = `no mirror reached: proxy http://${host}: HTTP`;
    await expect(load()).rejects.toThrow(
      `${reached} 407, name and password needed (http://name:password@host:port)`,
    );
    status = "403 Forbidden";
    await expect(load()).rejects.toThrow(`${reached} 403`);
  });

  test("a certificate of an unknown authority: the message names NODE_EXTRA_CA_CERTS", async () => {
    const mirror = createTlsServer(selfSigned);
    const { server, host } = await listen(() => undefined);
    servers.push(mirror);
    await new Promise<void>((resolve) => mirror.listen(0, "127.0.0.1", resolve));
    const { port } = mirror.address() as AddressInfo;
    server.on("connect", (_, socket) => {
      const beyond = connect(port, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        beyond.pipe(socket).pipe(beyond);
      });
      for (const end of [beyond, socket]) end.on("error", () => end.destroy());
    });
    const mirrors = [`https://localhost:${port}/`];
    const remedy =
      "self-signed certificate (NODE_EXTRA_CA_CERTS names a file with your network's own certificates)";
    await expect(downloadMnist(folder, { mirrors, environment: {} })).rejects.toThrow(
      `no mirror reached: ${remedy}`,
    );
    const environment = { HTTPS_PROXY: `http://${host}` };
    await expect(downloadMnist(folder, { mirrors, environment })).rejects.toThrow(
      `no mirror reached: proxy http://${host}: ${remedy}`,
    );
  });

  test("what the tunnel leads to is spoken to by TLS", async () => {
    const plain = await listen((_, response) => response.end());
    const { server, host } = await listen(() => undefined);
    server.on("connect", (_, socket) => {
      const [name, port] = plain.host.split(":") as [string, string];
      const beyond = connect(Number(port), name, () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        beyond.pipe(socket).pipe(beyond);
      });
      for (const end of [beyond, socket]) end.on("error", () => end.destroy());
    });
    const loading = downloadMnist(folder, {
      mirrors: ["https://data.example.org/mnist/"],
      environment: { HTTPS_PROXY: `http://${host}` },
    });
    await expect(loading).rejects.toThrow(
      /proxy http:\/\/127\.0\.0\.1:\d+: .*(SSL|EPROTO|TLS|hang up)/,
    );
  });

  test("http asks it for the whole address; NO_PROXY goes past it", async () => {
    const proxy: string[] = [];
    const direct: string[] = [];
    const refuse =
      (asked: string[]): RequestListener =>
      (request, response) => {
        asked.push(`${request.headers.host} ${request.url}`);
        response.writeHead(404).end();
      };
    const through = await listen(refuse(proxy));
    const mirror = await listen(refuse(direct));
    const environment = { http_proxy: `http://${through.host}` };
    const options = { mirrors: [`http://${mirror.host}/`], environment };
    await expect(downloadMnist(folder, options)).rejects.toThrow(`${mirror.host}: HTTP 404`);
    const file = "train-images-idx3-ubyte.gz";
    expect([proxy, direct]).toEqual([[`${mirror.host} http://${mirror.host}/${file}`], []]);
    const past = { ...options, environment: { ...environment, NO_PROXY: "127.0.0.1" } };
    await expect(downloadMnist(folder, past)).rejects.toThrow("HTTP 404");
    expect(direct).toEqual([`${mirror.host} /${file}`]);
  });

  test("redirects are followed, but not in a circle or to files", async () => {
    const { host } = await listen((request, response) => {
      const location = request.url === "/a/train-images-idx3-ubyte.gz" ? "/b" : "file:///etc";
      response.writeHead(302, { location: request.url === "/b" ? "/b" : location }).end();
    });
    const at = (path: string) =>
      downloadMnist(folder, { mirrors: [`http://${host}/${path}/`], environment: {} });
    await expect(at("a")).rejects.toThrow("more than 5 redirects");
    await expect(at("c")).rejects.toThrow("redirected to file:");
  });
});

describe("limits", () => {
  const send =
    (bytes: number, stated: boolean): RequestListener =>
    (_, response) => {
      response.writeHead(200, stated ? { "content-length": bytes } : {});
      response.end(Buffer.alloc(bytes));
    };

  test.each([true, false])("a file that is too large, stated: %s", async (stated) => {
    const { host } = await listen(send(5000, stated));
    const options = { mirrors: [`http://${host}/`], environment: {}, mostBytes: 4000 };
    await expect(downloadMnist(folder, options)).rejects.toThrow(
      `${host}: a file of more than 4000 bytes`,
    );
  });

  test("all of it takes too long, though each byte comes soon", async () => {
    const { host } = await listen((_, response) => {
      const timer = setInterval(() => response.write("a"), 20);
      response.on("close", () => clearInterval(timer));
    });
    const options = { mirrors: [`http://${host}/`], environment: {}, allWithin: 300 };
    await expect(downloadMnist(folder, options)).rejects.toThrow("not all of it within 0.3 s");
  });

  test("a full disk is said, and no other mirror asked", async () => {
    const asked: (string | undefined)[] = [];
    const { host } = await listen((request, response) => {
      asked.push(request.url);
      response.end("a");
    });
    const part = join(folder, "train-images-idx3-ubyte.gz.part");
    const full = Object.assign(new Error("no space"), { code: "ENOSPC", syscall: "write" });
    vi.spyOn(operations, "writeSync").mockImplementation(() => {
      throw full;
    });
    onTestFinished(() => void vi.restoreAllMocks());
    const options = { mirrors: [`http://${host}/1/`, `http://${host}/2/`], environment: {} };
    await expect(downloadMnist(folder, options)).rejects.toThrow(
      inputError(`${part}: expected a file that can be written, got a full disk`),
    );
    expect(asked).toEqual(["/1/train-images-idx3-ubyte.gz"]);
  });

  test("a cache that is a file is named", async () => {
    writeFileSync(join(folder, "file"), "");
    await expect(downloadMnist(join(folder, "file/mnist"))).rejects.toThrow(
      inputError(
        `${folder}/file/mnist: expected a folder that can be written, got a file that is no folder`,
      ),
    );
  });
});

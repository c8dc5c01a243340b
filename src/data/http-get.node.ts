import http, { type IncomingMessage, type RequestOptions } from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { connect } from "node:tls";
import { certificateRemedy } from "./certificates.js";
import { proxyFor, proxyName } from "./proxy.node.js";

export interface GetOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Where proxies are looked up. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const MOST_REDIRECTS = 5;

/** The network works, but something between here and the server does not let the request pass. */
export class BlockedError extends Error {}

/**
 * Asks for an address, through the environment's proxy where it names one, and follows redirects. Node's `fetch` knows
 * no proxies before version 24.
 *
 * @returns the answer, whose body is still to be read
 */
export async function httpGet(address: string, options: GetOptions): Promise<IncomingMessage> {
  let url = new URL(address);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const answer = await ask(url, options);
    const { statusCode = 0, headers } = answer;
    if (![301, 302, 303, 307, 308].includes(statusCode) || !headers.location) return answer;
    answer.destroy();
    const next = new URL(headers.location, url);
    if (next.protocol !== url.protocol && next.protocol !== "https:") {
      throw new Error(`redirected to ${next.protocol}`);
    }
    url = next;
  }
  throw new Error(`more than ${MOST_REDIRECTS} redirects`);
}

async function ask(url: URL, options: GetOptions): Promise<IncomingMessage> {
  const { headers, signal } = options;
  const proxy = proxyFor(url, options.environment);
  try {
    if (proxy) return await askThrough(proxy, url, options);
    // An agent of its own: the shared one keeps connections open, and may use proxies by itself.
    return await send(url, { headers, signal, agent: false });
  } catch (error) {
    signal.throwIfAborted();
    throw explained(error as Error, proxy);
  }
}

async function askThrough(
  proxy: URL,
  url: URL,
  { headers, signal }: GetOptions,
): Promise<IncomingMessage> {
  if (url.protocol === "http:") {
    const through = { ...headers, host: url.host, ...authorization(proxy) };
    return send(proxy, { path: url.href, headers: through, signal, agent: false });
  }
  const socket = await tunnel(url, proxy, signal);
  const createConnection = () => connect({ socket, servername: url.hostname });
  return send(url, { headers, signal, createConnection });
}

/** The error with the proxy that was in use and, for an unknown certificate, what to do. */
function explained(error: Error, proxy: URL | undefined): Error {
  const remedy = certificateRemedy(error);
  const through = proxy ? `proxy ${proxyName(proxy)}: ` : "";
  if (remedy !== undefined || error instanceof BlockedError) {
    return new BlockedError(`${through}${error.message}${remedy ?? ""}`, { cause: error });
  }
  return proxy ? new Error(`${through}${error.message}`, { cause: error }) : error;
}

function requestOf(url: URL, options: RequestOptions): http.ClientRequest {
  return url.protocol === "https:" ? https.request(url, options) : http.request(url, options);
}

function send(url: URL, options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    requestOf(url, options).on("response", resolve).on("error", reject).end();
  });
}

/** A connection through a proxy (CONNECT, RFC 9110, section 9.3.6). */
function tunnel(url: URL, proxy: URL, signal: AbortSignal): Promise<Socket> {
  const target = `${url.hostname}:${url.port || 443}`;
  const headers = { host: target, ...authorization(proxy) };
  const options = { method: "CONNECT", path: target, headers, signal, agent: false } as const;
  return new Promise((resolve, reject) => {
    requestOf(proxy, options)
      .on("connect", ({ statusCode }, socket) => {
        if (statusCode === 200) {
          resolve(socket);
          return;
        }
        socket.destroy();
        reject(refusedBy(proxy, statusCode));
      })
      .on("response", (answer) => {
        answer.destroy();
        reject(refusedBy(proxy, answer.statusCode));
      })
      .on("error", reject)
      .end();
  });
}

function refusedBy(proxy: URL, statusCode: number | undefined): BlockedError {
  const status = `HTTP ${statusCode}`;
  if (statusCode !== 407) return new BlockedError(status);
  const isNamed = proxy.username !== "" || proxy.password !== "";
  return new BlockedError(
    isNamed
      ? `${status}, name or password refused`
      : `${status}, name and password needed (http://name:password@host:port)`,
  );
}

function authorization({ username, password }: URL): Record<string, string> {
  if (username === "" && password === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(pair).toString("base64")}` };
}

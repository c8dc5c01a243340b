import http, { type IncomingMessage, type RequestOptions } from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { connect } from "node:tls";
import { proxyFor, proxyName } from "./proxy.node.js";

export interface GetOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Where proxies are looked up. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const MOST_REDIRECTS = 5;

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
  // An agent of its own: the shared one keeps connections open, and may use proxies by itself.
  if (proxy === undefined) return send(url, { headers, signal, agent: false });
  try {
    if (url.protocol === "http:") {
      const through = { ...headers, host: url.host, ...authorization(proxy) };
      return await send(proxy, { path: url.href, headers: through, signal, agent: false });
    }
    const socket = await tunnel(url, proxy, signal);
    const createConnection = () => connect({ socket, servername: url.hostname });
    return await send(url, { headers, signal, createConnection });
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`proxy ${proxyName(proxy)}: ${(error as Error).message}`, { cause: error });
  }
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
        reject(new Error(`HTTP ${statusCode}`));
      })
      .on("response", (answer) => {
        answer.destroy();
        reject(new Error(`HTTP ${answer.statusCode}`));
      })
      .on("error", reject)
      .end();
  });
}

function authorization({ username, password }: URL): Record<string, string> {
  if (username === "" && password === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(pair).toString("base64")}` };
}

import { timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { sha256 } from "../sha256.js";
import { type Refusal, tokenHeader } from "./api.js";

/**
 * Sent with every answer. The page loads from its own server alone, and is isolated, so that it may train on several
 * threads. WebAssembly needs `wasm-unsafe-eval`, and charts bring their own style elements.
 */
const headers: Readonly<Record<string, string>> = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Content-Security-Policy": [
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

/** The frame that code of a network runs in: nothing may be loaded or sent from it, and its origin is no page's. */
const sandbox = {
  path: "/sandbox.html",
  policy:
    "default-src 'none'; script-src 'unsafe-inline' blob:; worker-src blob:; frame-ancestors 'self'; sandbox allow-scripts",
};

export const addHeaders: MiddlewareHandler = async (context, next) => {
  await next();
  for (const [name, value] of Object.entries(headers)) context.header(name, value);
  if (context.req.path === sandbox.path) context.header("Content-Security-Policy", sandbox.policy);
};

/**
 * Answers only requests that are meant for this server and come from its own page. A page of another site may have its
 * name lead to 127.0.0.1 (DNS rebinding): its requests then name another host.
 */
export function onlyOwnPage(port: () => number): MiddlewareHandler {
  return async (context, next) => {
    const hosts = [`127.0.0.1:${port()}`, `localhost:${port()}`];
    const host = context.req.header("host") ?? "";
    const origin = context.req.header("origin");
    const allowed = hosts.includes(host) && (origin === undefined || origin === `http://${host}`);
    if (allowed) return next();
    const problem = `this server answers its own page at http://${hosts[0]} alone`;
    return context.json<Refusal>({ problem }, 403);
  };
}

/** Answers only with the token of the address, which other pages and other users of the machine do not know. */
export function onlyWithToken(token: string): MiddlewareHandler {
  const expected = digestOf(token);
  return async (context, next) => {
    const site = context.req.header("sec-fetch-site");
    const isOwn = site === undefined || site === "same-origin";
    const given = digestOf(context.req.header(tokenHeader) ?? "");
    if (isOwn && timingSafeEqual(given, expected)) {
      await next();
      context.header("Cache-Control", "no-store");
      return;
    }
    const problem = "the token is missing or wrong: open the address that fovea studio printed";
    return context.json<Refusal>({ problem }, 401, { "Cache-Control": "no-store" });
  };
}

/** Of one length, whatever is given: only those can be compared in constant time. */
function digestOf(text: string): Uint8Array {
  return new TextEncoder().encode(sha256(new TextEncoder().encode(text)));
}

import { afterEach, describe, expect, it, vi } from "vitest";
import { compileKernels, compileRelaxed } from "../../src/engine/platform.browser.js";
import { InputError } from "../../src/errors.js";

afterEach(() => vi.unstubAllGlobals());

const page = "<!doctype html><title>app</title>";
const html = { headers: { "content-type": "text/html" } };

describe("a server that does not serve the kernels", () => {
  it.each([
    [
      "its own page, as Vite's dev server does",
      () => new Response(page, html),
      "HTTP 200, text/html",
    ],
    ["404", () => new Response("", { status: 404, ...html }), "HTTP 404, text/html"],
    ["nothing", () => new Response(null), "HTTP 200, no content type"],
  ])("answers with %s: says what to set", async (_, answer, got) => {
    vi.stubGlobal("fetch", async () => answer());
    for (const compile of [() => compileKernels("mul-add"), compileRelaxed]) {
      const error = await compile().catch((reason) => reason);
      expect(error).toBeInstanceOf(InputError);
      expect(error.message).toMatch(
        /^engine: expected \S+\.wasm to be served beside fovea's modules /,
      );
      expect(error.message).toContain('optimizeDeps: { exclude: ["fovea"] }');
      expect(error.message).toMatch(new RegExp(`got ${got}$`));
    }
  });
});

import { InputError } from "../../src/errors.js";
import type { Model, ModelInput } from "../../src/graph/model.js";
import {
  checkDefaults,
  type ModelOptions,
  type OptionDefaults,
} from "../../src/graph/model-options.js";
import { decodeModel } from "../../src/runs/model-codec.js";
import type { SandboxAnswer, SandboxRequest } from "./sandbox.worker.js";
import libraryAddress from "./sandbox.worker.ts?worker&url";

/** Code that takes longer is ended, milliseconds. */
const longest = 5000;
/** Characters of an answer: a graph of 4,096 nodes has about a million. */
const mostText = 2 ** 24;

/** A network that code built, and what can be chosen of it. */
export interface BuiltFromCode {
  readonly model: Model;
  readonly defaults: OptionDefaults;
}

/** Code that builds no network. */
export class CodeProblem extends Error {
  /** @param line from 1, where it is known */
  constructor(
    message: string,
    readonly line: number | undefined,
  ) {
    super(message);
  }
}

let library: Promise<string> | undefined;

/**
 * Runs the code of a network where it reaches neither the network, nor the page, nor what the page stores, and checks
 * the graph that it built as one from a file.
 *
 * @param code JavaScript whose default export is made by `defineModel`
 * @throws CodeProblem where it builds no network
 */
export async function modelFromCode(
  code: string,
  input: ModelInput,
  options: ModelOptions,
): Promise<BuiltFromCode> {
  library ??= fetch(libraryAddress).then((response) => response.text());
  const before = `${await library}\nrunFoveaCode(function (fovea$, exported$) { "use strict";\n`;
  const linesBefore = before.split("\n").length - 1;
  const request = { input, options, linesBefore };
  const answer = await runIsolated(`${before}${asFunctionBody(code)}\n});`, request);
  if ("problem" in answer) throw new CodeProblem(answer.problem, answer.line);
  try {
    checkDefaults("code", answer.defaults);
    const model = decodeModel(answer.model, "code");
    const hasOptions = Object.keys(answer.defaults).length > 0;
    return {
      model: { ...model, ...(hasOptions && { options: answer.options }) },
      defaults: answer.defaults,
    };
  } catch (error) {
    if (error instanceof InputError) throw new CodeProblem(error.message, undefined);
    throw error;
  }
}

/** Imports of the library and the default export as statements of a function, each on its own line. */
export function asFunctionBody(code: string): string {
  const lines = (text: string) => text.replace(/[^\n]/g, "");
  const body = code
    .replace(/^[ \t]*import\s+type\s[^;]*?from\s*["'][^"']*["'];?/gm, lines)
    .replace(/^[ \t]*import\s*(\{[^}]*\})\s*from\s*["']fovea["'];?/gm, (_, names: string) => {
      const own = names.replace(/\btype\s+\w+\s*,?/g, "").replace(/\bas\b/g, ":");
      return `const ${own} = fovea$;`;
    })
    .replace(/^[ \t]*import\s*\*\s*as\s+(\w+)\s+from\s*["']fovea["'];?/gm, "const $1 = fovea$;")
    .replace(/^[ \t]*export\s+default\b/gm, "exported$.default =")
    .replace(/^[ \t]*export\s+(?=const|let|function|class)/gm, "");
  const other = /^[ \t]*import\b[^(].*?["']([^"']*)["']/m.exec(body);
  if (other === null) return body;
  const line = body.slice(0, other.index).split("\n").length;
  throw new CodeProblem(`expected imports of "fovea" alone, got ${JSON.stringify(other[1])}`, line);
}

async function runIsolated(script: string, request: SandboxRequest): Promise<SandboxAnswer> {
  const frame = document.createElement("iframe");
  // No allow-same-origin: its origin is no page's.
  frame.sandbox.add("allow-scripts");
  frame.hidden = true;
  frame.title = "Runs the code of a network";
  frame.src = new URL("sandbox.html", document.baseURI).href;
  try {
    const loaded = new Promise((resolve) =>
      frame.addEventListener("load", resolve, { once: true }),
    );
    document.body.append(frame);
    const { port1, port2 } = new MessageChannel();
    const answered = new Promise<MessageEvent>((resolve, reject) => {
      const late = new CodeProblem(
        `expected a network within ${longest / 1000} s, got none`,
        undefined,
      );
      setTimeout(() => reject(late), longest);
      port1.onmessage = resolve;
    });
    await Promise.race([loaded, answered]);
    frame.contentWindow!.postMessage({ script, request }, "*", [port2]);
    return answerOf((await answered).data, request.linesBefore);
  } finally {
    // This ends its worker, too.
    frame.remove();
  }
}

function answerOf(given: unknown, linesBefore: number): SandboxAnswer {
  const { text, error, line } = Object(given) as {
    text?: unknown;
    error?: unknown;
    line?: unknown;
  };
  if (typeof text === "string" && text.length <= mostText) {
    try {
      const { model, problem, ...rest } = Object(JSON.parse(text));
      if (typeof model === "string")
        return { model, defaults: rest.defaults, options: rest.options };
      if (typeof problem === "string") return { problem, line: lineOf(rest.line) };
    } catch {
      // As below.
    }
    return { problem: "expected a network, got something else" };
  }
  const problem = String(error ?? "expected a network, got something else").replace(
    /^Uncaught /,
    "",
  );
  return { problem, line: lineOf(Number(line) - linesBefore) };
}

function lineOf(line: unknown): number | undefined {
  return typeof line === "number" && line >= 1 ? line : undefined;
}

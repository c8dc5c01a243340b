// The library that code of a network runs with. Its bundle is put before the code, and both are run in a worker of
// `sandbox.html`, whose policy lets nothing be loaded or sent. What could is removed here, too.
import { InputError } from "../../src/errors.js";
import { defineModel, type ModelDefinition, type ModelInput } from "../../src/graph/model.js";
import type { ModelOptions, OptionDefaults } from "../../src/graph/model-options.js";
import * as ops from "../../src/graph/ops/index.js";
import { attentionBlock } from "../../src/models/attention-block.js";
import { classifier } from "../../src/models/classifier.js";
import { coordConv } from "../../src/models/coord-conv.js";
import { spatialTransformer } from "../../src/models/spatial-transformer.js";
import { encodeModel } from "../../src/runs/model-codec.js";

/** What the code is asked for. */
export interface SandboxRequest {
  readonly input: ModelInput;
  readonly options: ModelOptions;
  /** Lines before the first one of the code. */
  readonly linesBefore: number;
}

/** What the code gave. Whoever wrote it can write any of this: the page checks it as it checks a file. */
export type SandboxAnswer =
  | { readonly model: string; readonly defaults: OptionDefaults; readonly options: ModelOptions }
  | { readonly problem: string; readonly line?: number };

type Code = (library: Record<string, unknown>, exported: { default?: unknown }) => void;

declare global {
  /** Called by the code's script. */
  var runFoveaCode: (code: Code) => void;
}

const unreachable = [
  ...["fetch", "XMLHttpRequest", "WebSocket", "WebSocketStream", "EventSource", "WebTransport"],
  ...["importScripts", "Worker", "SharedWorker", "BroadcastChannel", "RTCPeerConnection"],
  ...["indexedDB", "caches", "cookieStore", "navigator", "FileReaderSync", "Notification"],
];
const reply = postMessage.bind(globalThis);

for (const name of unreachable) {
  for (let holder: object | null = globalThis; holder; holder = Object.getPrototypeOf(holder)) {
    Reflect.deleteProperty(holder, name);
  }
}

const known: Record<string, unknown> = {
  ...ops,
  ...{ defineModel, attentionBlock, classifier, coordConv, spatialTransformer },
};
const library = new Proxy(known, {
  get: (target, name) => {
    if (Object.hasOwn(target, name)) return target[String(name)];
    throw new InputError("fovea", "what networks are made of", String(name));
  },
});

globalThis.runFoveaCode = (code) => {
  addEventListener("message", ({ data }: MessageEvent<SandboxRequest>) => {
    let answer: SandboxAnswer;
    try {
      answer = built(code, data);
    } catch (error) {
      answer = problemOf(error, data.linesBefore);
    }
    reply(JSON.stringify(answer));
  });
};

function built(code: Code, { input, options }: SandboxRequest): SandboxAnswer {
  const exported: { default?: unknown } = {};
  code(library, exported);
  const found = exported.default;
  if (!isDefinition(found)) {
    throw new InputError("code", "a default export made by defineModel", typeof found);
  }
  const defaults = found.options ?? {};
  const known = Object.entries(options).filter(([name]) => Object.hasOwn(defaults, name));
  const model = found.build(input, Object.fromEntries(known));
  return { model: encodeModel(model), defaults, options: model.options ?? {} };
}

function isDefinition(found: unknown): found is ModelDefinition {
  return found instanceof Object && "name" in found && "build" in found;
}

/** The message, and the line of the code that threw. */
function problemOf(error: unknown, linesBefore: number): SandboxAnswer {
  const isOurs = error instanceof InputError;
  const problem =
    error instanceof Error
      ? isOurs
        ? error.message
        : `${error.name}: ${error.message}`
      : String(error);
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const lines = [...stack.matchAll(/:(\d+):\d+\)?$/gm)].map(([, line]) => Number(line));
  const own = lines.find((line) => line > linesBefore);
  return { problem, ...(own !== undefined && { line: own - linesBefore }) };
}

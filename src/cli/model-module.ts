import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename, extname, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { shown } from "../arguments.js";
import { InputError } from "../errors.js";
import { isFolder } from "../files/folders.node.js";
import type { Model, ModelDefinition } from "../graph/model.js";
import { sha256 } from "../sha256.js";
import { registering, resolveOwnPackage } from "./own-package.js";

const scriptEndings = [".mjs", ".js"];
const typeScriptEndings = [".ts", ".mts"];

/** Characters of another program's message. */
const longest = 200;

/** File endings of modules, for messages. */
export const moduleEndings = [...typeScriptEndings, ...scriptEndings].join(", ");

/** A definition, and the file that it is from. */
export interface ModelModule {
  readonly definition: ModelDefinition;
  /** The file as it was named, and the SHA-256 of its bytes. */
  readonly module: { readonly file: string; readonly sha256: string };
}

/** Whether a text names a module, and no model of the catalogue, run or file of weights. */
export function isModulePath(text: string): boolean {
  return [...scriptEndings, ...typeScriptEndings].includes(extname(text)) && !isFolder(text);
}

/**
 * Imports a module whose default export is made by `defineModel`. TypeScript is translated, not type-checked.
 *
 * @throws InputError naming file and line where it is missing, cannot be read as code, throws, exports something else,
 *   or builds no network
 */
export async function importModelModule(where: string, path: string): Promise<ModelModule> {
  if (!existsSync(path)) throw new InputError(where, `${path} to be a module`, "no such file");
  const exported = await defaultExport(path);
  if (!isDefinition(exported)) {
    throw new InputError(path, "a default export made by defineModel", exportText(exported));
  }
  const build: ModelDefinition["build"] = (input, options) =>
    located(path, () => exported.build(input, options));
  const module = { file: path, sha256: sha256(readFileSync(path)) };
  return { definition: { ...exported, build }, module };
}

function isDefinition(exported: unknown): exported is ModelDefinition {
  return exported instanceof Object && "name" in exported && "build" in exported;
}

function exportText(exported: unknown): string {
  if (exported === undefined) return "none";
  if (typeof exported === "function") return "a function: wrap it, defineModel(NAME, function)";
  return shown(exported);
}

async function defaultExport(path: string): Promise<unknown> {
  const file = resolve(path);
  try {
    const imported = typeScriptEndings.includes(extname(path))
      ? await importTypeScript(file)
      : await importScript(file);
    return imported.default;
  } catch (error) {
    throw importProblem(path, file, error);
  }
}

interface Imported {
  readonly default?: unknown;
}

async function importScript(file: string): Promise<Imported> {
  resolveOwnPackage();
  return await import(pathToFileURL(file).href);
}

/** Modules of this package are handed in: a second copy of its classes would not know the first one's tensors. */
async function importTypeScript(file: string): Promise<Imported> {
  const { createJiti } = await import("jiti");
  const own = (name: string) => import(new URL(`../${name}.js`, import.meta.url).href);
  const virtualModules = { fovea: await own("index"), "fovea/node": await own("node") };
  const jiti = createJiti(import.meta.url, {
    virtualModules,
    fsCache: false,
    interopDefault: false,
  });
  return await jiti.import(file);
}

/** What went wrong while a module was loaded: as an InputError, where it is the module's fault. */
function importProblem(path: string, file: string, error: unknown): InputError {
  if (error instanceof InputError) return placed(path, error);
  const message = messageOf(error);
  // Babel's message, ParseError: Unexpected token \n /folder/net.ts:3:5
  const parsed = /^ParseError: (.*?)\s*\n\s*(.+):(\d+):\d+\s*$/s.exec(message);
  if (parsed) {
    const [, problem = "", at = "", line = ""] = parsed;
    return new InputError(`${shownPath(at)}:${line}`, "TypeScript", problem);
  }
  const missing = /^Cannot find (?:module|package) '(.+)' imported from (.+)$/.exec(message);
  if (missing) return missingProblem(missing[1]!, missing[2]!);
  if (error instanceof SyntaxError) return syntaxProblem(path, file, error);
  const expected = "a module that can be imported";
  return new InputError(placeOf(path, error), expected, problemText(error));
}

/** A module that imports one that is not there: its file, and the line that names the other one. */
function missingProblem(missing: string, importer: string): InputError {
  const lines = readFileSync(importer, "utf8").split("\n");
  const row = lines.findIndex((line) => line.includes(basename(missing)));
  const where = row < 0 ? shownPath(importer) : `${shownPath(importer)}:${row + 1}`;
  return new InputError(where, "a module that is there", `no ${shownPath(missing)}`);
}

/**
 * Node says where a syntax error is only of a program that it starts, so it starts this one. It ends as before: a
 * module that cannot be parsed, or one that imports it, runs none of its code.
 */
function syntaxProblem(path: string, file: string, error: SyntaxError): InputError {
  const { stderr } = spawnSync(process.execPath, ["--import", registering, file], {
    encoding: "utf8",
    timeout: 10_000,
  });
  const [, at, line] = /^(file:\S+|\/.*|[A-Za-z]:\\.*):(\d+)$/m.exec(stderr ?? "") ?? [];
  const isUrl = at?.startsWith("file:");
  const where = at === undefined ? path : `${shownPath(isUrl ? fileURLToPath(at) : at)}:${line}`;
  return new InputError(where, "JavaScript", firstLine(error.message));
}

/** Runs a user's code, and names file and line of what goes wrong in it. */
function located(path: string, build: () => Model): Model {
  try {
    return build();
  } catch (error) {
    if (error instanceof InputError) throw placed(path, error);
    const expected = "a function that builds the network";
    throw new InputError(placeOf(path, error), expected, problemText(error));
  }
}

function placed(path: string, error: InputError): InputError {
  const { where, expected, got } = error;
  return new InputError(`${placeOf(path, error)}: ${where}`, expected, got);
}

/** `    at name (/folder/net.ts:3:5)`, or without the name; a file or its URL, and no `node:internal/…`. */
const stackFrame = /^\s+at (?:.* \(|async )?((?:file:|\/|[A-Za-z]:\\)[^()]*):(\d+):\d+\)?$/;

/** File and line of the user's code that threw; the module's file where the stack does not say. */
function placeOf(path: string, error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  for (const line of stack.split("\n")) {
    const [, at, row] = stackFrame.exec(line) ?? [];
    if (at === undefined) continue;
    const file = at.startsWith("file:") ? fileURLToPath(at) : at;
    if (!isOwnFile(file)) return `${shownPath(file)}:${row}`;
  }
  return path;
}

/** Files of this package and of what it depends on. */
function isOwnFile(file: string): boolean {
  const own = fileURLToPath(new URL("../", import.meta.url));
  return file.startsWith(own) || file.includes(`${sep}node_modules${sep}`);
}

/** A file as a user would name it: from the current folder. */
function shownPath(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith("..") ? file : path;
}

function problemText(error: unknown): string {
  const name = error instanceof Error ? error.name : "thrown";
  return `${name}: ${firstLine(messageOf(error))}`;
}

/** Of a message of several lines, the first one; characters beyond {@link longest} are left out. */
function firstLine(message: string): string {
  const [line = ""] = message.split("\n");
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : shown(error);
}

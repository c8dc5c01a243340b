import { readdirSync } from "node:fs";
import { extname, join, sep } from "node:path";
import { InputError } from "../errors.js";
import { isFolder } from "../files/folders.node.js";
import { readBytes } from "../files/read-file.node.js";
import { serverMark } from "./api.js";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".wasm": "application/wasm",
};

export interface PageFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

/** The files of the built page: only those that are there now are ever served, by their exact names. */
export class PageFiles {
  readonly #names: ReadonlySet<string>;

  /** @throws InputError where the page is not built */
  constructor(private readonly folder: string) {
    if (!isFolder(folder)) {
      throw new InputError(folder, "the studio's page (npm run build:studio)", "no such folder");
    }
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
    this.#names = new Set(names.map((name) => name.replaceAll(sep, "/")));
  }

  /** @param path from the address, without its first `/` */
  read(path: string): PageFile | undefined {
    const name = path === "" ? "index.html" : path;
    const type = types[extname(name)] ?? "application/octet-stream";
    if (!this.#names.has(name) || isFolder(join(this.folder, name))) return undefined;
    const bytes = new Uint8Array(readBytes(join(this.folder, name), "a file of the studio's page"));
    return { bytes: name === "index.html" ? marked(bytes) : bytes, type };
  }
}

/** The page with the mark by which it knows its server. */
function marked(html: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = new TextDecoder().decode(html);
  const mark = `<head>\n    <meta name="${serverMark}" content="1" />`;
  return new TextEncoder().encode(text.replace("<head>", mark));
}

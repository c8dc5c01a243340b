import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ops } from "../../src/graph/ops/index.js";

const source = new URL("../../src/", import.meta.url);
/** Rooms that may know ops by name; `withLoss` builds one. */
const rooms = /^(graph\/ops|engine\/fusions|models)\/|^graph\/with-loss\.ts$/;

/** Names that mean nothing else: `linear` is also an axis, `input` a reason. */
const distinctive = Object.keys(ops).filter((name) => /[A-Z\d]/.test(name));

it("only ops, fusions and models depend on an op's name", () => {
  const files = readdirSync(source, { recursive: true, encoding: "utf8" });
  const others = files.filter((file) => file.endsWith(".ts") && !rooms.test(file));
  expect(others.length).toBeGreaterThan(100);
  const asks = new RegExp(`\\bop\\s*[!=]==|["'](${distinctive.join("|")})["']`);
  const found = others.flatMap((file) => {
    const lines = readFileSync(new URL(file, source), "utf8").split("\n");
    return lines.filter((line) => asks.test(line)).map((line) => `${file}: ${line.trim()}`);
  });
  expect(found).toEqual([]);
});

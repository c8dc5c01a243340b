import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, it } from "vitest";

const report = fileURLToPath(new URL("../../dist/report/", import.meta.url));
const modules = readdirSync(report, { recursive: true, encoding: "utf8" })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => /-(data|figure|plot)\.js$/.test(file));

/** The compiled file and all that it imports; types are no imports there. */
function reached(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  if (!file.startsWith("/")) return seen;
  for (const { fileName } of ts.preProcessFile(readFileSync(file, "utf8")).importedFiles) {
    reached(fileName.startsWith(".") ? resolve(dirname(file), fileName) : fileName, seen);
  }
  return seen;
}

it("has descriptions and drawings of all figures", () => {
  for (const figure of ["attention", "transformer", "network"]) {
    expect(modules).toContain(`${figure}-data.js`);
    expect(modules).toContain(`${figure}-figure.js`);
  }
  expect(modules).toContain("epoch-data.js");
});

it.each(modules)("%s needs no Node, so that a web page can draw it", (module) => {
  const needed = [...reached(join(report, module))];
  expect(needed.length).toBeGreaterThan(0);
  expect(needed.filter((file) => /^node:|\.node\.js$/.test(file))).toEqual([]);
  expect(needed.filter((file) => !file.startsWith("/")).sort()).toEqual(
    needed.filter((file) => ["@observablehq/plot", "fast-png", "linkedom"].includes(file)).sort(),
  );
  const code = needed
    .filter((file) => file.startsWith("/"))
    .map((file) => readFileSync(file, "utf8"))
    .join("\n");
  expect(code).not.toMatch(/\b(?:Buffer|process)\b\s*[.([]/);
});

it.each(modules.filter((file) => file.endsWith("-data.js")))(
  "%s is data only: it knows no drawing",
  (module) => {
    const needed = [...reached(join(report, module))].map((file) => file.split("/").at(-1)!);
    expect(needed.filter((file) => /figure|plot|markup|palette|html|linkedom/.test(file))).toEqual(
      [],
    );
  },
);

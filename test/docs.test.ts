import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "bench/README.md",
  "results/published/README.md",
  "results/manifests/README.md",
  ...readdirSync(join(root, "docs"))
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
  ...(existsSync(join(root, "docs/studies"))
    ? readdirSync(join(root, "docs/studies")).map((file) => `docs/studies/${file}`)
    : []),
];
const read = (path: string) => readFileSync(join(root, path), "utf8");

/** Text outside of code blocks. */
const prose = (text: string) => text.replace(/^```.*?^```$/gms, "");

/** The anchors of a page: those of its headings, as code-hosting pages make them, and explicit ones. */
function anchorsOf(text: string): string[] {
  const headings = [...prose(text).matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
  return [...headings, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id!)];
}

/** Broken links within the repository. */
function brokenLinks(page: string, text: string): string[] {
  const targets = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
  return targets.filter((target) => {
    if (/^https?:/.test(target)) return false;
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? page : join(dirname(page), path);
    if (!existsSync(join(root, file))) return true;
    return anchor !== undefined && !anchorsOf(read(file)).includes(anchor);
  });
}

/** File names in code spans that do not exist in this repository. */
function unknownFiles(text: string): string[] {
  const named = [
    ...prose(text).matchAll(/`((?:src|test|kernels|scripts|bench|examples)\/[^`\s]*)`/g),
  ];
  return named
    .map(([, path]) => path!)
    .filter((path) => !/NAME|[*…]/.test(path) && !existsSync(join(root, path)));
}

/** The recipe for an op has an example file that does not exist. */
const withoutExample = (text: string) => text.replace(/^## Add an op$.*?^(?=## )/ms, "");

describe("the pages", () => {
  it.each(pages)("%s: links lead somewhere, files are there", (page) => {
    const text = read(page);
    expect(brokenLinks(page, text)).toEqual([]);
    expect(unknownFiles(withoutExample(text))).toEqual([]);
  });

  it("are all in the index", () => {
    const index = read("docs/README.md");
    const listed = readdirSync(join(root, "docs")).filter((file) => file.endsWith(".md"));
    for (const file of listed.filter((name) => name !== "README.md")) {
      expect(index).toContain(`](${file})`);
    }
  });
});

describe("a fault is seen", () => {
  it.each([
    ["a page that is not there", "[x](nowhere.md)", "nowhere.md"],
    ["a heading that is not there", "[x](models.md#no-such)", "models.md#no-such"],
    ["one of the page's own", "[x](#no-such)", "#no-such"],
  ])("%s", (_, text, target) => {
    expect(brokenLinks("docs/README.md", text)).toEqual([target]);
    expect(brokenLinks("docs/README.md", `\`\`\`\n${text}\n\`\`\``)).toEqual([]);
  });

  it("a file that is not there", () => {
    const text = "`src/index.ts`, `src/nowhere.ts`, `src/report/NAME-data.ts`, `kernels/*.ts`";
    expect(unknownFiles(text)).toEqual(["src/nowhere.ts"]);
  });
});

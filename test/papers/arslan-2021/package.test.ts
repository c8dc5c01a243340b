import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** What `npm publish` would send. */
function packed(): string[] {
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const [{ files }] = JSON.parse(
    execFileSync("npm", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
  );
  return files.map(({ path }: { path: string }) => path);
}

it("the package has what claims are judged by, and not what only this repository's scripts use", () => {
  const files = packed();
  expect(files).toContain("dist/papers/arslan-2021/annotations.node.js");
  expect(files).toContain("dist/papers/arslan-2021/pages/claims-page.js");
  expect(files).toContain("results/published/curves.csv");
  expect(files.filter((path) => path.includes("results-page"))).toEqual([]);
});

// Trains, resumes, evaluates and reports on other versions of Node, and compares all bits with those of this one.
import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ScriptOptions } from "../script-options.js";

const run = promisify(execFile);
const usual = ["22", "24", "26"];
const usage = `npm run nodes -- [version ...]

Trains, resumes, evaluates and reports on other versions of Node, and compares all bits with those of this one.
Versions are those of npm's package \`node\`, by default ${usual.join(", ")}; they are installed into a temporary folder.
One that cannot be installed is a failure. Needs a built dist/.`;
const given = new ScriptOptions("nodes", usage, {}, { arguments: 20 }).arguments;
const versions = given.length > 0 ? given : usual;
/** Between them they have convolutions, the transformer's sampling and attention. */
const models = ["stn", "mha"];
/** 20 steps an epoch. */
const recipe = ["--data", "digits", "--batch-size", "16", "--threads", "2"];
const images = "train=320&test=50";

const script = fileURLToPath(new URL("../cli/run-each.js", import.meta.url));
const preload = new URL(`../cli/few-digits.js?${images}`, import.meta.url).href;
const scratch = mkdtempSync(join(tmpdir(), "fovea-nodes-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

const started = performance.now();
const installing = Promise.all(versions.map(install));
const own = await resultsOf(process.execPath, "own");
console.log(`Node ${process.versions.node}: the bits that others must have`);
for (const node of await installing) {
  const { stdout } = await run(node, ["--version"]);
  compare(stdout.trim().slice(1), await resultsOf(node, stdout.trim()));
}
console.log(`${Math.round((performance.now() - started) / 1000)} s`);

/** The program of a version. */
async function install(version) {
  const folder = join(scratch, `node-${version}`);
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), "{}");
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts=false", `node@${version}`];
  try {
    await run("npm", args, { cwd: folder });
    const node = join(folder, "node_modules", "node", "bin", "node");
    await run(node, ["--version"]);
    return node;
  } catch (error) {
    const reason = String(error.stderr || error.message).trim();
    return fail(`expected Node ${version} from npm, got ${reason.split("\n")[0]}`);
  }
}

/** What a version of Node makes, by name. */
async function resultsOf(node, name) {
  const folder = join(scratch, name);
  mkdirSync(folder);
  const answers = runAll(node, name, folder);
  const results = {};
  models.forEach((model, index) => {
    for (const file of ["last.safetensors", "best.safetensors", "views.json"]) {
      results[`${model}/${file}`] = readFileSync(join(folder, model, file), "base64");
    }
    results[`evaluation of ${model}`] = answers[index * stepsOf(model).length + 2].stdout;
  });
  const page = readFileSync(join(folder, "report", "report.html"), "utf8");
  for (const model of models) {
    if (!page.includes(model)) fail(`${name}: the report does not name ${model}`);
  }
  return results;
}

function stepsOf(model) {
  return [
    ["train", model, ...recipe, "--epochs", "1", "--out", model],
    ["train", "--resume", model, "--epochs", "2", "--threads", "1"],
    ["evaluate", model, "--json", "--threads", "1"],
  ];
}

/** All commands in one process, whose start takes most of the time. */
function runAll(node, name, folder) {
  const commands = [...models.flatMap(stepsOf), ["report", ...models, "--out", "report"]];
  const { status, stdout, stderr } = spawnSync(node, [`--import=${preload}`, script], {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: "" },
    input: JSON.stringify(commands),
    encoding: "utf8",
    timeout: 60_000,
  });
  if (status !== 0) fail(`${name}: ${stderr.trim() || "no end in 60 s"}`);
  const answers = JSON.parse(stdout);
  const wrong = answers.findIndex(({ code }) => code !== 0);
  if (wrong >= 0) fail(`${name}: fovea ${commands[wrong].join(" ")}: ${answers[wrong].stderr}`);
  return answers;
}

function compare(version, results) {
  const different = Object.keys(own).filter((name) => results[name] !== own[name]);
  if (different.length > 0) fail(`Node ${version}: other bits in ${different.join(", ")}`);
  console.log(`Node ${version}: ${Object.keys(own).length} results with the same bits`);
}

function fail(what) {
  console.error(`nodes: ${what}`);
  process.exit(1);
}

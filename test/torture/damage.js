// Changes to a run folder: what bit rot, a full disk, a wrong copy or somebody else may do to one.
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "../../dist/canonical-json.js";
import { sha256 } from "../../dist/sha256.js";
import { outsideTargets } from "./outside.js";

/** Kinds of damage that make another run: its checksums fit. */
const others = ["forged", "the folder itself"];

/** What a run cannot be without, and what is made from that. */
const files = [
  "run.json",
  "model.json",
  "metrics.csv",
  "best.safetensors",
  "last.safetensors",
  "views.json",
  "audit.json",
];
const written = ["report.html", "table.md", "figures", "audit.html", "lock.json"];

const oddValues = [
  null,
  true,
  -1,
  0,
  0.5,
  1e308,
  -1e-320,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  "",
  "NaN",
  "Infinity",
  "x".repeat(70_000),
  "__proto__",
  "\u0000\u001b[31m\u202e",
  "/dev/zero",
  "../outside/sentinel.txt",
  "2026-13-45T99:99:99Z",
  [],
  {},
  [[]],
  { constructor: null },
];

/**
 * Damages the folder `run`.
 *
 * @param {import("../fuzz/random.js").Random} random
 * @returns what was done, and whether it made another run, which may be read as what it is
 */
export function damage(random) {
  const kind = random.pick(Object.keys(kinds));
  const file = random.pick(files);
  const done = kinds[kind](random, file);
  return { where: `${kind}: ${done ?? file}`, isOther: others.includes(kind) };
}

const kinds = {
  bytes(random, file) {
    change(file, (bytes) => {
      for (let left = random.few(); left > 0 && bytes.length > 0; left--) {
        bytes[random.below(bytes.length)] ^= 1 << random.below(8);
      }
      return bytes;
    });
  },
  block(random, file) {
    change(file, (bytes) => {
      const from = random.below(bytes.length);
      const to = Math.min(bytes.length, from + random.below(600));
      return bytes.fill(random.pick([0, random.below(256)]), from, to);
    });
  },
  cut(random, file) {
    change(file, (bytes) => bytes.subarray(0, random.chance(0.2) ? 0 : random.below(bytes.length)));
  },
  longer(random, file) {
    appendFileSync(
      join("run", file),
      random.pick(["\n", "\u0000".repeat(100), "}", "1,2,3\n", "x"]),
    );
  },
  "of another run"(_random, file) {
    copyFileSync(join("other", file), join("run", file));
  },
  swapped(random, file) {
    const second = random.pick(files);
    copyFileSync(join("whole", second), join("run", file));
    return `${file} is ${second}`;
  },
  removed(random, file) {
    const more = random.chance(0.3) ? random.pick(files) : file;
    for (const each of [file, more]) rmSync(join("run", each), { force: true });
    return `${file} ${more}`;
  },
  "a folder in its place"(random, file) {
    const name = random.pick([file, ...written]);
    replace(name, (path) => {
      mkdirSync(path);
      if (random.chance(0.5)) writeFileSync(join(path, "mine.txt"), "mine");
    });
    return name;
  },
  "a link in its place"(random, file) {
    const name = random.pick([file, ...written]);
    const others = [
      `../other/${file}`,
      name,
      "/dev/zero",
      "/dev/null",
      "/dev/tty",
      "/proc/self/mem",
    ];
    const target = random.pick([...outsideTargets, ...others]);
    replace(name, (path) => symlinkSync(target, path));
    return `${name} to ${target}`;
  },
  "a pipe in its place"(random, file) {
    const name = random.pick([file, ...written]);
    replace(name, (path) => execFileSync("mkfifo", [path]));
    return name;
  },
  "the folder itself"(random) {
    const target = random.pick(["other", "whole", "outside", "run", "outside/sentinel.txt"]);
    rmSync("run", { recursive: true });
    symlinkSync(target, "run");
    return `a link to ${target}`;
  },
  "a temporary file"(random) {
    const target = random.pick(outsideTargets);
    const name = `run.json.00000000-${2 ** 22 + 1}-00000000-0000000000000000.tmp`;
    if (random.chance(0.5)) symlinkSync(target, join("run", name));
    else mkdirSync(join("run", name));
    return target;
  },
  "a lock"(random) {
    const text = random.pick(["", "{", "null", "[]", '{"pid":1}', "x".repeat(20_000)]);
    writeFileSync("run/lock.json", text);
    return text.slice(0, 20);
  },
  lines(random) {
    change("metrics.csv", (bytes) => {
      const lines = bytes.toString().split("\n");
      const [a, b] = [random.below(lines.length), random.below(lines.length)];
      const cells = lines[a].split(",");
      cells[random.below(cells.length)] = String(random.pick([...oddValues, random.edge(3)]));
      lines[b] = random.pick([lines[a], "", cells.join(",")]);
      return Buffer.from(lines.join(random.pick(["\n", "\r\n"])));
    });
    return "metrics.csv";
  },
  members(random) {
    const name = random.pick(["run.json", "run.json", "model.json", "views.json", "audit.json"]);
    return `${name} ${changeMember(random, name)}`;
  },
  forged(random) {
    const name = random.pick(["run.json", "run.json", "model.json", "views.json", "audit.json"]);
    const done = changeMember(random, name);
    seal(random.chance(0.3));
    return `${name} ${done}`;
  },
};

function change(file, how) {
  const path = join("run", file);
  writeFileSync(path, how(readFileSync(path)));
}

function replace(name, make) {
  const path = join("run", name);
  rmSync(path, { recursive: true, force: true });
  make(path);
}

/** Gives a member, however deep, an odd value, or takes it away. */
function changeMember(random, name) {
  const json = JSON.parse(readFileSync(join("run", name), "utf8"));
  const path = [];
  let at = json;
  for (;;) {
    const key = random.pick(Object.keys(at));
    path.push(key);
    const isDeep =
      typeof at[key] === "object" && at[key] !== null && Object.keys(at[key]).length > 0;
    if (isDeep && !random.chance(0.1)) {
      at = at[key];
      continue;
    }
    const value =
      typeof at[key] === "number" && random.chance(0.4)
        ? random.edge(at[key])
        : random.pick(oddValues);
    const isRemoved = random.chance(0.1);
    if (isRemoved) delete at[key];
    else at[key] = value;
    writeFileSync(join("run", name), `${JSON.stringify(json, null, 2)}\n`);
    return `${path.join(".")} = ${isRemoved ? "none" : JSON.stringify(value).slice(0, 40)}`;
  }
}

/** Makes the checksums of `run.json` fit its folder, or takes them away as in runs of older versions. */
function seal(withoutChecksums) {
  const { checksum: _, ...record } = JSON.parse(readFileSync("run/run.json", "utf8"));
  const digest = (text) => sha256(new TextEncoder().encode(text));
  if (record.spec) record.digest = digest(canonicalJson(record.spec));
  if (withoutChecksums) delete record.files;
  else if (typeof record.files === "object" && record.files) {
    record.files.model = sha256(readFileSync("run/model.json"));
    record.files.views = sha256(readFileSync("run/views.json"));
  }
  const sealed = withoutChecksums ? record : { ...record, checksum: digest(canonicalJson(record)) };
  writeFileSync("run/run.json", JSON.stringify(sealed, null, 2));
}

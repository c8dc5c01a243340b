// Writes the interpreter from the table of kernel calls, which `npm run build:dist` has compiled. Then compiles
// kernels/ twice: with relaxed SIMD (fused multiply-add) and without. Does nothing where all that it reads is as it
// was. --quick does not optimize, which takes a quarter of the time, to try out a kernel.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import asc from "assemblyscript/asc";
import { kernelCalls } from "../dist/graph/kernel-calls.js";
import { checkKernels, interpreterSource } from "./interpreter-source.js";

const BUILDS = [
  { file: "dist/engine/kernels.relaxed-fma.wasm", features: ["relaxed-simd"] },
  { file: "dist/engine/kernels.mul-add.wasm", features: [] },
];

/** Written when all is built; its content is a digest of what was read. */
const STAMP = "dist/engine/kernels.stamp";
const GENERATED = "kernels/interpret.generated.ts";

checkKernels(kernelCalls, (file) => readFileSync(`kernels/${file}.ts`, "utf8"));
const optimizeLevel = process.argv.includes("--quick") ? "0" : "3";
const source = interpreterSource(kernelCalls);
const digest = digestOfInputs();
if (isBuilt()) process.exit();
await writeFile(GENERATED, source);
await mkdir("dist/engine", { recursive: true });
for (const { file, features } of BUILDS) {
  const { error, stderr } = await asc.main([
    "kernels/index.ts",
    ...["--outFile", file],
    ...["--runtime", "stub"],
    ...["--optimizeLevel", optimizeLevel, "--shrinkLevel", "0", "--noAssert"],
    ...["--importMemory", "--sharedMemory", "--initialMemory", "2", "--maximumMemory", "65536"],
    ...["simd", "threads", "bulk-memory", ...features].flatMap((name) => ["--enable", name]),
  ]);
  if (error) {
    process.stderr.write(`build-kernels: ${file}: ${error.message}\n${stderr.toString()}`);
    process.exit(1);
  }
}
await writeFile(STAMP, digest);

function digestOfInputs() {
  const hash = createHash("sha256")
    .update(source)
    .update(process.argv.slice(2).join())
    .update(asc.version);
  // The two files of constants that the kernels import, and this one.
  const constants = ["src/graph/spaces.ts", "src/engine/control.ts", "scripts/build-kernels.js"];
  const kernels = readdirSync("kernels").map((name) => `kernels/${name}`);
  for (const file of [...kernels.sort(), ...constants]) {
    if (file !== GENERATED) hash.update(file).update(readFileSync(file));
  }
  return hash.digest("hex");
}

function isBuilt() {
  const files = [STAMP, GENERATED, ...BUILDS.map(({ file }) => file)];
  return files.every((file) => existsSync(file)) && readFileSync(STAMP, "utf8") === digest;
}

// Writes the interpreter from the table of kernel calls, which `npm run build:dist` has compiled. Then compiles
// kernels/ twice: with relaxed SIMD (fused multiply-add) and without. --quick does not optimize, which takes a
// quarter of the time, to try out a kernel.
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import asc from "assemblyscript/asc";
import { kernelCalls } from "../dist/graph/kernel-calls.js";
import { checkKernels, interpreterSource } from "./interpreter-source.js";

const BUILDS = [
  { file: "dist/engine/kernels.relaxed-fma.wasm", features: ["relaxed-simd"] },
  { file: "dist/engine/kernels.mul-add.wasm", features: [] },
];

checkKernels(kernelCalls, (file) => readFileSync(`kernels/${file}.ts`, "utf8"));
const optimizeLevel = process.argv.includes("--quick") ? "0" : "3";
await writeFile("kernels/interpret.generated.ts", interpreterSource(kernelCalls));
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

// Compiles kernels/ twice: with relaxed SIMD (fused multiply-add) and without.
import { mkdir } from "node:fs/promises";
import asc from "assemblyscript/asc";

const BUILDS = [
  { file: "dist/engine/kernels.relaxed-fma.wasm", features: ["relaxed-simd"] },
  { file: "dist/engine/kernels.mul-add.wasm", features: [] },
];

await mkdir("dist/engine", { recursive: true });
for (const { file, features } of BUILDS) {
  const { error, stderr } = await asc.main([
    "kernels/index.ts",
    ...["--outFile", file],
    ...["--runtime", "stub"],
    ...["--optimizeLevel", "3", "--shrinkLevel", "0", "--noAssert"],
    ...["--importMemory", "--sharedMemory", "--initialMemory", "2", "--maximumMemory", "65536"],
    ...["simd", "threads", "bulk-memory", ...features].flatMap((name) => ["--enable", name]),
  ]);
  if (error) {
    process.stderr.write(`build-kernels: ${file}: ${error.message}\n${stderr.toString()}`);
    process.exit(1);
  }
}

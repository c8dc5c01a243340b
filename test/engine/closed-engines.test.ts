import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { giveBack, PAGE, sharedMemory } from "../../src/engine/shared-memory.js";

describe("the memory of engines that were closed", () => {
  it("serves the next ones: 30 engines on 60,000 images take hardly more than one", () => {
    const script = fileURLToPath(new URL("soak.js", import.meta.url));
    const megabytes = Number(execFileSync(process.execPath, [script, "30", "1"]));
    // The images alone have 47 MB: 1,400 for 30 engines. The rest varies by 100 with the machine's load.
    expect(megabytes).toBeLessThan(600);
  });

  it("is refused with a hint where addresses are limited", () => {
    const script = fileURLToPath(new URL("soak.js", import.meta.url));
    const { stderr } = spawnSync("sh", ["-c", `ulimit -v 3000000; node '${script}' 1 1`], {
      encoding: "utf8",
    });
    expect(stderr).toMatch(
      /InputError: engine: expected \S+ MiB of shared WebAssembly memory \(where .*ulimit -v/,
    );
  });

  it("is all 0 when it is used again, and grows where it is too small", () => {
    const first = sharedMemory(2000);
    new Uint8Array(first.buffer).fill(7);
    giveBack(first);
    const again = sharedMemory(2001);
    expect(again).toBe(first);
    expect(again.buffer.byteLength).toBe(2001 * PAGE);
    expect(new Uint8Array(again.buffer).every((byte) => byte === 0)).toBe(true);
    expect(sharedMemory(2001)).not.toBe(first);
  });
});

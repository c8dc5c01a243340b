import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkKernels, interpreterSource } from "../../scripts/interpreter-source.js";
import { encodeWords, floatBits, LONGEST_CALL, wordsOf } from "../../src/engine/words.js";
import {
  type KernelName,
  type KernelWords,
  kernelCalls,
  kernelNames,
  wordNames,
} from "../../src/graph/kernel-calls.js";

const source = (file: string) =>
  readFileSync(new URL(`../../kernels/${file}.ts`, import.meta.url), "utf8");

describe("the table of kernel calls", () => {
  it("has the names, the order and the types of the kernels' parameters", () => {
    expect(() => checkKernels(kernelCalls, source)).not.toThrow();
  });

  const { ReluBackward } = kernelCalls;
  const mistakes: readonly (readonly [string, object])[] = [
    [
      "kernels/pool.ts: expected reluBackward(gy: usize, y: usize, gx: usize, count: i32) as the table has it, got (y: usize, gy: usize, gx: usize, count: i32)",
      { ReluBackward: { ...ReluBackward, pointers: ["gy", "y", "gx"] } },
    ],
    [
      "kernels/pool.ts: expected reluBackward(y: usize, gy: usize, gx: usize, count: f32) as the table has it, got (y: usize, gy: usize, gx: usize, count: i32)",
      { ReluBackward: { ...ReluBackward, integers: [], floats: ["count"] } },
    ],
    [
      "kernels/pool.ts: expected reluBackward(y: usize, gy: usize, gx: usize) as the table has it, got (y: usize, gy: usize, gx: usize, count: i32)",
      { ReluBackward: { ...ReluBackward, integers: [] } },
    ],
    [
      "kernels/pool.ts: expected reluBackward(y: usize, gy: usize, gx: usize, count: i32, slot) as the table has it, got (y: usize, gy: usize, gx: usize, count: i32)",
      { ReluBackward: { ...ReluBackward, context: ["slot"] } },
    ],
    [
      "kernels/pool.ts: expected an exported function eluBackward",
      { EluBackward: { ...ReluBackward } },
    ],
  ];

  it.each(mistakes)("is refused: %s", (message, table) => {
    expect(() => checkKernels(table as never, source)).toThrow(message);
  });

  it("generates the interpreter's switch: one opcode per kernel, with its arguments and context in order", () => {
    const lines = interpreterSource({
      ReluForward: kernelCalls.ReluForward,
      Score: kernelCalls.Score,
    })
      .split("\n")
      .map((line) => line.trim());
    const first = lines.indexOf("case 1:");
    expect(lines.slice(first, first + 8)).toEqual([
      "case 1:",
      "reluForward(pointer(at, 1), pointer(at, 2), integer(at, 3));",
      "at += 16;",
      "break;",
      "case 2:",
      "score(pointer(at, 1), integer(at, 2), context.label(), context.position());",
      "at += 12;",
      "break;",
    ]);
    expect(lines).toContain('import { reluForward } from "./pool";');
    const all = interpreterSource(kernelCalls);
    expect(all.match(/ {6}case \d+:/g)).toHaveLength(kernelNames.length + 1);
  });

  it("is what the built kernels were made from", () => {
    expect(source("interpret.generated")).toBe(interpreterSource(kernelCalls));
  });

  it("takes context by names that the interpreter has", () => {
    const has = [...source("interpret").matchAll(/export function (\w+)\(\): /g)].map(
      ([, name]) => name,
    );
    for (const name of kernelNames) {
      const { context = [] }: { file: string; context?: readonly string[] } = kernelCalls[name];
      for (const value of context) expect(has).toContain(value);
    }
  });

  it("names no word of a kernel twice", () => {
    for (const name of kernelNames) {
      const names = Object.values(wordNames(name)).flat();
      expect(new Set(names).size, name).toBe(names.length);
      expect(names.length + 2).toBeLessThanOrEqual(LONGEST_CALL);
    }
  });
});

describe("words", () => {
  const dropout: KernelWords<"DropoutForward"> = {
    ...{ stream: 5, threshold: 2 ** 32 - 1, count: 4 },
    ...{ scale: 2.5, mask: 48, y: 32, x: 16 },
  };

  it("are encoded in the table's order, whatever order they are given in", () => {
    expect(encodeWords("DropoutForward", dropout)).toEqual([
      ...[16, 32, 48],
      ...[4, 5, 2 ** 32 - 1],
      floatBits(2.5),
    ]);
    const asFloat = new Float32Array(Int32Array.of(floatBits(2.5)).buffer);
    expect([...asFloat]).toEqual([2.5]);
  });

  it("follow the kernel's position in the table, and 0 ends them", () => {
    const calls = (["Copy", "Zero"] as const).map((kernel) => ({ kernel, words: [7, 8] }));
    const [copy, zero] = [kernelNames.indexOf("Copy") + 1, kernelNames.indexOf("Zero") + 1];
    expect(wordsOf(calls)).toEqual([copy, 7, 8, zero, 7, 8, 0]);
    expect(wordsOf([])).toEqual([0]);
  });

  it("that are missing, strange, or no 32 bits are refused", () => {
    const encode = (kernel: KernelName, words: object) => () => encodeWords(kernel, words as never);
    const { mask: _, ...withoutMask } = dropout;
    expect(encode("DropoutForward", withoutMask)).toThrow("plan: DropoutForward lacks mask");
    expect(encode("DropoutForward", { ...dropout, masc: 1 })).toThrow(
      "plan: DropoutForward has no word masc",
    );
    for (const count of [0.5, Number.NaN, 2 ** 32, -(2 ** 31) - 1]) {
      expect(encode("DropoutForward", { ...dropout, count })).toThrow(
        `plan: DropoutForward takes 32 bits as count, got ${count}`,
      );
    }
  });

  it("that are forgotten or misspelt fail the compiler", () => {
    // @ts-expect-error a word is missing
    const forgotten: KernelWords<"Copy"> = { to: 0, from: 0 };
    // @ts-expect-error a word is misspelt
    const misspelt: KernelWords<"Copy"> = { to: 0, form: 0, count: 0 };
    // @ts-expect-error a word is another kernel's
    const strange: KernelWords<"Copy"> = { to: 0, from: 0, count: 0, scale: 1 };
    expect([forgotten, misspelt, strange].map((words) => Object.keys(words).length)).toEqual([
      2, 3, 4,
    ]);
  });
});

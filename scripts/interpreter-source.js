// Writes the interpreter's switch from the table of kernel calls.

/** AssemblyScript types that a kernel's parameter may have, by the kind of the argument. */
const TYPES = { pointers: ["usize"], integers: ["i32", "u32"], floats: ["f32"] };
const DECODERS = { pointers: "pointer", integers: "integer", floats: "float" };
const KINDS = ["pointers", "integers", "floats"];

/**
 * The source of kernels/interpret.generated.ts, which runs the words of a plan: opcode, arguments, opcode, … up to 0.
 *
 * @param {Readonly<Record<string, any>>} kernelCalls the table
 */
export function interpreterSource(kernelCalls) {
  const imports = new Map();
  for (const [name, { file }] of Object.entries(kernelCalls)) {
    imports.set(file, [...(imports.get(file) ?? []), functionName(name)]);
  }
  return `// Written by scripts/build-kernels.js from src/graph/kernel-calls.ts.

import { context, float, integer, pointer } from "./interpret";
${[...imports].map(([file, names]) => `import { ${names.join(", ")} } from "./${file}";`).join("\n")}

/** Runs the calls at an address: opcode, arguments, opcode, … up to 0. */
export function interpret(at: usize): void {
  while (true) {
    switch (integer(at, 0)) {
      case 0:
        return;
${Object.entries(kernelCalls).map(callCase).join("\n")}
      default:
        unreachable();
    }
  }
}
`;
}

function callCase([name, call], index) {
  const words = wordsOf(call).map(({ kind }, at) => `${DECODERS[kind]}(at, ${at + 1})`);
  const context = (call.context ?? []).map((value) => `context.${value}()`);
  return `      case ${index + 1}:
        ${functionName(name)}(${[...words, ...context].join(", ")});
        at += ${4 * (1 + words.length)};
        break;`;
}

/**
 * Compares the table with the kernels' parameters.
 *
 * @param {Readonly<Record<string, any>>} kernelCalls the table
 * @param {(file: string) => string} read returns the source of a kernel's file
 * @throws where a kernel is missing or its parameters have other names, another order or other types
 */
export function checkKernels(kernelCalls, read) {
  for (const [name, call] of Object.entries(kernelCalls)) {
    const expected = wordsOf(call).map(({ word, kind }) => ({ name: word, types: TYPES[kind] }));
    for (const value of call.context ?? []) expected.push({ name: value, types: undefined });
    const got = parametersOf(functionName(name), call.file, read(call.file));
    const fits =
      got.length === expected.length &&
      got.every(({ name, type }, at) => {
        return name === expected[at].name && (expected[at].types?.includes(type) ?? true);
      });
    if (fits) continue;
    const wanted = expected.map(({ name, types }) => (types ? `${name}: ${types[0]}` : name));
    throw new Error(
      `kernels/${call.file}.ts: expected ${functionName(name)}(${wanted.join(", ")}) as the table has it, got (${got.map(({ name, type }) => `${name}: ${type}`).join(", ")})`,
    );
  }
}

function parametersOf(name, file, source) {
  const found = new RegExp(`^export function ${name}\\(([^)]*)\\): void`, "m").exec(source);
  if (!found) throw new Error(`kernels/${file}.ts: expected an exported function ${name}`);
  return [...found[1].matchAll(/(\w+): (\w+)/g)].map(([, name, type]) => ({ name, type }));
}

/** All arguments of a call, in the order of its kernel's parameters. */
function wordsOf(call) {
  return KINDS.flatMap((kind) => (call[kind] ?? []).map((word) => ({ word, kind })));
}

/** `convForward` of `ConvForward`. */
function functionName(name) {
  return name[0].toLowerCase() + name.slice(1);
}

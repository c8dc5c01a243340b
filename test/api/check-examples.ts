import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** Is in no folder: the compiler gets its text from here. */
const file = join(root, "test/api/examples.ts");
/** The package's entries, with all that they export. */
const entries = ["index", "node", "onnx"];

export interface Example {
  readonly name: string;
  readonly code: string;
}

/** What an example may use besides the package's exports, as `run-examples.js` gives it. */
const scope = `
import { readFile } from "node:fs/promises";
const data = digits();
const model = defineModel("small", (input, { classes }) =>
  linear(flatten(input), "fc", { outFeatures: classes }),
);
const parameters = initialize(model.build(data).graph, 0);
const image = imageInput([1, 28, 28]);
const x = relu(image);
`;

/**
 * Examples that use names, members or arguments which do not exist. Running them does not find all of these: a member
 * that does not exist is undefined.
 *
 * @param exported names of the package, by entry
 */
export function exampleProblems(
  examples: readonly Example[],
  exported: ReadonlyMap<string, readonly string[]>,
): string[] {
  const seen = new Set<string>();
  const imports = entries.map((entry) => {
    const names = exported.get(entry)!.filter((name) => seen.size < seen.add(name).size);
    return `import { ${names.join(", ")} } from "../../dist/${entry}.js";`;
  });
  const head = `${imports.join("\n")}\n${scope}`;
  const functions = examples.map(({ code }, at) => {
    return `async function example${at}() {\n${code.replace("export default", "return")}\n}\n`;
  });
  const text = head + functions.join("");
  const ends = [head.length];
  for (const each of functions) ends.push(ends.at(-1)! + each.length);
  return diagnosticsOf(text).map(({ start = 0, messageText }) => {
    const at = ends.findIndex((end) => start < end);
    const name = at === 0 ? "the scope of examples" : examples[at - 1]!.name;
    return `${name}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
}

function diagnosticsOf(text: string): readonly ts.Diagnostic[] {
  // Not strict, as examples are JavaScript and leave out checks for undefined.
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.NodeNext,
    lib: ["lib.esnext.d.ts", "lib.dom.d.ts"],
    types: ["node"],
    ...{ noEmit: true, skipLibCheck: true, strict: false },
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.getSourceFile = (name, ...rest) =>
    name === file
      ? ts.createSourceFile(name, text, ts.ScriptTarget.ESNext)
      : getSourceFile(name, ...rest);
  host.fileExists = (name) => name === file || fileExists(name);
  const program = ts.createProgram([file], options, host);
  return ts.getPreEmitDiagnostics(program, program.getSourceFile(file));
}

// What code of a network may call, read from the library's own source when the page is built.
import { readFileSync } from "node:fs";
import ts from "typescript";

/** A function that code of a network may call. */
export interface LibraryFunction {
  readonly name: string;
  /** As they are written in TypeScript. */
  readonly parameters: string;
  readonly text: string;
  /** What is said of single parameters. */
  readonly options: readonly string[];
  readonly example: string;
}

const source = (path: string) => new URL(`../src/${path}`, import.meta.url);

/** Files beside those of the ops that have functions for networks. */
const others = {
  "graph/model.ts": ["defineModel"],
  "models/attention-block.ts": ["attentionBlock"],
  "models/classifier.ts": ["classifier"],
  "models/coord-conv.ts": ["coordConv"],
  "models/spatial-transformer.ts": ["spatialTransformer"],
};

/** All functions of networks, by name. */
export function libraryReference(): LibraryFunction[] {
  const index = parsed(source("graph/ops/index.ts"));
  const found: LibraryFunction[] = [];
  for (const statement of index.statements) {
    if (!ts.isExportDeclaration(statement) || statement.isTypeOnly) continue;
    const { exportClause, moduleSpecifier } = statement;
    if (!exportClause || !ts.isNamedExports(exportClause) || !moduleSpecifier) continue;
    const path = (moduleSpecifier as ts.StringLiteral).text.replace(/\.js$/, ".ts");
    const names = exportClause.elements.map(({ name }) => name.text);
    found.push(...functionsOf(new URL(path, source("graph/ops/")), names));
  }
  for (const [path, names] of Object.entries(others)) {
    found.push(...functionsOf(source(path), names));
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function functionsOf(file: URL, names: readonly string[]): LibraryFunction[] {
  const tree = parsed(file);
  return tree.statements.flatMap((statement) => {
    if (!ts.isFunctionDeclaration(statement) || !names.includes(statement.name?.text ?? ""))
      return [];
    const [comment] = ts.getJSDocCommentsAndTags(statement).filter(ts.isJSDoc).slice(-1);
    // Of overloads, that which is described.
    if (comment === undefined) return [];
    const parameters = statement.parameters.map((parameter) => parameter.getText(tree));
    return [
      {
        name: statement.name!.text,
        parameters: parameters.map((text) => text.replace(/\s+/g, " ")).join(", "),
        text: plain(ts.getTextOfJSDocComment(comment.comment) ?? ""),
        options: (comment.tags ?? []).flatMap((tag) => {
          if (!ts.isJSDocParameterTag(tag)) return [];
          return `${tag.name.getText(tree)}: ${plain(ts.getTextOfJSDocComment(tag.comment) ?? "")}`;
        }),
        example: (comment.tags ?? [])
          .filter(({ tagName }) => tagName.text === "example")
          .map(({ comment: code }) => (ts.getTextOfJSDocComment(code) ?? "").trim())
          .join("\n"),
      },
    ];
  });
}

function parsed(file: URL): ts.SourceFile {
  return ts.createSourceFile(
    file.pathname,
    readFileSync(file, "utf8"),
    ts.ScriptTarget.ES2023,
    true,
  );
}

/** Without the marks of links and of code. */
function plain(text: string): string {
  return text
    .replace(/\{@link (\S+?)\}/g, "$1")
    .replaceAll("`", "")
    .trim();
}

import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Something that the package exports. */
export interface Exported {
  readonly name: string;
  /** From the repository's root. */
  readonly file: string;
  readonly isCode: boolean;
  /** The comment above it, without its tags; empty where there is none. */
  readonly text: string;
  /** Of its `@example` tags. */
  readonly examples: readonly string[];
}

/** All that an entry of the package exports, found by parsing alone. */
export function exportsOf(entry: string): Exported[] {
  return [...namesIn(join(root, entry))]
    .map(([name, { file, node }]) => described(name, relative(root, file), node))
    .sort((a, b) => a.name.localeCompare(b.name));
}

interface Found {
  readonly file: string;
  readonly node: ts.Node;
}

const parsed = new Map<string, ts.SourceFile>();

function parse(file: string): ts.SourceFile {
  const known = parsed.get(file);
  if (known) return known;
  const source = ts.createSourceFile(
    file,
    readFileSync(file, "utf8"),
    ts.ScriptTarget.Latest,
    true,
  );
  parsed.set(file, source);
  return source;
}

function namesIn(file: string): Map<string, Found> {
  const found = new Map<string, Found>();
  for (const statement of parse(file).statements) {
    if (ts.isExportDeclaration(statement)) {
      const target = targetOf(file, statement.moduleSpecifier);
      if (statement.exportClause === undefined) {
        for (const [name, each] of namesIn(target!)) found.set(name, each);
      } else if (ts.isNamedExports(statement.exportClause)) {
        for (const { name, propertyName } of statement.exportClause.elements) {
          const original = (propertyName ?? name).text;
          found.set(name.text, target ? namesIn(target).get(original)! : imported(file, original));
        }
      }
      continue;
    }
    for (const [name, node] of declared(statement)) {
      if (!found.has(name)) found.set(name, { file, node });
    }
  }
  return found;
}

/** The names that a statement declares and exports. */
function declared(statement: ts.Statement): [string, ts.Node][] {
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
  if (!modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map((each) => [each.name.getText(), statement]);
  }
  const { name } = statement as ts.FunctionDeclaration;
  return name ? [[name.text, statement]] : [];
}

/** What a file imports under a name. */
function imported(file: string, name: string): Found {
  for (const statement of parse(file).statements) {
    if (!ts.isImportDeclaration(statement)) continue;
    const bindings = statement.importClause?.namedBindings;
    if (!bindings || !ts.isNamedImports(bindings)) continue;
    const element = bindings.elements.find((each) => each.name.text === name);
    if (!element) continue;
    const target = targetOf(file, statement.moduleSpecifier)!;
    return namesIn(target).get((element.propertyName ?? element.name).text)!;
  }
  throw new Error(`${file} exports ${name}, which it does not declare`);
}

function targetOf(file: string, specifier: ts.Expression | undefined): string | undefined {
  if (specifier === undefined || !ts.isStringLiteral(specifier)) return undefined;
  return join(dirname(file), specifier.text.replace(/\.js$/, ".ts"));
}

function described(name: string, file: string, node: ts.Node): Exported {
  const comment = ts.getJSDocCommentsAndTags(node).find(ts.isJSDoc);
  const examples = (comment?.tags ?? [])
    .filter((tag) => tag.tagName.text === "example")
    .map((tag) => ts.getTextOfJSDocComment(tag.comment) ?? "");
  const isCode = ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node);
  const text = ts.getTextOfJSDocComment(comment?.comment) ?? "";
  return { name, file, isCode, text, examples };
}

import ts from "typescript";
import { importsOf, parsed, remembered, roomOf, type Tree } from "./tree.js";

/** Rooms from the ground up: a room imports from those before it, and from itself. */
const rooms = [
  "errors.ts",
  "excerpt.ts",
  "escape-controls.ts",
  "numbers.ts",
  "arguments.ts",
  "shell-word.ts",
  "canonical-json.ts",
  "json-text.ts",
  "sha256.ts",
  "files",
  "graph",
  "models",
  "formats",
  "engine",
  "data",
  "stats",
  "train",
  "inspect",
  "audit",
  "runs",
  "study",
  "report",
  "papers",
  "web",
  "studio-server",
  "bench",
  "cli",
  "index.ts",
  "onnx.ts",
  "node.ts",
];

/** Rooms that run in a browser, too, apart from their platform files. */
const neutral = rooms.slice(0, rooms.indexOf("report"));

const isPlatformFile = (path: string) => /\.(node|browser)\.ts$/.test(path);

/** A rule gives a line for each violation, and none where there is none. */
export type Rule = (tree: Tree) => string[];

/** Imports go only to rooms before. */
export const arrows: Rule = (tree) =>
  [...tree.keys()].flatMap((path) => {
    const own = rooms.indexOf(roomOf(path));
    if (own < 0) return [`${path}: its room is not in the list of rooms`];
    return importsOf(tree, path)
      .filter((target) => tree.has(target) && rooms.indexOf(roomOf(target)) > own)
      .map((target) => `${path} imports ${target}, of a room above`);
  });

/** No import cycles. */
export const circles: Rule = (tree) => {
  const found: string[] = [];
  const state = new Map<string, "open" | "done">();
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === "done") return;
    if (state.get(path) === "open") {
      found.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
      return;
    }
    state.set(path, "open");
    for (const target of importsOf(tree, path)) {
      if (tree.has(target)) visit(target, [...trail, path]);
    }
    state.set(path, "done");
  };
  for (const path of tree.keys()) visit(path, []);
  return found;
};

const platformGlobals = new Set([
  "process",
  "Buffer",
  "__dirname",
  "__filename",
  "require",
  "document",
  "window",
  "navigator",
  "localStorage",
  "HTMLElement",
]);

/** Neither Node nor the DOM outside the platform files. */
export const platforms: Rule = (tree) =>
  [...tree].flatMap(([path, text]) => {
    if (isPlatformFile(path) || !neutral.includes(roomOf(path))) return [];
    const imported = importsOf(tree, path)
      .filter((target) => target.startsWith("node:") || isPlatformFile(target))
      .map((target) => `${path} imports ${target}`);
    const used = [...globalsOf(path, text)]
      .filter((name) => platformGlobals.has(name))
      .map((name) => `${path} uses ${name}`);
    return [...imported, ...used];
  });

/** Identifiers that are no member's name and that the file does not declare. */
const globalsOf = remembered((path, text): Set<string> => {
  const found = new Set<string>();
  const declared = new Set<string>();
  const visit = (node: ts.Node): void => {
    const { parent } = node;
    const isMember =
      (ts.isPropertyAccessExpression(parent ?? node) && "name" in parent && parent.name === node) ||
      (parent !== undefined && ts.isTypeNode(parent)) ||
      (parent !== undefined && ts.isPropertyAssignment(parent) && parent.name === node);
    const isDeclared =
      parent !== undefined &&
      (ts.isVariableDeclaration(parent) ||
        ts.isFunctionDeclaration(parent) ||
        ts.isParameter(parent) ||
        ts.isBindingElement(parent)) &&
      parent.name === node;
    if (ts.isIdentifier(node) && isDeclared) declared.add(node.text);
    else if (ts.isIdentifier(node) && !isMember) found.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(parsed(path, text));
  for (const name of declared) found.delete(name);
  return found;
});

const paperWords = /arslan|coordconv-stn|mha-batch|7[,_]?690|37[,_]?834/i;
const paperFiles = /^(papers\/|models\/|cli\/(commands|actions)\/(claims|reproduce)\.ts$)/;

/** No paper outside its room. */
export const papers: Rule = (tree) =>
  [...tree].flatMap(([path, text]) => {
    const word = paperFiles.test(path) ? undefined : paperWords.exec(text)?.[0];
    return word === undefined ? [] : [`${path} names a paper: ${word}`];
  });

/** The command line writes to its own two streams by way of one file, which keeps each line one line. */
export const output: Rule = (tree) =>
  [...tree].flatMap(([path, text]) => {
    if (!path.startsWith("cli/") || path === "cli/terminal/output.ts") return [];
    const [used] = /\bconsole\.\w+|process\.std(out|err)\.write/.exec(text) ?? [];
    return used === undefined ? [] : [`${path} uses ${used}`];
  });

/** The library names an option as its callers write it: `epochs`, not the command line's `--epochs`. */
export const commandOptions: Rule = (tree) =>
  [...tree].flatMap(([path, text]) => {
    if (isPlatformFile(path) && path.startsWith("engine/")) return []; // V8's own flags
    if (!neutral.includes(roomOf(path))) return [];
    return textsOf(path, text).flatMap((each) => {
      const option = /(?:^|[\s(])(--[a-z]{2,})/.exec(each)?.[1];
      return option === undefined ? [] : [`${path} names the option ${option} of the command line`];
    });
  });

/** All strings, and the fixed parts of templates. */
const textsOf = remembered((path, text): string[] => {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node)) found.push(node.text);
    if (ts.isTemplateMiddleOrTemplateTail(node)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(parsed(path, text));
  return found;
});

/** Who may tell ops apart by name. */
const opFiles = /^(graph\/ops\/|engine\/fusions\/|models\/)/;

/** Nobody else asks for an op's name: what they want to know is a fact of the op. */
export const opNames =
  (names: readonly string[]): Rule =>
  (tree) =>
    [...tree].flatMap(([path, text]) => {
      if (opFiles.test(path)) return [];
      return comparedTexts(path, text)
        .filter(({ text: name, of }) => names.includes(name) && /(^|\.)op$/.test(of))
        .map(({ text: name }) => `${path} asks for the op ${name}`);
    });

/** Strings that something is compared with, and what. */
const comparedTexts = remembered((path, text): { text: string; of: string }[] => {
  const source = parsed(path, text);
  const found: { text: string; of: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node)) {
      for (const [a, b] of [
        [node.left, node.right],
        [node.right, node.left],
      ] as const) {
        if (ts.isStringLiteral(a)) found.push({ text: a.text, of: b.getText(source) });
      }
    }
    if (ts.isCaseClause(node) && ts.isStringLiteral(node.expression)) {
      const { expression } = node.parent.parent;
      const of = ts.isAsExpression(expression) ? expression.expression : expression;
      found.push({ text: node.expression.text, of: of.getText(source) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
});

// Hooks of Node's module loader. On Node 20 they run in a thread of their own, which loads nothing but this file.

/** What `import … from "fovea"` and `"fovea/node"` in a user's module mean: this very package. */
const own: Readonly<Record<string, string>> = {
  fovea: new URL("../index.js", import.meta.url).href,
  "fovea/node": new URL("../node.js", import.meta.url).href,
};

interface Resolved {
  readonly url: string;
  readonly shortCircuit?: boolean;
}

/** Resolves the package's names to its files, and all others as Node does. */
export function resolve<Answer>(
  specifier: string,
  context: object,
  next: (specifier: string, context: object) => Answer,
): Answer | Resolved {
  const url = own[specifier];
  return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
}

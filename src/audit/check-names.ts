/** What the audit looks at, in the order in which it does, and what each check is called in words. */
const titles = {
  finite: "finite numbers",
  leakage: "batch leakage",
  dead: "dead parameters",
  collapse: "collapse",
  selection: "selection",
  noise: "noise",
  invariances: "invariances",
  reproducibility: "reproducibility",
  transformer: "transformer",
  attention: "attention",
} as const;

export type CheckName = keyof typeof titles;

export const checkNames = Object.keys(titles) as CheckName[];

/** What a check says of itself in words. */
export function checkTitle(name: CheckName): string {
  return titles[name];
}

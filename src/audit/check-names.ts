/** The checks in the order in which they run, with their titles. */
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

/** The name of a check of the audit. */
export type CheckName = keyof typeof titles;

/** The checks in the order in which they run. */
export const checkNames = Object.keys(titles) as CheckName[];

/**
 * The title of a check.
 *
 * @example
 * for (const name of checkNames) console.log(name, checkTitle(name));
 */
export function checkTitle(name: CheckName): string {
  return titles[name];
}

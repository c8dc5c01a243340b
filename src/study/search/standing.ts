/**
 * How a configuration stands: it is trained until an epoch; it waits for other runs; or it was pruned after an epoch.
 */
export type Standing =
  | { readonly kind: "train"; readonly until: number }
  | { readonly kind: "wait"; readonly for: readonly string[] }
  | { readonly kind: "prune"; readonly epochs: number };

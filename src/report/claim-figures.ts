import { listed, percent, thousands } from "../numbers.js";
import type { Measure, Verdict } from "../study/claims/claim.js";
import type { JudgedClaim } from "../study/claims/index.js";

/** Who a claim's figures are from, in the order in which they are shown. */
export const claimSources = [
  { key: "published", title: "published" },
  { key: "checkpoint", title: "its checkpoint, here" },
  { key: "trained", title: "our training" },
] as const;

/** The figures of a claim with who they are from. */
export function claimFigures(claim: JudgedClaim): { source: string; measure: Measure }[] {
  return claimSources.flatMap(({ key, title }) =>
    claim[key].map((measure) => ({ source: title, measure })),
  );
}

/** A figure as people write it: `99.32 %`, `0.0253`, `27,360`. */
export function measureValue({ value, unit }: Measure): string {
  switch (unit) {
    case "share":
      return `${percent(value)} %`;
    case "nats":
      return Number.isFinite(value) ? value.toFixed(4) : "not finite";
    case "parameters":
      return thousands(value);
  }
}

/** A figure's 95 % interval, `99.14 to 99.46 %`; empty where it has none. */
export function measureInterval({ interval }: Measure): string {
  return interval ? `${percent(interval.low)} to ${percent(interval.high)} %` : "";
}

/** How many claims have each verdict: `6 confirmed, 5 not confirmed and 2 not testable`. */
export function verdictCounts(claims: readonly JudgedClaim[]): string {
  const verdicts: readonly Verdict[] = ["confirmed", "not confirmed", "not testable"];
  return listed(
    verdicts.flatMap((verdict) => {
      const count = claims.filter((claim) => claim.verdict === verdict).length;
      return count > 0 ? [`${count} ${verdict}`] : [];
    }),
  );
}

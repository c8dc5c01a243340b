import { accuracyClaim } from "./accuracy.js";
import { attentionOverPositionsClaim } from "./attention-over-positions.js";
import { bestWithFewestClaim } from "./best-with-fewest.js";
import type { Claim, Evidence, Judgement } from "./claim.js";
import { collapseClaim } from "./collapse.js";
import { parametersClaim } from "./parameters.js";
import { rankingClaim } from "./ranking.js";
import { stabilityCauseClaim, stabilityClaim } from "./stability.js";
import { testAccuracyClaim } from "./test-accuracy.js";

/** The statements of the study that are judged, in the order in which they are shown. */
export const claims: readonly Claim[] = [
  parametersClaim("stn", "The Spatial Transformer network"),
  parametersClaim("coordconv-stn", "The CoordConv network"),
  parametersClaim("mha-batch", "The attention network"),
  accuracyClaim("stn", "The Spatial Transformer network"),
  accuracyClaim("coordconv-stn", "The CoordConv network"),
  accuracyClaim("mha-batch", "The attention network"),
  testAccuracyClaim,
  rankingClaim,
  bestWithFewestClaim,
  stabilityClaim,
  stabilityCauseClaim,
  collapseClaim,
  attentionOverPositionsClaim,
];

/** A claim with its judgement. */
export interface JudgedClaim extends Judgement {
  readonly id: string;
  readonly statement: string;
  readonly rule: string;
}

/** Judges all claims. */
export function judgeClaims(evidence: Evidence): JudgedClaim[] {
  return claims.map((claim) => ({
    id: claim.id,
    statement: claim.statement,
    rule: claim.rule,
    ...judgeClaim(claim, evidence),
  }));
}

/** By several seeds, where these have as many epochs as the study; else by one run, with what the seeds show so far. */
function judgeClaim({ judge, judgeSeeds }: Claim, evidence: Evidence): Judgement {
  const judgement = judge(evidence);
  const seeds = evidence.overSeeds && judgeSeeds?.(evidence.overSeeds);
  if (seeds === undefined) return judgement;
  const { verdict, reason, measures } = seeds;
  const judged = { ...judgement, overSeeds: measures };
  if (verdict !== undefined) return { ...judged, verdict, reason };
  return { ...judged, reason: `${judgement.reason} ${reason}` };
}

import { listed, percent, thousands } from "../../../numbers.js";
import type { Measure, Verdict } from "../claims/claim.js";
import type { JudgedClaim } from "../claims/index.js";

/** The sources of a claim's figures, in the order in which they are shown. */
export const claimSources = [
  { key: "published", title: "published" },
  { key: "checkpoint", title: "its checkpoint, here" },
  { key: "built", title: "built here" },
  { key: "trained", title: "our training" },
  { key: "overSeeds", title: "over seeds" },
] as const;

/** A column of a claim's figures. */
export interface FigureColumn {
  readonly title: string;
  readonly align: "left" | "right";
}

/** The figures of a claim as a table; empty columns are left out. */
export function figureTable(claim: JudgedClaim): {
  readonly columns: readonly FigureColumn[];
  readonly rows: readonly (readonly string[])[];
} {
  const figures = claimSources.flatMap(({ key, title }) =>
    (claim[key] ?? []).map((measure) => ({ source: title, measure })),
  );
  const all = columns.map((column) => ({
    column,
    cells: figures.map(({ source, measure }) => column.text(measure, source)),
  }));
  const filled = all.filter(({ cells }) => cells.some((text) => text !== ""));
  return {
    columns: filled.map(({ column }) => column),
    rows: figures.map((_, row) => filled.map(({ cells }) => cells[row]!)),
  };
}

const columns: readonly (FigureColumn & { text: (measure: Measure, source: string) => string })[] =
  [
    { title: "from", align: "left", text: (_, source) => source },
    { title: "network", align: "left", text: ({ network }) => network },
    { title: "figure", align: "left", text: ({ what }) => what },
    { title: "value", align: "right", text: measureValue },
    { title: "95 % interval", align: "right", text: measureInterval },
    { title: "epoch", align: "right", text: ({ epoch }) => String(epoch ?? "") },
    { title: "loss", align: "right", text: measureLoss },
  ];

/** A figure as text: `99.32 %`, `0.0253`, `27,360`. */
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

/** The loss that belongs to an accuracy; empty where there is none. */
export function measureLoss({ loss }: Measure): string {
  return loss === undefined ? "" : loss.toFixed(4);
}

/** The number of claims with each verdict: `6 are confirmed, 5 not confirmed and 2 not testable`. */
export function verdictCounts(claims: readonly JudgedClaim[]): string {
  const verdicts: readonly Verdict[] = ["confirmed", "not confirmed", "not testable"];
  const counts = verdicts
    .map((verdict) => ({
      verdict,
      count: claims.filter((each) => each.verdict === verdict).length,
    }))
    .filter(({ count }) => count > 0);
  return listed(
    counts.map(({ verdict, count }, index) => {
      const verb = count === 1 ? " is" : " are";
      return `${count}${index === 0 ? verb : ""} ${verdict}`;
    }),
  );
}

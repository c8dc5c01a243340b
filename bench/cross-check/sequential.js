/**
 * Error rate and power of the sequential verdict, by simulation.
 *
 *     node bench/cross-check/sequential.js [STUDIES]
 *
 * Needs dist/. Prints, for differences with several true sizes (in their deviations) and forms, how often each verdict
 * is given and after how many seeds, for several spending functions and up to 60 seeds.
 */
import { sequentialBoundary } from "../../dist/stats/sequential-boundary.js";
import { sequentialVerdict } from "../../dist/stats/sequential-verdict.js";

const studies = Number(process.argv[2] ?? 10_000);
const maxSeeds = 60;

const normal = () =>
  Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
/** Mean 0 and deviation 1, each. */
const forms = {
  normal,
  "t with 5 degrees of freedom": () => {
    let squares = 0;
    for (let k = 0; k < 5; k++) squares += normal() ** 2;
    return (normal() / Math.sqrt(squares / 5)) * Math.sqrt(3 / 5);
  },
  "skewed (exponential)": () => -Math.log(1 - Math.random()) - 1,
  "one of 20 collapses, of either model": () => {
    const collapse = Math.random() < 0.05 ? (Math.random() < 0.5 ? -20 : 20) : 0;
    return (collapse + normal()) / Math.sqrt(1 + 0.05 * 400);
  },
};

function row(draw, effect, size, spending) {
  const boundary = sequentialBoundary({ maxSeeds, spending });
  const counts = {};
  let seeds = 0;
  for (let study = 0; study < studies; study++) {
    const a = Array.from({ length: maxSeeds }, () => effect + draw());
    const result = sequentialVerdict(
      a,
      a.map(() => 0),
      boundary,
      size,
    );
    counts[result.verdict] = (counts[result.verdict] ?? 0) + 1;
    seeds += result.seeds;
  }
  const share = (verdict) => `${(((counts[verdict] ?? 0) / studies) * 100).toFixed(1)} %`;
  return {
    better: share("better"),
    worse: share("worse"),
    "no difference": share("no difference"),
    "not settled": share("not settled"),
    "mean seeds": (seeds / studies).toFixed(1),
  };
}

const rows = [];
for (const [form, draw] of Object.entries(forms)) {
  rows.push({ form, effect: 0, size: 1e-9, spending: 2, ...row(draw, 0, 1e-9, 2) });
}
for (const spending of [1, 2, 3]) {
  for (const effect of [0, 0.4, 0.5, 1, 2, 5]) {
    rows.push({
      form: "normal",
      effect,
      size: 0.5,
      spending,
      ...row(normal, effect, 0.5, spending),
    });
  }
}
console.table(rows);

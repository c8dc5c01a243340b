import { counted, listed } from "../../numbers.js";
import type { ComparedPair, Comparison } from "../../stats/compare.js";
import { modelSentence } from "../../study/verdict-text.js";
import { isBad, type ReportedRun, type ReportedStudy } from "./reported-study.js";

/** So many pairs are told one by one. */
export const mostPairs = 3;

/** What the study has shown, in a paragraph of plain words. */
export function answerText({
  comparison,
  sentences,
}: Pick<ReportedStudy, "comparison" | "sentences">): string {
  const { models, pairs } = comparison;
  if (models.length === 0) return "No run has ended with an accuracy yet.";
  if (pairs.length === 0) return `${models.map(modelSentence).join(". ")}.`;
  if (pairs.length <= mostPairs) return sentences.join(" ");
  const leader = models.reduce((best, each) => (each.mean > best.mean ? each : best));
  const own = pairs
    .map((pair, at) => ({ pair, sentence: sentences[at] ?? "" }))
    .filter(({ pair }) => pair.a === leader.model || pair.b === leader.model);
  const settled = own.filter(({ pair }) => pair.verdict !== "not settled");
  const beaten = settled.map(({ pair }) => other(pair, leader.model));
  const unsettled = own.filter(({ pair }) => pair.verdict === "not settled");
  return [
    `${modelSentence(leader).replace(": mean ", " has the highest mean, ")}.`,
    ...(beaten.length > 0
      ? [`It is better than ${namedOrCounted(beaten)}, after correction for ${pairs.length} pairs.`]
      : []),
    ...(unsettled.length > 0
      ? [
          `Its lead over ${namedOrCounted(unsettled.map(({ pair }) => other(pair, leader.model)))} is not settled.`,
          nearest(unsettled, comparison).sentence,
        ]
      : []),
    restText(pairs, own.length),
  ]
    .filter((text) => text !== "")
    .join(" ");
}

/** More names are counted. */
const mostNames = 6;

function namedOrCounted(names: readonly string[]): string {
  return names.length <= mostNames ? listed(names) : `${names.length} others`;
}

function named(names: readonly string[]): string {
  if (names.length <= mostNames) return listed(names);
  return listed([...names.slice(0, mostNames), `${names.length - mostNames} more`]);
}

function other({ a, b }: ComparedPair, name: string): string {
  return a === name ? b : a;
}

/** The pair whose other model has the highest mean. */
function nearest<Each extends { readonly pair: ComparedPair }>(
  all: readonly Each[],
  { models }: Comparison,
): Each {
  const means = new Map(models.map(({ model, mean }) => [model, mean]));
  const least = ({ pair }: Each) => Math.min(means.get(pair.a) ?? 0, means.get(pair.b) ?? 0);
  return all.reduce((best, each) => (least(each) > least(best) ? each : best));
}

function restText(pairs: readonly ComparedPair[], told: number): string {
  if (pairs.length === told) return "";
  const settled = pairs.filter(({ verdict }) => verdict !== "not settled").length;
  if (settled === 0) return `None of the ${pairs.length} pairs is settled.`;
  return `Of all ${pairs.length} pairs, ${settled} ${settled === 1 ? "is" : "are"} settled.`;
}

/** Runs that went wrong, so that no figure is taken at face value; empty where none did. */
export function faultText(runs: readonly ReportedRun[]): string {
  const bad = runs.filter(isBad);
  const failed = runs.filter(({ ending }) => ending === "failed");
  const open = runs.filter(({ ending }) => ending === "open");
  const of = (some: readonly ReportedRun[]) =>
    named(some.map(({ model, seed }) => `${model}, seed ${seed}`));
  return [
    ...(bad.length > 0
      ? [
          `${bad.length} of ${counted(runs.length, "run")} collapsed or diverged (${of(bad)}): they count with the accuracy that they ended with.`,
        ]
      : []),
    ...(failed.length > 0
      ? [
          `${counted(failed.length, "run")} failed and ${failed.length === 1 ? "has" : "have"} no accuracy (${of(failed)}).`,
        ]
      : []),
    ...(open.length > 0 ? [`${counted(open.length, "run")} not ended yet.`] : []),
  ].join(" ");
}

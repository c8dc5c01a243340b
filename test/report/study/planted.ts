import type {
  Ending,
  ReportedModel,
  ReportedRun,
  ReportedStudy,
} from "../../../src/report/study/reported-study.js";
import { compareResults, studyResults } from "../../../src/study/results.js";
import type { StudyPredictions } from "../../../src/study/study-predictions.js";
import { pairSentence } from "../../../src/study/verdict-text.js";

/** A model whose runs have these accuracies, percent, by seed. */
export interface PlantedModel {
  readonly name: string;
  readonly values: readonly number[];
  /** Of seeds that did not end well. */
  readonly endings?: Readonly<Record<number, Ending>>;
  readonly parameters?: number;
  readonly seconds?: number;
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
}

const epochs = 4;

/** A study with these runs. */
export function planted(
  given: readonly PlantedModel[],
  change: Partial<ReportedStudy> = {},
): ReportedStudy {
  const runs = given.flatMap((model) =>
    model.values.map((value, seed) => plantedRun(model, value, seed)),
  );
  const scored = runs.map(({ key, model, seed, ending, accuracy }) => ({
    ...{ model, seed },
    outcome:
      ending === "open"
        ? undefined
        : {
            ...{ format: 1 as const, key, outcome: ending as "done" },
            ...(accuracy !== undefined && {
              result: {
                ...{ spec: "0".repeat(64), epochs, selection: "last epoch" as const },
                ...{ correct: Math.round(accuracy * 100), total: 10_000 },
              },
            }),
          },
  }));
  const comparison = compareResults(studyResults(scored));
  return {
    title: "A planted study",
    models: given.map(({ name, parameters, settings = {} }): ReportedModel => {
      const own = new Map(Object.entries(settings));
      return { name, settings: own, ...(parameters !== undefined && { parameters }) };
    }),
    ...{ runs, comparison },
    sentences: comparison.pairs.map((pair) => pairSentence(pair, comparison)),
    about: "accuracies on the 10,000 test images after the last epoch",
    remarks: [],
    facts: [["data", "planted"]],
    commands: ["fovea study study.json"],
    ...change,
  };
}

function plantedRun(model: PlantedModel, value: number, seed: number): ReportedRun {
  const ending = model.endings?.[seed] ?? "done";
  const hasAccuracy = ending !== "failed" && ending !== "open" && ending !== "pruned";
  const length = ending === "pruned" ? 2 : ending === "failed" ? 0 : epochs;
  return {
    ...{ key: `${model.name}_seed${seed}`, model: model.name, seed, ending },
    ...(ending === "failed" && { reason: "no memory is left" }),
    ...(hasAccuracy && { accuracy: value }),
    curve: Array.from({ length }, (_, at) => (value / 100) * (1 - 0.5 ** (at + 1))),
    validationImages: 10_000,
    ...(model.seconds !== undefined && { seconds: model.seconds }),
  };
}

/** Three models, one seed collapsed and one failed. */
export function plantedStudy(change: Partial<ReportedStudy> = {}): ReportedStudy {
  return planted(
    [
      { name: "cnn", values: [98.1, 98.2, 98.15, 98.3], parameters: 20_000, seconds: 40 },
      { name: "stn", values: [98.6, 98.75, 98.6, 98.8], parameters: 30_000, seconds: 90 },
      {
        ...{ name: "mha<2>", values: [98.2, 11.35, 98.1, 98.3], parameters: 25_000, seconds: 120 },
        endings: { 1: "collapsed", 3: "failed" },
      },
    ],
    change,
  );
}

/** Predictions of a study's runs on 12 images of 2×2; `wrong` says which run errs on which. */
export function plantedPredictions(
  { runs }: Pick<ReportedStudy, "runs">,
  wrong: (model: string, seed: number, image: number) => boolean,
): StudyPredictions {
  const labels = Uint8Array.from({ length: 12 }, (_, image) => image % 3);
  return {
    ...{ classes: 3, rows: 2, columns: 2, channels: 1, labels },
    runs: runs
      .filter(({ accuracy }) => accuracy !== undefined)
      .map(({ key, model, seed }) => ({
        key,
        predicted: Int16Array.from(labels, (label, image) =>
          wrong(model, seed, image) ? (label + 1) % 3 : label,
        ),
      })),
    images: Uint32Array.from([1, 4, 7]),
    pixels: new Uint8Array(12).fill(99),
  };
}

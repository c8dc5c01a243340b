import type { Figure } from "../markup.js";
import { assignMarks, type ModelMarks } from "../model-marks.js";
import { costData } from "./cost-data.js";
import { costFigure } from "./cost-figure.js";
import { curvesData } from "./curves-data.js";
import { curvesFigure } from "./curves-figure.js";
import { differencesData } from "./differences-data.js";
import { differencesFigure } from "./differences-figure.js";
import { disagreementsData } from "./disagreements-data.js";
import { disagreementsFigure } from "./disagreements-figure.js";
import { powerData } from "./power-data.js";
import { powerFigure } from "./power-figure.js";
import { ranksData } from "./ranks-data.js";
import { ranksFigure } from "./ranks-figure.js";
import type { ReportedStudy } from "./reported-study.js";
import { seedsData } from "./seeds-data.js";
import { seedsFigure } from "./seeds-figure.js";
import { settingsData } from "./settings-data.js";
import { settingsFigure } from "./settings-figure.js";
import { stabilityData } from "./stability-data.js";
import { stabilityFigure } from "./stability-figure.js";

/** File names of all figures that there are, without their ending. */
export const studyFigureNames = [
  "seeds",
  "differences",
  "power",
  "curves",
  "stability",
  "cost",
  "settings",
  "ranks",
  "disagreements",
] as const;

/** The data of all figures; undefined where a figure has none. */
export function studyFiguresData(study: ReportedStudy) {
  return {
    seeds: seedsData(study),
    differences: differencesData(study),
    curves: curvesData(study),
    stability: stabilityData(study),
    settings: settingsData(study),
    cost: costData(study),
    ranks: ranksData(study),
    power: powerData(study),
    disagreements: disagreementsData(study),
  };
}

export type StudyFiguresData = ReturnType<typeof studyFiguresData>;

/** Colours and symbols of a study's models. */
export function studyMarks({ models }: Pick<ReportedStudy, "models">): ModelMarks {
  return assignMarks(models.map(({ name }) => name));
}

/** The figures for which there are data, in the order of the report. */
export function studyFigures(
  study: ReportedStudy,
  data: StudyFiguresData = studyFiguresData(study),
): Figure[] {
  const marks = studyMarks(study);
  const { seeds, differences, curves, stability, settings, cost, ranks, power, disagreements } =
    data;
  const figures = [
    seeds && seedsFigure(seeds, marks),
    differences && differencesFigure(differences, marks),
    power && powerFigure(power, marks),
    curves && curvesFigure(curves, marks),
    stability && stabilityFigure(stability, marks),
    cost && costFigure(cost, marks),
    settings && settingsFigure(settings, marks),
    ranks && ranksFigure(ranks, marks),
    disagreements && disagreementsFigure(disagreements, marks, study.classNames),
  ];
  return figures.filter((figure) => figure !== undefined);
}

/** The data of the figures as plain JSON: without pictures, and `null` where there are none. */
export function figuresJson(data: StudyFiguresData): object {
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, value === undefined ? null : plain(value)]),
  );
}

function plain(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return undefined;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => !ArrayBuffer.isView(each))
      .map(([name, each]) => [name, plain(each)]),
  );
}

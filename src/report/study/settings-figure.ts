import * as Plot from "@observablehq/plot";
import { counted } from "../../numbers.js";
import { element, type Figure, fontStack, textElement } from "../markup.js";
import type { ModelMarks } from "../model-marks.js";
import { plotDocument, plotMarkup } from "../plot-markup.js";
import { pointsText, tickText } from "./number-text.js";
import type { SettingValue } from "./reported-study.js";
import { shortened } from "./row-plot.js";
import type { SettingsData, VariedSetting } from "./settings-data.js";
import { type Domain, endsOf, within } from "./shown-domain.js";

const wide = {
  width: 960,
  height: 400,
  left: 70,
  right: 150,
  letters: 18,
  isNarrow: false,
} as const;
const narrow = {
  width: 360,
  height: 380,
  left: 34,
  right: 66,
  letters: 9,
  isNarrow: true,
} as const;
const top = 52;
const bottom = 44;
/** The best are drawn strong. */
const strongest = 3;
/** Of the accuracies, this many deviations of quartiles below the first quartile are shown; worse ones lie at the edge. */
const whisker = 3;

/** An axis: where a value lies on it, 0 (below) to 1, and its ticks. */
interface Axis {
  readonly title: string;
  readonly place: (value: SettingValue) => number;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
}

/** Settings and accuracy of all models as parallel coordinates. */
export function settingsFigure(data: SettingsData, marks: ModelMarks): Figure {
  const title = "Accuracy by setting";
  const pruned = data.lines.filter(({ isPruned }) => isPruned).length;
  const cut =
    pruned > 0
      ? ` Dashed, without an accuracy: ${counted(pruned, "model")} that the search stopped.`
      : "";
  return {
    name: "settings",
    title,
    caption: `A line is a model with its settings; the last axis is its mean accuracy over the seeds. Strong: the ${strongest} best. The fainter, the worse.${cut} Means far below the others lie at the lower end of the axis.`,
    svg: drawn(data, wide, title),
    narrow: { svg: drawn(data, narrow, title), legend: [] },
    marks,
  };
}

interface LinePoint {
  readonly axis: number;
  readonly at: number;
}

function drawn(data: SettingsData, size: typeof wide | typeof narrow, title: string): string {
  const { width, height, left, right } = size;
  const domain = meanDomain(data);
  const axes = [...data.settings.map(settingAxis), accuracyAxis(domain)];
  const lines = data.lines.map((line, rank) => {
    const places = [
      ...data.settings.map((_, at) => placed(axes[at]!, line.values[at])),
      line.mean === undefined ? undefined : axes.at(-1)!.place(within(line.mean, domain)),
    ];
    const points = places.flatMap((at, axis): LinePoint[] =>
      at === undefined ? [] : [{ axis, at }],
    );
    return { rank, points, isPruned: line.isPruned };
  });
  const count = lines.length;
  const plot = Plot.plot({
    document: plotDocument(),
    ...{
      width,
      height,
      marginTop: top,
      marginBottom: bottom,
      marginLeft: left,
      marginRight: right,
    },
    style: { fontFamily: fontStack, fontSize: "13px", background: "none" },
    x: { domain: [0, axes.length - 1], axis: null },
    y: { domain: [0, 1], axis: null },
    marks: [
      Plot.ruleX(axes.keys(), { stroke: "var(--edge)", strokeWidth: 1.2 }),
      // The best are drawn last, over the others.
      ...[...lines].reverse().map(({ points, rank, isPruned }) =>
        Plot.line(points, {
          ...{ x: "axis", y: "at", curve: "monotone-x" },
          stroke: rank < strongest ? "var(--link)" : "var(--muted)",
          strokeWidth: rank === 0 ? 3 : rank < strongest ? 2 : 1.1,
          strokeOpacity: rank < strongest ? 1 : 0.75 - 0.5 * (rank / count),
          strokeDasharray: isPruned ? "3 3" : undefined,
        }),
      ),
    ],
  });
  const [x, y] = [plot.scale("x")!, plot.scale("y")!];
  const words = axes.map((axis, at) =>
    axisText(axis, x.apply(at) as number, (place) => y.apply(place) as number, size, {
      isLast: at === axes.length - 1,
      isRaised: size.isNarrow && at % 2 === 1,
    }),
  );
  return plotMarkup(plot, title, words.join(""));
}

function placed(axis: Axis, value: SettingValue | undefined): number | undefined {
  return value === undefined ? undefined : axis.place(value);
}

function meanDomain({ lines }: SettingsData): Domain {
  const means = lines.flatMap(({ mean }) => mean ?? []).sort((a, b) => a - b);
  const quartile = (part: number) => means[Math.floor(part * (means.length - 1))]!;
  const floor = quartile(0.25) - whisker * Math.max(quartile(0.75) - quartile(0.25), 0.02);
  const [low, high] = endsOf(means.filter((mean) => mean >= floor));
  return high > low ? [low, high] : [low - 0.01, high + 0.01];
}

function accuracyAxis([low, high]: Domain): Axis {
  const place = (value: SettingValue) => (Number(value) - low) / (high - low);
  const ticks = [low, (low + high) / 2, high].map((value) => ({
    ...{ at: place(value), text: `${pointsText(value)} %` },
  }));
  return { title: "accuracy", place, ticks };
}

function settingAxis({ path, values, scale }: VariedSetting): Axis {
  const shown = scale === "point" || values.length <= 5 ? values : spread(values);
  const place = placeOn(values, scale);
  const ticks = shown.map((value) => ({ at: place(value), text: settingText(value) }));
  return { title: path, place, ticks };
}

/** Of many numbers, the ends and three between. */
function spread(values: readonly SettingValue[]): SettingValue[] {
  return [0, 0.25, 0.5, 0.75, 1].map((part) => values[Math.round(part * (values.length - 1))]!);
}

function placeOn(
  values: readonly SettingValue[],
  scale: VariedSetting["scale"],
): (value: SettingValue) => number {
  if (scale === "point") {
    return (value) => (values.indexOf(value) + 0.5) / values.length;
  }
  const of = scale === "log" ? Math.log : Number;
  const [low, high] = [of(Number(values[0])), of(Number(values.at(-1)))];
  return (value) => (of(Number(value)) - low) / (high - low);
}

function settingText(value: SettingValue): string {
  return typeof value === "number" ? tickText(Number(value.toPrecision(3))) : String(value);
}

function axisText(
  axis: Axis,
  x: number,
  y: (place: number) => number,
  { letters, isNarrow }: typeof wide | typeof narrow,
  { isLast, isRaised }: { readonly isLast: boolean; readonly isRaised: boolean },
): string {
  const title = element(
    "text",
    {
      ...{ x, y: isRaised ? 14 : 32, "text-anchor": "middle", "font-size": isNarrow ? 11.5 : 13 },
      ...{ "font-weight": 650 },
    },
    textElement(shortened(axis.title, letters), {}).replace(/<\/?text>/g, ""),
  );
  const ticks = axis.ticks.map(({ at, text }) =>
    textElement(isNarrow ? shortened(text, 8) : shortened(text, 14), {
      ...{ x: x + 7, y: y(at) + 4, "font-size": isNarrow ? 11 : 12, "text-anchor": "start" },
      fill: isLast ? "var(--ink)" : "var(--muted)",
      ...{ "paint-order": "stroke", stroke: "var(--page)", "stroke-width": 4 },
    }),
  );
  return title + ticks.join("");
}

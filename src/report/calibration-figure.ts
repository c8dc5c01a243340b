import { percent, thousands } from "../numbers.js";
import { type ConfidenceBin, calibrationBins, calibrationError } from "../stats/calibration.js";
import { element, type Figure, type LegendEntry, svgElement, textElement } from "./markup.js";
import { seriesColor } from "./palette.js";

const margin = { top: 16, right: 28, bottom: 46, left: 66 };
const histogramHeight = 64;
const histogramGap = 18;

/** Confidences and accuracies of a model's predictions, and of those at its temperature. */
export interface CalibrationData {
  readonly model: string;
  readonly bins: readonly ConfidenceBin[];
  readonly calibrated?: { readonly temperature: number; readonly bins: readonly ConfidenceBin[] };
}

/** A reliability diagram: accuracy by confidence, and under it how many images have which confidence. */
export function calibrationFigure(data: CalibrationData): Figure {
  const { model, bins, calibrated } = data;
  const title = `How far the probabilities of ${model} can be trusted`;
  const legend: LegendEntry[] = [
    { label: `as trained, error ${errorText(bins)}`, color: seriesColor("first"), dashed: false },
    ...(calibrated
      ? [
          {
            label: `temperature ${calibrated.temperature.toFixed(2)}, error ${errorText(calibrated.bins)}`,
            color: seriesColor("second"),
            dashed: false,
          },
        ]
      : []),
    { label: "perfectly calibrated", color: "var(--muted)", dashed: true },
  ];
  return {
    name: `calibration-${model}`,
    title,
    caption: `Above: test images in ${calibrationBins} bins of equal width by the probability of their prediction; the share that is right against the mean probability. Points below the dashed line are overconfident. Below: how many images each bin has. The expected calibration error is the mean distance from the line, weighted by images (Guo et al., 2017).`,
    svg: drawing(data, 620, legend, title),
    narrow: { svg: drawing(data, 358, [], title), legend },
  };
}

function errorText(bins: readonly ConfidenceBin[]): string {
  return `${percent(calibrationError(bins))} %`;
}

function drawing(
  { bins, calibrated }: CalibrationData,
  width: number,
  legend: readonly LegendEntry[],
  title: string,
): string {
  const legendHeight = legend.length * 20 + (legend.length > 0 ? 10 : 0);
  const top = margin.top + legendHeight;
  const inner = width - margin.left - margin.right;
  const height = Math.min(inner, 360);
  const x = (value: number) => margin.left + value * inner;
  const y = (value: number) => top + (1 - value) * height;
  const base = top + height + histogramGap + histogramHeight;
  const content = [
    legendMarkup(legend),
    gridMarkup(x, y, base),
    element("path", {
      d: `M${x(0)},${y(0)}L${x(1)},${y(1)}`,
      stroke: "var(--muted)",
      "stroke-width": 1.5,
      "stroke-dasharray": "4 4",
      fill: "none",
    }),
    ...(calibrated ? [lineMarkup(calibrated.bins, seriesColor("second"), x, y, "diamond")] : []),
    lineMarkup(bins, seriesColor("first"), x, y, "circle"),
    histogramMarkup(bins, seriesColor("first"), x, base, calibrated ? [0, 0.5] : [0, 1]),
    calibrated ? histogramMarkup(calibrated.bins, seriesColor("second"), x, base, [0.5, 1]) : "",
    textElement("probability of the prediction", {
      x: margin.left + inner / 2,
      y: base + 38,
      "font-size": 12.5,
      "text-anchor": "middle",
      fill: "var(--muted)",
    }),
    textElement("share that is right", {
      x: 13,
      y: top + height / 2,
      "font-size": 12.5,
      "text-anchor": "middle",
      fill: "var(--muted)",
      transform: `rotate(-90 13 ${top + height / 2})`,
    }),
    textElement("images", {
      x: 13,
      y: base - histogramHeight / 2,
      "font-size": 12.5,
      "text-anchor": "middle",
      fill: "var(--muted)",
      transform: `rotate(-90 13 ${base - histogramHeight / 2})`,
    }),
  ];
  return svgElement({ width, height: base + margin.bottom }, title, content.join(""));
}

type Scale = (value: number) => number;

function gridMarkup(x: Scale, y: Scale, base: number): string {
  const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1];
  return ticks
    .map((tick) => {
      const line = element("path", {
        d: `M${x(0)},${y(tick)}H${x(1)}`,
        stroke: "var(--rule)",
      });
      const common = { "font-size": 12, fill: "var(--muted)" } as const;
      const text = `${percent(tick, 0)} %`;
      return (
        line +
        textElement(text, { x: x(0) - 7, y: y(tick) + 4, "text-anchor": "end", ...common }) +
        textElement(text, { x: x(tick), y: base + 17, "text-anchor": "middle", ...common })
      );
    })
    .join("")
    .concat(element("path", { d: `M${x(0)},${base}H${x(1)}`, stroke: "var(--edge)" }));
}

function lineMarkup(
  bins: readonly ConfidenceBin[],
  color: string,
  x: Scale,
  y: Scale,
  symbol: "circle" | "diamond",
): string {
  const filled = bins.filter(({ images }) => images > 0);
  const points = filled.map(({ confidence, accuracy }) => [x(confidence), y(accuracy)] as const);
  const line = element("path", {
    d: `M${points.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join("L")}`,
    fill: "none",
    stroke: color,
    "stroke-width": 2,
  });
  const marks = points.map(([px, py]) =>
    symbol === "circle"
      ? element("circle", { cx: px, cy: py, r: 4, fill: color })
      : element("path", { d: `M${px},${py - 5}l5,5l-5,5l-5,-5Z`, fill: color }),
  );
  return filled.length === 0 ? "" : line + marks.join("");
}

/** Bars as high as the bins have images, the highest as high as there is room, within a part of the bin's width. */
function histogramMarkup(
  bins: readonly ConfidenceBin[],
  color: string,
  x: Scale,
  base: number,
  [from, to]: readonly [number, number],
): string {
  const most = Math.max(...bins.map(({ images }) => images));
  return bins
    .map(({ images }, index) => {
      if (images === 0) return "";
      const height = Math.max(1, (images / most) * histogramHeight);
      const left = x((index + from) / bins.length);
      const width = x((index + to) / bins.length) - left - 1;
      const bar = { x: left + 0.5, y: base - height, width, height, fill: color };
      return element(
        "rect",
        { ...bar, "fill-opacity": 0.75 },
        element("title", {}, `${thousands(images)} images`),
      );
    })
    .join("");
}

function legendMarkup(legend: readonly LegendEntry[]): string {
  return legend
    .map(({ label, color, dashed }, index) => {
      const y = margin.top + index * 20;
      return (
        element("path", {
          d: `M${margin.left},${y}h22`,
          stroke: color,
          "stroke-width": 2.5,
          "stroke-dasharray": dashed ? "4 4" : undefined,
        }) + textElement(label, { x: margin.left + 30, y: y + 4.5, "font-size": 13 })
      );
    })
    .join("");
}

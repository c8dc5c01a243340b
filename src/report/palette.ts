import type { Ink } from "./ink.js";
import type { ModelMarks } from "./model-marks.js";

/** The colours of pages and drawings that stand for no model, by the name of their CSS variable. */
export const surfaceInks: Readonly<Record<string, Ink>> = {
  page: { light: "#ffffff", dark: "#15181c" },
  panel: { light: "#f5f6f8", dark: "#1e2227" },
  ink: { light: "#1b1f24", dark: "#e7e9ec" },
  muted: { light: "#5b6470", dark: "#a3abb6" },
  rule: { light: "#d4d9df", dark: "#3a4149" },
  edge: { light: "#b9c0c8", dark: "#4d5660" },
  link: { light: "#0067a8", dark: "#5ab8f0" },
  wrong: { light: "#b3261e", dark: "#ff8a80" },
  good: { light: "#1f7a3d", dark: "#6fd08c" },
  conv: { light: "#e3eefb", dark: "#1b3350" },
  "conv-edge": { light: "#7aa7d9", dark: "#41719f" },
  linear: { light: "#fdf0d9", dark: "#43341a" },
  "linear-edge": { light: "#d6a84f", dark: "#8f6f30" },
  attention: { light: "#f6e4f1", dark: "#432438" },
  "attention-edge": { light: "#c883b3", dark: "#8e5079" },
  sampler: { light: "#dcf3eb", dark: "#153c31" },
  "sampler-edge": { light: "#5fb798", dark: "#32795f" },
  "series-plain": { light: "#5f6670", dark: "#b4bac3" },
  "series-first": { light: "#0067a8", dark: "#5ab8f0" },
  "series-second": { light: "#c04f00", dark: "#ff9a52" },
  plain: { light: "#f0f2f4", dark: "#262b31" },
  "plain-edge": { light: "#adb5be", dark: "#59626c" },
};

/** Matplotlib's inferno at nine equal steps: uniform in lightness, readable with colour-vision deficiencies. */
const ramp: readonly Rgb[] = [
  [0x00, 0x00, 0x04],
  [0x21, 0x0c, 0x4a],
  [0x57, 0x10, 0x6e],
  [0x8a, 0x22, 0x6a],
  [0xbc, 0x37, 0x54],
  [0xe4, 0x5a, 0x31],
  [0xf9, 0x8e, 0x09],
  [0xf9, 0xcb, 0x35],
  [0xfc, 0xff, 0xa4],
];

/** Red, green and blue, 0..255. */
export type Rgb = readonly [number, number, number];

/** The colour of 0..1 on the sequential scale from black over violet and orange to a light yellow. */
export function rampColor(position: number): Rgb {
  const at = Math.min(1, Math.max(0, position)) * (ramp.length - 1);
  const below = Math.min(Math.floor(at), ramp.length - 2);
  const [low, high] = [ramp[below]!, ramp[below + 1]!];
  const mixed = (channel: 0 | 1 | 2) =>
    Math.round(low[channel] + (at - below) * (high[channel] - low[channel]));
  return [mixed(0), mixed(1), mixed(2)];
}

/** The colour of a model, the same in every figure: a CSS variable that {@link paletteStyle} defines. */
export function modelColor(model: string): string {
  return `var(${modelVariable(model)})`;
}

/** Colours of lines that do not stand for a model, such as file order, shuffled and sorted. */
export type SeriesName = "plain" | "first" | "second";

/** The colour of a line that does not stand for a model. */
export function seriesColor(name: SeriesName): string {
  return `var(--series-${name})`;
}

/**
 * The CSS variables of all figures for light pages, with the dark ones behind a media query.
 *
 * @param marks of the models that are shown
 */
export function paletteStyle(marks: ModelMarks = new Map()): string {
  const variables = (scheme: keyof Ink) =>
    [
      ...Object.entries(surfaceInks).map(([name, ink]) => `--${name}:${ink[scheme]}`),
      ...[...marks].map(([model, { ink }]) => `${modelVariable(model)}:${ink[scheme]}`),
    ].join(";");
  // Printed pages are white even where the screen's scheme is dark.
  return (
    `:root{color-scheme:light dark;${variables("light")}}\n` +
    `@media screen and (prefers-color-scheme:dark){:root{${variables("dark")}}}`
  );
}

/** Names of models have letters, digits, `-`, `_` and `.`; the dot is escaped in CSS. */
function modelVariable(model: string): string {
  return `--model-${model.replaceAll(".", "\\.")}`;
}

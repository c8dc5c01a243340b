import { escapeControls } from "../escape-controls.js";
import type { ModelMarks } from "./model-marks.js";
import { paletteStyle } from "./palette.js";

/** Fonts that are installed on the reader's machine. */
export const fontStack =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif';

/** A picture of the report: an `<svg>` element that takes its colours from the page around it. */
export interface Figure {
  /** File name without extension. */
  readonly name: string;
  readonly title: string;
  /** Plain text, a few sentences. */
  readonly caption: string;
  readonly svg: string;
  /** The picture shown on phones; default: the same picture. */
  readonly narrow?: NarrowPicture;
  /** Colours and symbols of the models in it. */
  readonly marks?: ModelMarks;
}

/** A picture for phones, with a legend of text above it. */
export interface NarrowPicture {
  readonly svg: string;
  readonly legend: readonly LegendEntry[];
}

/** One kind of line. */
export interface LegendEntry {
  readonly label: string;
  /** A CSS colour. */
  readonly color: string;
  readonly dashed: boolean;
}

/** Puts non-breaking spaces between a number and its unit, and before the epoch of a figure. */
export function unbroken(text: string): string {
  return text.replace(/(\d) (?=[%×])/g, "$1\u00a0").replace(/ @ (?=\d)/g, "\u00a0@\u00a0");
}

/** Escapes text for HTML, SVG and their quoted attributes; control and bidirectional characters become visible. */
export function escapeMarkup(text: string): string {
  return escapeControls(text, "\n\t")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** An element. Attribute values are escaped, undefined ones left out; content must be markup already. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  content?: string,
): string {
  let text = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    text += ` ${key}="${escapeMarkup(typeof value === "number" ? short(value) : value)}"`;
  }
  return content === undefined ? `${text}/>` : `${text}>${content}</${name}>`;
}

/** A `<text>` element around plain text. */
export function textElement(
  text: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
): string {
  return element("text", attributes, escapeMarkup(text));
}

/** An `<svg>` element of this size around drawn content, with a title for screen readers. */
export function svgElement(
  size: { readonly width: number; readonly height: number },
  title: string,
  content: string,
): string {
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${short(size.width)} ${short(size.height)}`,
      width: size.width,
      height: size.height,
      role: "img",
      "aria-label": title,
      "font-family": fontStack,
      fill: "var(--ink)",
    },
    content,
  );
}

/** The figure as an SVG file of its own, with its colours. */
export function standaloneSvg(figure: Figure): string {
  const style = `<style>${paletteStyle(figure.marks)}\nsvg{background:var(--page)}</style>`;
  const titles = `<title>${escapeMarkup(figure.title)}</title><desc>${escapeMarkup(figure.caption)}</desc>`;
  const content = figure.svg.replace(/^<svg[^>]*>/, (tag) => tag + titles + style);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${content}\n`;
}

/** A number rounded to the digits that a screen can show. */
export function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}

import { escapeControls } from "../escape-controls.js";
import type { ModelMarks } from "./model-marks.js";
import { paletteStyle } from "./palette.js";

/** Fonts that are on the reader's machine. */
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
  /** What stands in its place in the page on phones; the picture itself where undefined. */
  readonly narrow?: NarrowPicture;
  /** Of the models whose colours it has. */
  readonly marks?: ModelMarks;
}

/** A picture as wide as a phone, its legend in words above it. */
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

/** No line ends between a number and its sign, or before the epoch of a figure. */
export function unbroken(text: string): string {
  return text.replace(/(\d) (?=[%×])/g, "$1\u00a0").replace(/ @ (?=\d)/g, "\u00a0@\u00a0");
}

/** Text as it may stand in HTML, SVG and in their quoted attributes; control and bidirectional characters are visible. */
export function escapeMarkup(text: string): string {
  return escapeControls(text, "\n\t")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** An element; attribute values are escaped, undefined ones left out, content is taken as it is. */
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

/** The figure as a file that opens alone: with its colours, on a page of its own. */
export function standaloneSvg(figure: Figure): string {
  const style = `<style>${paletteStyle(figure.marks)}\nsvg{background:var(--page)}</style>`;
  const titles = `<title>${escapeMarkup(figure.title)}</title><desc>${escapeMarkup(figure.caption)}</desc>`;
  const content = figure.svg.replace(/^<svg[^>]*>/, (tag) => tag + titles + style);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${content}\n`;
}

/** A number without digits that no screen shows. */
export function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}

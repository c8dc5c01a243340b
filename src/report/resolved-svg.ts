import type { Ink } from "./ink.js";
import { escapeMarkup, type Figure } from "./markup.js";
import { paletteInks } from "./palette.js";

/**
 * The figure as an SVG file whose inks are plain colours, so that programs that know no CSS variables draw it, too.
 * Where a viewer asks for a dark scheme, rules replace the light inks by the dark ones.
 */
export function resolvedSvg(figure: Figure): string {
  const inks = paletteInks(figure.marks);
  const used = new Map<string, Ink>();
  const drawn = figure.svg.replace(/var\((--[\w-]+)\)/g, (whole, name: string) => {
    const ink = inks.get(name);
    if (ink === undefined) return whole;
    used.set(ink.light, ink);
    return ink.light;
  });
  const page = inks.get("--page")!;
  used.set(page.light, page);
  const rules = [...used.values()].flatMap(({ light, dark }) =>
    ["fill", "stroke"].map((property) => `[${property}="${light}"]{${property}:${dark}}`),
  );
  const head = [
    `<title>${escapeMarkup(figure.title)}</title>`,
    `<desc>${escapeMarkup(figure.caption)}</desc>`,
    `<style>@media screen and (prefers-color-scheme:dark){${rules.join("")}}</style>`,
    `<rect width="100%" height="100%" fill="${page.light}"/>`,
  ];
  const content = drawn.replace(/^<svg[^>]*>/, (tag) => tag + head.join(""));
  return `<?xml version="1.0" encoding="UTF-8"?>\n${content}\n`;
}

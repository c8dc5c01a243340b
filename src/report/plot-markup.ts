import { parseHTML } from "linkedom";
import { escapeControls } from "../escape-controls.js";
import { escapeMarkup, fontStack } from "./markup.js";

/** A document for Plot to draw into. */
export function plotDocument(): Document {
  return parseHTML("<!doctype html><html><body></body></html>").document;
}

/**
 * Turns a drawing of Plot into an `<svg>` element for the report.
 *
 * @param label for screen readers
 * @param extra markup drawn over it
 */
export function plotMarkup(plot: Element, label: string, extra: string): string {
  // Plot's own style block would apply to the whole page, and the page sets the size.
  return escapeControls(plot.outerHTML, "\n\t")
    .replace(/<style>[\s\S]*?<\/style>/, "")
    .replace(
      "<svg",
      `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escapeMarkup(label)}"`,
    )
    .replace(/ style="[^"]*"/, "")
    .replace(' fill="currentColor"', ' fill="var(--ink)"')
    .replaceAll("currentColor", "var(--muted)")
    .replace(
      /font-size="10" font-family="[^"]*"/,
      `font-size="13" font-family="${escapeMarkup(fontStack)}"`,
    )
    .replace(/<\/svg>\s*$/, `${extra}</svg>`);
}

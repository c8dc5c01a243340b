import { surfaceInks } from "../../src/report/palette.js";

/**
 * Gives the page the colours of the reports, as CSS variables that follow the chosen theme. They lie in a layer, so that
 * the stylesheet's rules for high contrast come before them.
 */
export function applyPalette(): void {
  const variables = Object.entries(surfaceInks).map(
    ([name, { light, dark }]) => `--${name}:light-dark(${light},${dark})`,
  );
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`@layer palette{:root{${variables.join(";")}}}`);
  document.adoptedStyleSheets.push(sheet);
}

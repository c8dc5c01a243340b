import { writeZip } from "../../../src/formats/write-zip.js";

/** Properties that a drawing takes from the page's stylesheets. */
const drawn = [
  "fill",
  "stroke",
  "color",
  "font-family",
  "font-size",
  "stroke-opacity",
  "fill-opacity",
];

/** A drawing as a file of its own, in the colours that it has on the page. */
export function svgText(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const originals = [svg, ...svg.querySelectorAll("*")];
  const copies = [copy, ...copy.querySelectorAll("*")];
  for (const [at, original] of originals.entries()) {
    const style = getComputedStyle(original);
    for (const name of drawn) {
      (copies[at] as SVGElement).style.setProperty(name, style.getPropertyValue(name));
    }
  }
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.style.background = getComputedStyle(document.documentElement).backgroundColor;
  return new XMLSerializer().serializeToString(copy);
}

/** Rows as comma-separated values; texts with commas, quotes or line breaks are quoted. */
export function csvText(rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number) => {
    // A spreadsheet would compute what begins as a formula.
    const text = typeof value === "string" ? value.replace(/^[=+@\t\r-]/, "'$&") : String(value);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(cell).join(",")}\n`).join("");
}

/** A folder's files as a zip, in a folder of its name. */
export async function zipFolder(
  name: string,
  files: readonly string[],
  read: (name: string) => Promise<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>> {
  const contents = await Promise.all(
    files.map(async (file) => [`${name}/${file}`, await read(file)] as const),
  );
  return new Uint8Array(writeZip(new Map(contents), name));
}

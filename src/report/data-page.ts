import type { Dataset, ImageSet } from "../data/dataset.js";
import { type Inspection, isBalanced, type Twin } from "../data/inspection.js";
import type { Mistake } from "../inspect/confident-mistakes.js";
import { capitalized, percent, thousands } from "../numbers.js";
import { className } from "./class-name.js";
import { htmlPage, type PageSection, paragraph, type TableCell, tableBlock } from "./html-page.js";
import { escapeMarkup } from "./markup.js";
import { type Pixels, pixelImage } from "./pixel-image.js";

/** Images of a class on the contact sheet, and pairs or mistakes that are shown. */
const perClass = 12;
const mostShown = 24;

const style = `
header p.note{overflow-wrap:anywhere}
.tiles{display:flex;flex-wrap:wrap;gap:14px}
.tiles figure{margin:0;width:112px;font-size:13px;line-height:1.35}
.tiles svg,.sheet svg{display:block;width:100%;height:auto;border:1px solid var(--rule);border-radius:4px}
.sheet{margin:0 0 14px}
.sheet figcaption{font-size:14px;color:var(--muted);margin-bottom:4px}
`;

/** One page about a data set: counts, a contact sheet, duplicates, and what a network got wrong. */
export function dataPage(
  data: Dataset,
  inspection: Inspection,
  notes: readonly string[],
  mistakes: readonly Mistake[] | undefined,
): string {
  const { shape, classes, imbalance, exact, near, repeated, contradicting } = inspection;
  const [rows, columns, channels] = shape;
  const lead = [
    paragraph(
      `${thousands(data.train.count)} training and ${thousands(data.test.count)} test images of ${rows}×${columns}, ${channels === 1 ? "grey" : "in colour"}, ${classes.length} classes. ${isBalanced(inspection) ? "All classes have about as many training images." : `The largest class has ${imbalance.toFixed(1)} times as many training images as the smallest.`}`,
    ),
    ...notes.map((note) => paragraph(`${capitalized(note)}.`, "note")),
    paragraph(`From ${data.source}; SHA-256 ${data.digest}.`, "note"),
  ];
  const twins: PageSection = {
    id: "duplicates",
    title: "Duplicates",
    content: [
      paragraph(
        `${thousands(exact.length)} test images have the same bytes as a training image, ${thousands(near.length)} nearly the same pixels. ${thousands(repeated)} training images repeat an earlier one, ${thousands(contradicting)} of them with another label.`,
      ),
      tiles([...exact, ...near].slice(0, mostShown).map((twin) => twinTile(data, twin))),
    ].join("\n"),
  };
  return htmlPage({
    title: `Data: ${data.name}`,
    lead: lead.join("\n"),
    sections: [
      { id: "classes", title: "Classes", content: classTable(inspection), style },
      { id: "sheet", title: "First images of each class", content: contactSheet(data) },
      twins,
      ...(mistakes ? [mistakeSection(data, mistakes)] : []),
    ],
  });
}

function classTable({ classes }: Inspection): string {
  const number = (count: number): TableCell => ({ text: thousands(count), align: "right" });
  const head: TableCell[] = [
    { text: "class" },
    { text: "training", align: "right" },
    { text: "test", align: "right" },
  ];
  const rows = classes.map(({ name, train, test }): TableCell[] => [
    { text: name, header: true },
    number(train),
    number(test),
  ]);
  return tableBlock([head, ...rows], 1, "Images of each class");
}

function contactSheet(data: Dataset): string {
  return Array.from({ length: data.classes }, (_, label) => {
    const indices: number[] = [];
    const { labels } = data.train;
    for (let at = 0; at < labels.length && indices.length < perClass; at++) {
      if (labels[at] === label) indices.push(at);
    }
    const name = escapeMarkup(data.classNames?.[label] ?? String(label));
    if (indices.length === 0) return `<p class="empty">${name}: no training images</p>`;
    const strip = stripOf(data, data.train, indices);
    return `<figure class="sheet"><figcaption>${name}</figcaption>${picture(strip, `class ${label}`)}</figure>`;
  }).join("\n");
}

/** Images side by side in one picture, as wide as a full row. */
function stripOf(data: Dataset, set: ImageSet, indices: readonly number[]): Pixels {
  const { rows, columns, channels } = data;
  const width = perClass * (columns + 1) - 1;
  const bytes = new Uint8Array(rows * width * 4);
  indices.forEach((index, place) => {
    const left = place * (columns + 1);
    const pixels = pixelsOf(data, set, index);
    for (let at = 0; at < rows * columns; at++) {
      const to = (Math.floor(at / columns) * width + left + (at % columns)) * 4;
      for (let channel = 0; channel < 3; channel++) {
        bytes[to + channel] = pixels.bytes[at * channels + (channels === 3 ? channel : 0)]!;
      }
      bytes[to + 3] = 255;
    }
  });
  return { rows, columns: width, channels: 4, bytes };
}

function pixelsOf(
  { rows, columns, channels }: Dataset,
  { images }: ImageSet,
  index: number,
): Pixels {
  const size = rows * columns * channels;
  return { rows, columns, channels, bytes: images.subarray(index * size, (index + 1) * size) };
}

function picture(pixels: Pixels, label: string): string {
  const { rows, columns } = pixels;
  const image = pixelImage(pixels, { x: 0, y: 0, width: columns, height: rows }, label);
  return `<svg viewBox="0 0 ${columns} ${rows}" role="img" aria-label="${escapeMarkup(label)}">${image}</svg>`;
}

function tiles(markup: readonly string[]): string {
  return markup.length === 0 ? "" : `<div class="tiles">${markup.join("\n")}</div>`;
}

function tile(content: string, lines: readonly string[]): string {
  return `<figure>${content}<figcaption>${lines.map(escapeMarkup).join("<br>")}</figcaption></figure>`;
}

function twinTile(data: Dataset, { test, train, difference, testLabel, trainLabel }: Twin): string {
  const label = className(testLabel, data.classNames);
  const other = className(trainLabel, data.classNames);
  const how = difference === 0 ? "the same" : `differs by ${difference.toFixed(1)}`;
  return tile(picture(pixelsOf(data, data.test, test), `test image ${test}`), [
    `test ${test}: ${label}`,
    `training ${train}: ${other}`,
    how,
  ]);
}

function mistakeSection(data: Dataset, mistakes: readonly Mistake[]): PageSection {
  const shown = mistakes
    .slice(0, mostShown)
    .map(({ part, index, label, predicted, probability }) =>
      tile(picture(pixelsOf(data, data[part], index), `${part} image ${index}`), [
        `${part} ${index}: ${className(label, data.classNames)}`,
        `taken for ${className(predicted, data.classNames)}`,
        `${percent(probability, 1)} %`,
      ]),
    );
  const text =
    shown.length === 0
      ? "The network gets every image right."
      : "The images that the network is surest about and gets wrong. Look whether their labels are right.";
  return {
    id: "mistakes",
    title: "Most confidently wrong",
    content: `${paragraph(text)}\n${tiles(shown)}`,
  };
}

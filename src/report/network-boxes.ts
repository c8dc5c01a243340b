import type { Shape } from "../graph/graph.js";
import { thousands } from "../numbers.js";
import { element, textElement } from "./markup.js";
import type { Block } from "./network-blocks.js";
import type { BlockSize, PlacedBlock } from "./network-layout.js";

const titleSize = 12.5;
export const stepSize = 11;
const padding = 9;
const stepHeight = 19;
const stepGap = 5;
const widestSteps = 250;
const shapeHeight = 17;
const addSize = 26;
/** Width of bold letters relative to regular ones. */
const boldness = 1.12;
const narrow = /[ .,:;'|()[\]fijlrt·]/;
const wide = /[mwMW→×%—]/;

/** Width of a text, estimated for a wide typeface, since fonts cannot be measured without a browser. */
function textWidth(text: string, size: number): number {
  const ems = Array.from(text, (letter) =>
    narrow.test(letter) ? 0.36 : wide.test(letter) ? 0.88 : 0.62,
  );
  return size * ems.reduce((sum, each) => sum + each, 0);
}

/** Lines of steps, broken where they would make the box too wide. */
function stepLines(block: Block): string[][] {
  const lines: string[][] = [];
  let width = Number.POSITIVE_INFINITY;
  for (const step of block.steps) {
    const own = stepWidth(step) + stepGap;
    if (width + own > widestSteps) {
      lines.push([]);
      width = 0;
    }
    lines.at(-1)!.push(step);
    width += own;
  }
  return lines;
}

function stepWidth(step: string): number {
  return textWidth(step, stepSize) + 12;
}

function lineWidth(line: readonly string[]): number {
  return line.reduce((sum, step) => sum + stepWidth(step) + stepGap, -stepGap);
}

/** Size of a box together with the shape text under it. */
export function blockSize(block: Block): BlockSize {
  if (block.kind === "add") return { width: addSize + 60, height: addSize + shapeHeight };
  const count = block.parameters > 0 ? textWidth(thousands(block.parameters), stepSize) + 10 : 0;
  const lines = stepLines(block);
  const width = Math.max(
    84,
    textWidth(shapeText(block.shape), stepSize),
    textWidth(block.title, titleSize) * boldness + count + 2 * padding,
    ...lines.map((line) => lineWidth(line) + 2 * padding),
  );
  return { width, height: boxHeight(lines.length) + shapeHeight };
}

function boxHeight(stepLineCount: number): number {
  return 2 * padding + titleSize + stepLineCount * (stepHeight + stepGap) + 1;
}

/** A box with its title, its steps and the shape of its output. */
export function blockBox({ block, x, y, width }: PlacedBlock): string {
  if (block.kind === "add") return addCircle(block, x, y);
  const lines = stepLines(block);
  const height = boxHeight(lines.length);
  const left = x - width / 2;
  const parts = [
    element("rect", {
      x: left,
      y,
      width,
      height,
      rx: 7,
      fill: `var(--${block.kind})`,
      stroke: `var(--${block.kind}-edge)`,
      "stroke-width": 1.2,
    }),
    textElement(block.title, {
      x: left + padding,
      y: y + padding + titleSize - 2,
      "font-size": titleSize,
      "font-weight": 650,
    }),
  ];
  if (block.parameters > 0) {
    parts.push(
      textElement(thousands(block.parameters), {
        x: left + width - padding,
        y: y + padding + titleSize - 2,
        "font-size": stepSize,
        "text-anchor": "end",
        fill: "var(--muted)",
      }),
    );
  }
  lines.forEach((line, row) => {
    let at = left + padding;
    const top = y + padding + titleSize + stepGap + row * (stepHeight + stepGap);
    for (const step of line) {
      const own = stepWidth(step);
      parts.push(
        element("rect", {
          x: at,
          y: top,
          width: own,
          height: stepHeight,
          rx: stepHeight / 2,
          fill: "var(--page)",
          "fill-opacity": 0.75,
        }),
        textElement(step, {
          x: at + own / 2,
          y: top + 13.5,
          "font-size": stepSize,
          "text-anchor": "middle",
        }),
      );
      at += own + stepGap;
    }
  });
  parts.push(shapeLabel(block.shape, x, y + height));
  return element("g", { class: "block" }, parts.join(""));
}

function addCircle(block: Block, x: number, y: number): string {
  const middle = y + addSize / 2;
  return element(
    "g",
    { class: "block" },
    element("circle", {
      cx: x,
      cy: middle,
      r: addSize / 2,
      fill: "var(--plain)",
      stroke: "var(--plain-edge)",
      "stroke-width": 1.2,
    }) +
      element("path", {
        d: `M${x - 6},${middle}H${x + 6}M${x},${middle - 6}V${middle + 6}`,
        stroke: "var(--ink)",
        "stroke-width": 1.6,
      }) +
      shapeLabel(block.shape, x, y + addSize),
  );
}

function shapeLabel(shape: Shape, x: number, top: number): string {
  return textElement(shapeText(shape), {
    x,
    y: top + 13,
    "font-size": stepSize,
    "text-anchor": "middle",
    fill: "var(--muted)",
  });
}

function shapeText(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** A thick outline around a box, close enough not to touch its arrow heads and its shape text. */
export function blockMark({ block, x, y, width }: PlacedBlock): string {
  const height = block.kind === "add" ? addSize : boxHeight(stepLines(block).length);
  const distance = 1;
  return element("rect", {
    x: x - width / 2 - distance,
    y: y - distance,
    width: width + 2 * distance,
    height: height + 2 * distance,
    rx: 8,
    fill: "none",
    stroke: "var(--link)",
    "stroke-width": 3,
  });
}

import { countParameters, type Graph, type Shape } from "../graph/graph.js";
import { thousands } from "../numbers.js";
import { element, type Figure, short, svgElement, textElement } from "./markup.js";
import { type Block, networkBlocks } from "./network-blocks.js";
import {
  type BlockSize,
  layoutNetwork,
  type NetworkLayout,
  type PlacedBlock,
  type PlacedEdge,
  type Point,
} from "./network-layout.js";
import { networkRegions, type Region } from "./network-regions.js";

const titleSize = 12.5;
const stepSize = 11;
const padding = 9;
const stepHeight = 19;
const stepGap = 5;
const widestSteps = 250;
const shapeHeight = 17;
const addSize = 26;
/** From the left edge of a column's blocks to the connection that comes from the column before. */
const columnGutter = 42;

/**
 * The network as its graph has it, as the study's Figures 1 and 2: a box a layer with its steps and
 * trained values, the shape `[channels, rows, columns]` under each box.
 */
export function networkFigure(name: string, graph: Graph): Figure {
  const named = networkBlocks(graph);
  const regions = networkRegions(named, graph);
  const blocks = named.map((block) => ({ ...block, title: shortTitle(block, regions) }));
  const layout = layoutNetwork(blocks, blockSize);
  const title = `The network ${name}, ${thousands(countParameters(graph))} parameters`;
  const content = [
    ...regions.map((region) => regionFrame(region, layout)),
    ...layout.edges.map((edge) => edgePath(edge, layout)),
    ...layout.blocks.map(blockBox),
  ];
  return {
    name: `network-${name}`,
    title,
    caption:
      "A box is a layer with the steps that follow it; the number at its right is its trained values; under it stands the shape of what leaves it, [channels, rows, columns] of one image.",
    svg: svgElement({ width: layout.width, height: layout.height }, title, content.join("")),
  };
}

/** A title without the part that stands at its region's frame. */
function shortTitle(block: Block, regions: readonly Region[]): string {
  const region = regions.find(
    (each) => each.blocks.includes(block.id) && block.title.startsWith(`${each.title}.`),
  );
  return region ? block.title.slice(region.title.length + 1) : block.title;
}

/** Width of text, estimated: there are no font metrics where no page is. */
function textWidth(text: string, size: number): number {
  return text.length * size * 0.57;
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

function blockSize(block: Block): BlockSize {
  if (block.kind === "add") return { width: addSize + 60, height: addSize + shapeHeight };
  const count = block.parameters > 0 ? textWidth(thousands(block.parameters), stepSize) + 10 : 0;
  const lines = stepLines(block);
  const width = Math.max(
    84,
    textWidth(shapeText(block.shape), stepSize),
    textWidth(block.title, titleSize) * 1.06 + count + 2 * padding,
    ...lines.map((line) => lineWidth(line) + 2 * padding),
  );
  return { width, height: boxHeight(lines.length) + shapeHeight };
}

function boxHeight(stepLineCount: number): number {
  return 2 * padding + titleSize + stepLineCount * (stepHeight + stepGap) + 1;
}

function blockBox({ block, x, y, width }: PlacedBlock): string {
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

function edgePath(edge: PlacedEdge, layout: NetworkLayout): string {
  const end = edge.points.at(-1)!;
  const path = edge.wraps ? wrapPath(edge, layout) : flowPath(edge.points);
  const line = element("path", {
    d: path,
    fill: "none",
    stroke: "var(--muted)",
    "stroke-width": 1.3,
  });
  const head = element("path", {
    d: `M${short(end.x - 4)},${short(end.y - 8)}L${short(end.x)},${short(end.y - 1)}L${short(end.x + 4)},${short(end.y - 8)}Z`,
    fill: "var(--muted)",
  });
  return line + head;
}

/** Straight where the points stand above each other; else down, across and down, with round corners. */
function flowPath(points: readonly Point[]): string {
  let path = `M${short(points[0]!.x)},${short(points[0]!.y)}`;
  points.slice(1).forEach((point, index) => {
    const before = points[index]!;
    const across = point.x - before.x;
    // The arrow's head covers the last stretch.
    const foot = index === points.length - 2 ? point.y - 6 : point.y;
    if (Math.abs(across) < 0.5) {
      path += `L${short(point.x)},${short(foot)}`;
      return;
    }
    const middle = (before.y + point.y) / 2;
    const radius = Math.min(8, Math.abs(across) / 2, (point.y - before.y) / 2);
    const turn = Math.sign(across) * radius;
    path +=
      `V${short(middle - radius)}Q${short(before.x)},${short(middle)} ${short(before.x + turn)},${short(middle)}` +
      `H${short(point.x - turn)}Q${short(point.x)},${short(middle)} ${short(point.x)},${short(middle + radius)}` +
      `V${short(foot)}`;
  });
  return path;
}

/** From the foot of a column through the gutter to the head of the next. */
function wrapPath(edge: PlacedEdge, layout: NetworkLayout): string {
  const start = edge.points[0]!;
  const end = edge.points.at(-1)!;
  const gutter = columnOf(edge.to, layout).left - columnGutter;
  const r = 8;
  const foot = start.y + 12;
  const head = end.y - 16;
  return (
    `M${short(start.x)},${short(start.y)}V${short(foot - r)}Q${short(start.x)},${short(foot)} ${short(start.x + r)},${short(foot)}` +
    `H${short(gutter - r)}Q${short(gutter)},${short(foot)} ${short(gutter)},${short(foot - r)}` +
    `V${short(head + r)}Q${short(gutter)},${short(head)} ${short(gutter + r)},${short(head)}` +
    `H${short(end.x - r)}Q${short(end.x)},${short(head)} ${short(end.x)},${short(head + r)}V${short(end.y - 6)}`
  );
}

function columnOf(block: number, layout: NetworkLayout) {
  return layout.columns.find((column) => column.blocks.includes(block))!;
}

/** A dashed frame with the name of the part at its left; none where it would enclose other blocks. */
function regionFrame(region: Region, layout: NetworkLayout): string {
  return layout.columns
    .map((column) => {
      const members = layout.blocks.filter(
        ({ block }) => region.blocks.includes(block.id) && column.blocks.includes(block.id),
      );
      if (members.length < 2) return "";
      const left = Math.min(...members.map(({ x, width }) => x - width / 2)) - 10;
      const right = Math.max(...members.map(({ x, width }) => x + width / 2)) + 10;
      const top = Math.min(...members.map(({ y }) => y)) - 10;
      const bottom = Math.max(...members.map(({ y, height }) => y + height)) + 2;
      const strangers = layout.blocks.some(
        ({ block, x, y, width, height }) =>
          !region.blocks.includes(block.id) &&
          x + width / 2 > left &&
          x - width / 2 < right &&
          y + height > top &&
          y < bottom,
      );
      if (strangers) return "";
      const count = members.reduce((sum, { block }) => sum + block.parameters, 0);
      const middle = (top + bottom) / 2;
      return (
        element("rect", {
          x: left,
          y: top,
          width: right - left,
          height: bottom - top,
          rx: 10,
          fill: "none",
          stroke: "var(--plain-edge)",
          "stroke-dasharray": "4 4",
        }) +
        textElement(`${region.title} · ${thousands(count)}`, {
          transform: `translate(${short(left - 7)},${short(middle)}) rotate(-90)`,
          "text-anchor": "middle",
          "font-size": stepSize,
          fill: "var(--muted)",
        })
      );
    })
    .join("");
}

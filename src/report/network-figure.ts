import { listed, thousands } from "../numbers.js";
import { element, type Figure, short, svgElement, textElement } from "./markup.js";
import type { Block } from "./network-blocks.js";
import { blockBox, blockMark, blockSize, stepSize } from "./network-boxes.js";
import {
  type DrawnNetwork,
  type NamedGraph,
  type NetworkDrawingData,
  networkDrawings,
} from "./network-data.js";
import { edgePath } from "./network-edges.js";
import { type BlockSize, layoutNetwork, type NetworkLayout } from "./network-layout.js";
import type { Region } from "./network-regions.js";
import { modelColor } from "./palette.js";

/** Between networks that are side by side. */
const networkGap = 8;
/** Between networks below each other, on phones. */
const stackGap = 40;
/** Height of the names above two networks. */
const nameHeight = 26;

const boxCaption =
  "A box is a layer with the steps that follow it. The number at its right is its count of parameters; the text under it is the shape of its output for one image, [channels, rows, columns].";

/**
 * Drawings of networks, made from their graphs: one box per layer with its steps and number of parameters,
 * and the shape `[channels, rows, columns]` under each box. Two networks that differ only in a few boxes are
 * drawn side by side in one figure, with those boxes marked.
 */
export function networkFigures(models: readonly NamedGraph[]): Figure[] {
  return networkDrawings(models).map(drawNetworks);
}

/** Draws one network, or two side by side. */
export function drawNetworks(data: NetworkDrawingData): Figure {
  return data.networks.length === 1 ? drawOne(data.networks[0]!) : drawSideBySide(data);
}

function drawOne(network: DrawnNetwork): Figure {
  const layout = layoutNetwork(network.blocks, blockSize);
  const title = `The network ${network.name}, ${thousands(network.parameters)} parameters`;
  return {
    name: `network-${network.name}`,
    title,
    caption: boxCaption,
    svg: svgElement(layout, title, networkContent(network, layout, [])),
  };
}

/** Corresponding boxes of both networks are at the same height. */
function drawSideBySide({ networks, differing }: NetworkDrawingData): Figure {
  const sizeOf = ({ id }: Block) => largest(networks.map(({ blocks }) => blockSize(blocks[id]!)));
  const layout = layoutNetwork(networks[0]!.blocks, sizeOf, 1);
  const names = networks.map(({ name }) => name);
  const title = `The networks ${listed(names)}, compared`;
  const drawn = networks.map(
    (network) =>
      textElement(`${network.name} · ${thousands(network.parameters)} parameters`, {
        x: layout.columns[0]!.left,
        y: 16,
        "font-size": 14,
        "font-weight": 650,
        fill: modelColor(network.name),
      }) +
      element(
        "g",
        { transform: `translate(0,${nameHeight})` },
        networkContent(network, layout, differing),
      ),
  );
  const one = { width: layout.width, height: layout.height + nameHeight };
  return {
    name: `network-${names.join("-")}`,
    title,
    caption: `${differenceText({ networks, differing })} ${boxCaption}`,
    svg: inLine(drawn, one, "x", title),
    narrow: { svg: inLine(drawn, one, "y", title), legend: [] },
  };
}

/** One `<svg>` with drawings of one size beside (`x`) or below each other (`y`). */
function inLine(
  drawings: readonly string[],
  { width, height }: BlockSize,
  axis: "x" | "y",
  title: string,
): string {
  const step = axis === "x" ? width + networkGap : height + stackGap;
  const content = drawings.map((drawing, index) => {
    const at = short(index * step);
    const transform = axis === "x" ? `translate(${at},0)` : `translate(0,${at})`;
    return element("g", { transform }, drawing);
  });
  const rest = (drawings.length - 1) * step;
  const size = axis === "x" ? { width: width + rest, height } : { width, height: height + rest };
  return svgElement(size, title, content.join(""));
}

function differenceText({ networks, differing }: NetworkDrawingData): string {
  if (differing.length === 0) return "All boxes are the same.";
  const which = networks.map(({ name, blocks }) => {
    const titles = new Set(differing.map((id) => blocks[id]!.title));
    return `${listed([...titles])} in ${name}`;
  });
  const boxes = differing.length === 1 ? "The box" : `The ${differing.length} boxes`;
  return `${boxes} with a heavy outline ${differing.length === 1 ? "is" : "are"} all that differs: ${which.join(", ")}.`;
}

function largest(sizes: readonly BlockSize[]): BlockSize {
  return {
    width: Math.max(...sizes.map(({ width }) => width)),
    height: Math.max(...sizes.map(({ height }) => height)),
  };
}

/** @param marked ids of the boxes with a thick outline */
function networkContent(
  { blocks, regions }: DrawnNetwork,
  layout: NetworkLayout,
  marked: readonly number[],
): string {
  const placed = layout.blocks.map((each) => ({ ...each, block: blocks[each.block.id]! }));
  return [
    ...regions.map((region) => regionFrame(region, layout)),
    ...layout.edges.map((edge) => edgePath(edge, layout)),
    ...placed.map(blockBox),
    ...placed.filter(({ block }) => marked.includes(block.id)).map(blockMark),
  ].join("");
}

/** A dashed frame with the region's name at its left; none where it would enclose other blocks. */
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

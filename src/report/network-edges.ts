import { element, short } from "./markup.js";
import type { NetworkLayout, PlacedEdge, Point } from "./network-layout.js";

/** Distance between a column's blocks and the connection that comes from the previous column, at their left. */
const columnGutter = 42;

/** A connection with its arrow head. */
export function edgePath(edge: PlacedEdge, layout: NetworkLayout): string {
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

/** A straight line between points above each other; otherwise down, across and down, with round corners. */
function flowPath(points: readonly Point[]): string {
  let path = `M${short(points[0]!.x)},${short(points[0]!.y)}`;
  points.slice(1).forEach((point, index) => {
    const before = points[index]!;
    const across = point.x - before.x;
    // The arrow head covers the last part.
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

/** From the bottom of a column through the gutter to the top of the next column. */
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

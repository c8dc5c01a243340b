import { shortestSize } from "../../../graph/ops/attributes.js";
import { type InterpolateAttributes, interpolateOp } from "../../../graph/ops/interpolate.js";
import type { NodeReader } from "./context.js";
import { unsupported, type View, viewOf } from "./view.js";

/** `Resize` as PyTorch's `interpolate` is written: nearest by the floor, or bilinear. */
export function resize(node: NodeReader): View {
  node.attributes.expect("antialias", 0);
  const x = node.input(0);
  const attributes = { ...modeOf(node), ...extentsOf(node, x.shape[0]!) };
  return viewOf(node.add(interpolateOp, [x], attributes));
}

function modeOf(node: NodeReader): Pick<InterpolateAttributes, "mode" | "alignCorners"> {
  const mode = node.attributes.text("mode", "nearest");
  const positions = node.attributes.text("coordinate_transformation_mode", "half_pixel");
  if (mode === "nearest") {
    const rounding = node.attributes.text("nearest_mode", "round_prefer_floor");
    if (positions === "asymmetric" && rounding === "floor") return { mode };
    throw unsupported(node.at, `nearest with ${positions} and ${rounding}`);
  }
  const aligns = positions === "align_corners";
  const isHalf = positions === "half_pixel" || positions === "pytorch_half_pixel";
  if (mode !== "linear" || !(aligns || isHalf)) {
    throw unsupported(node.at, `mode ${mode} with ${positions}`);
  }
  return { mode: "bilinear", ...(aligns && { alignCorners: true }) };
}

/** What the result's rows and columns are, or by how much they grow. */
function extentsOf(
  node: NodeReader,
  channels: number,
): Pick<InterpolateAttributes, "size" | "scaleFactor"> {
  const isSize = node.has(3);
  const given = Array.from(node.constant(isSize ? 3 : 2).values);
  const [, kept, rows, columns] = given;
  if (given.length !== 4 || kept !== (isSize ? channels : 1)) {
    throw unsupported(node.at, "another size or factor than of rows and columns");
  }
  const pair = shortestSize([rows!, columns!]);
  return isSize ? { size: pair } : { scaleFactor: pair };
}

import type { Tensor } from "../../../graph/builder.js";
import { sizeOf } from "../../../graph/graph.js";
import { batchAttentionOp } from "../../../graph/ops/batch-attention.js";
import { scaledDotProductAttentionOp } from "../../../graph/ops/scaled-dot-product-attention.js";
import type { NodeReader, Product, Value } from "./context.js";
import { addLinear, transposedMatrix } from "./layers.js";
import {
  type Atom,
  extentOf,
  isBatch,
  merged,
  ordered,
  sameDims,
  unsupported,
  type View,
} from "./view.js";

/** A product: of a matrix with a constant one, of two values, or of attention's weights with the values. */
export function matmul(node: NodeReader): Value {
  const [a, b] = [node.value(0), node.value(1)];
  if (b.kind === "constant" && a.kind !== "constant") {
    if (b.shape.length !== 2) throw unsupported(node.at, "a constant that is no matrix");
    const { map, back } = node.channelsFirst(node.asView(a));
    const open = { input: map, weight: transposedMatrix(b), name: node.label };
    const result = addLinear(node, open);
    node.state.open.set(result, open);
    return back(result);
  }
  if (a.kind === "product" && a.softmax) return attention(node, a, node.asView(b));
  return { kind: "product", a: node.asView(a), b: node.asView(b), scale: 1, softmax: false };
}

/** Softmax of the products of queries and keys, times the values. */
function attention(node: NodeReader, { a: q, b: k, scale }: Product, v: View): View {
  const [queries, size] = q.dims.slice(-2) as [readonly Atom[], readonly Atom[]];
  const [keySize, keys] = k.dims.slice(-2) as [readonly Atom[], readonly Atom[]];
  const outer = (view: View) => view.dims.slice(0, -2);
  const fits =
    sameDims([size, queries], [keySize, keys]) &&
    sameDims(q.dims, v.dims) &&
    sameDims(outer(q), outer(k));
  if (!fits)
    throw unsupported(node.at, "attention of queries, keys and values that lie differently");
  const heads = headsIn(node, outer(q), size);
  const places = [...outer(q).flat(), ...queries].filter(
    (atom) => atom.extent > 0 && !heads.includes(atom),
  );
  const positions = places.toSorted((x, y) => y.stride - x.stride);
  const order = [...heads, ...size, ...positions];
  const tensors = [q, k, v].map((view) => mapOf(node, view.base, order, positions));
  const width = extentOf(size);
  const wanted = scale * q.factor * k.factor * Math.sqrt(width);
  const scaled =
    Math.abs(wanted - 1) < 1e-4 ? tensors : [node.scaled(tensors[0]!, wanted), ...tensors.slice(1)];
  const attributes = { heads: heads.reduce((count, { extent }) => count * extent, 1) };
  const op = opFor(node, queries, outer(q), positions);
  const result = node.add(op, scaled, attributes);
  return { ...relabelled(q, order, result), factor: v.factor };
}

/** The axis of the heads: the channels' part that lies before a head's own. */
function headsIn(
  node: NodeReader,
  outer: readonly (readonly Atom[])[],
  size: readonly Atom[],
): Atom[] {
  const own = merged(size);
  if (own.length !== 1) throw unsupported(node.at, "attention over channels that lie apart");
  const next = own[0]!.stride * own[0]!.extent;
  return outer.flat().filter(({ stride, extent }) => extent > 0 && stride === next);
}

function mapOf(
  node: NodeReader,
  base: Tensor,
  order: readonly Atom[],
  positions: readonly Atom[],
): Tensor {
  const count = positions.reduce((all, { extent }) => all * extent, 1);
  const channels = sizeOf(base.shape) / count;
  const isMap = base.shape.length === 3 && base.shape[0] === channels;
  return ordered(node.at, base, order, isMap ? base.shape : [channels, 1, count]);
}

/** Attention over an image's positions, or over the images at each position. */
function opFor(
  node: NodeReader,
  queries: readonly Atom[],
  outer: readonly (readonly Atom[])[],
  positions: readonly Atom[],
) {
  if (isBatch(queries)) return batchAttentionOp;
  const isWhole = extentOf(queries) === positions.reduce((all, { extent }) => all * extent, 1);
  if (isWhole && outer.some(isBatch)) return scaledDotProductAttentionOp;
  throw unsupported(node.at, "attention over a part of the positions");
}

/** The same axes over a tensor whose atoms lie in this order. */
function relabelled(view: View, order: readonly Atom[], base: Tensor): View {
  const own = new Map<Atom, Atom>();
  let stride = 1;
  for (const atom of order.toReversed()) {
    own.set(atom, { stride, extent: atom.extent });
    stride *= atom.extent;
  }
  return { ...view, base, dims: view.dims.map((dim) => dim.map((atom) => own.get(atom) ?? atom)) };
}

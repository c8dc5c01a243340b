import type { KernelContext, Pointer } from "../op.js";
import { type ConvCall, type ConvResult, Ending } from "./call.js";
import type { ConvGeometry } from "./geometry.js";
import { emitPadded, type MapInMemory, type Margins } from "./padded-map.js";

const BYTES = 4;
/** Words of a run in the table of kernels/dense-conv.ts. */
const RUN_WORDS = 2;

/** Values of a packed weight: channels in blocks of 8, the last block of 4 or 8. */
export function packedConvSize(outChannels: number, taps: number): number {
  return Math.ceil(outChannels / 4) * 4 * taps;
}

/** Inputs of one position that lie side by side, and the table that says where. */
interface Runs {
  readonly runs: Pointer;
  readonly runCount: number;
  readonly runLength: number;
}

/** Writes the calls of `y = bias + conv(x)`, group by group. */
export function emitDenseForward<A>(k: KernelContext<A>, call: ConvCall, result: ConvResult): void {
  const { geometry, x, weight, rowStride } = call;
  const { rows, columns, inChannels, outChannels, groups } = geometry;
  const [groupIn, groupOut] = [inChannels / groups, outChannels / groups];
  const taps = rows.kernel * columns.kernel * groupIn;
  const size = packedConvSize(groupOut, taps);
  const packed = k.scratch("packed", groups * size);
  const kernelBytes = rows.kernel * rowStride * BYTES;
  const runs = emitRuns(k, "runs", call);
  for (let group = 0; group < groups; group++) {
    const groupPacked = packed + group * size * BYTES;
    k.prologue("ConvPack", {
      packed: groupPacked,
      weight: weight + group * groupOut * kernelBytes,
      live: 0,
      outChannels: groupOut,
      kernel: rows.kernel,
      rowLength: columns.kernel * groupIn,
      rowStride,
    });
    k.call("DenseConvForward", {
      ...{ x: x.at, packed: groupPacked, bias: result.bias, y: result.y, ...runs },
      ...positions(geometry, x),
      ...{ inChannel: group * groupIn, outChannel: group * groupOut, outChannels: groupOut },
      ...{ pixel: outChannels, ending: result.ending },
    });
  }
}

/** Writes the calls of `gw += …`, group by group. */
export function emitDenseWeightGradient<A>(
  k: KernelContext<A>,
  call: ConvCall,
  gy: MapInMemory,
): void {
  const { geometry, x, rowStride } = call;
  const { rows, inChannels, outChannels, groups } = geometry;
  const [groupIn, groupOut] = [inChannels / groups, outChannels / groups];
  const kernelStep = rows.kernel * rowStride;
  const runs = emitRuns(k, "runs", call);
  for (let group = 0; group < groups; group++) {
    k.call("DenseConvWeightGradient", {
      ...{ x: x.at, gy: gy.at, ...runs },
      gWeight: k.parameterGradient(0) + group * groupOut * kernelStep * BYTES,
      ...positions(geometry, x),
      ...{ inChannel: group * groupIn, outChannel: group * groupOut, outChannels: groupOut },
      ...{ pixel: outChannels, kernelStep },
    });
  }
}

/**
 * Writes the calls of `gx += …`: a convolution of the result's gradient, padded and with zeros between its positions
 * where there is a stride, with the flipped kernels.
 */
export function emitDenseInputGradient<A>(
  k: KernelContext<A>,
  call: ConvCall,
  gy: MapInMemory,
  gx: Pointer,
): void {
  const { geometry, weight, rowStride } = call;
  const { rows, columns, inChannels, outChannels, groups } = geometry;
  const [groupIn, groupOut] = [inChannels / groups, outChannels / groups];
  const size = packedConvSize(groupIn, rows.kernel * columns.kernel * groupOut);
  const packed = k.scratch("flipped", groups * size);
  const kernelBytes = rows.kernel * rowStride * BYTES;
  const margins = gradientMargins(geometry);
  const padded = emitPadded(k, "paddedGradient", gy, margins);
  const flipped = gradientGeometry(geometry);
  const runs = emitRuns(k, "gradientRuns", { ...call, geometry: flipped, x: padded });
  for (let group = 0; group < groups; group++) {
    const groupPacked = packed + group * size * BYTES;
    k.prologue("ConvPackFlipped", {
      packed: groupPacked,
      weight: weight + group * groupOut * kernelBytes,
      inChannels: groupIn,
      outChannels: groupOut,
      kernelRows: rows.kernel,
      kernelColumns: columns.kernel,
      rowStride,
    });
    k.call("DenseConvForward", {
      ...{ x: padded.at, packed: groupPacked, bias: 0, y: gx, ...runs },
      ...positions(flipped, padded),
      ...{ inChannel: group * groupOut, outChannel: group * groupIn, outChannels: groupIn },
      ...{ pixel: inChannels, ending: Ending.add },
    });
  }
}

/** The convolution of the result's gradient that gives the input's: stride 1, and channels exchanged. */
export function gradientGeometry({ rows, columns, ...channels }: ConvGeometry): ConvGeometry {
  const { inChannels, outChannels, groups } = channels;
  const back = (axis: ConvGeometry["rows"]) => ({ ...axis, output: axis.input, stride: 1 });
  return {
    rows: back(rows),
    columns: back(columns),
    inChannels: outChannels,
    outChannels: inChannels,
    groups,
  };
}

/** Where the result's gradient lies in the map that is convolved for the gradient with respect to the input. */
export function gradientMargins({ rows, columns }: ConvGeometry): Margins {
  const length = ({ input, kernel, dilation }: ConvGeometry["rows"]) =>
    input + (kernel - 1) * dilation;
  const first = ({ kernel, dilation, before }: ConvGeometry["rows"]) =>
    (kernel - 1) * dilation - before;
  return {
    rows: length(rows),
    columns: length(columns),
    top: first(rows),
    left: first(columns),
    rowStride: rows.stride,
    columnStride: columns.stride,
  };
}

/** Lets each thread write the table of runs once per step. */
export function emitRuns<A>(k: KernelContext<A>, name: string, call: ConvCall): Runs {
  const { geometry, x, rowStride } = call;
  const { rows, columns, inChannels, groups } = geometry;
  const groupIn = inChannels / groups;
  const isContiguous = groups === 1 && (columns.dilation === 1 || columns.kernel === 1);
  const perRow = isContiguous ? 1 : columns.kernel;
  const runCount = rows.kernel * perRow;
  const runs = k.scratch(name, RUN_WORDS * runCount);
  const pixelBytes = x.channels * BYTES;
  k.prologue("ConvRuns", {
    runs,
    rows: rows.kernel,
    columns: perRow,
    rowStep: rows.dilation * x.columns * pixelBytes,
    columnStep: columns.dilation * pixelBytes,
    weightRowStep: rowStride * BYTES,
    weightColumnStep: groupIn * BYTES,
  });
  return { runs, runCount, runLength: isContiguous ? columns.kernel * groupIn : groupIn };
}

/** The positions of the result, and the bytes of the padded map from one to the next. */
export function positions({ rows, columns }: ConvGeometry, x: MapInMemory) {
  const pixelBytes = x.channels * BYTES;
  const words = {
    rowStep: rows.stride * x.columns * pixelBytes,
    columnStep: columns.stride * pixelBytes,
    rows: rows.output,
    columns: columns.output,
  };
  // Rows without a gap between them are one: fewer positions are left over at a row's end.
  const isOneRow = words.rowStep === columns.output * words.columnStep;
  return isOneRow ? { ...words, rows: 1, columns: rows.output * columns.output } : words;
}

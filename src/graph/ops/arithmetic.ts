import { InputError } from "../../errors.js";
import { addNode, checkTensor, type Tensor } from "../builder.js";
import { type Shape, sizeOf } from "../graph.js";
import { type AttributeRules, boolean, finiteNumber, later } from "./attributes.js";
import { broadcastReads, broadcastShape, operandIndices, spreadOf } from "./broadcast.js";
import type { ImageOp, KernelContext, Pointer, ReferenceCall } from "./op.js";
import { plainFacts } from "./plain-facts.js";

export interface ArithmeticAttributes {
  /** An operand that is a number. Missing: both operands are inputs. */
  readonly number?: number;
  /** Whether the number is the first operand. Missing: false. */
  readonly numberFirst?: boolean;
}

/** Numbers of the operators in `kernels/arithmetic.ts`. */
const operators = { add: 0, sub: 1, mul: 2, div: 3 } as const;

/** What makes an op of two operands, value by value. */
interface Arithmetic {
  readonly name: keyof typeof operators;
  /** For drawings. */
  readonly sign: string;
  /** Whether the order of the operands makes no difference. */
  readonly commutes: boolean;
  value(a: number, b: number): number;
  /** Derivatives with respect to a and b. */
  slopes(a: number, b: number): readonly [number, number];
}

/** The op of an operator, with broadcasting (`broadcastShape`) and numbers as operands. */
export function arithmeticOp(arithmetic: Arithmetic): ImageOp<ArithmeticAttributes> {
  const { name, sign, commutes, value, slopes } = arithmetic;
  const operator = operators[name];
  const rules: Pick<AttributeRules<ArithmeticAttributes>, "number"> = {
    number: later(finiteNumber),
  };
  return {
    ...plainFacts(name),
    // A number is always the second operand where the order makes no difference.
    attributes: (commutes
      ? rules
      : { ...rules, numberFirst: later(boolean) }) as AttributeRules<ArithmeticAttributes>,
    inputCount: { least: 1, most: 2 },
    readsChannels: broadcastReads,
    keepsChannelsApart: false,
    drawing: {
      family: "add",
      title: sign,
      caption: (_inputs, { number, numberFirst }) =>
        number === undefined
          ? undefined
          : numberFirst
            ? `${number} ${sign} x`
            : `x ${sign} ${number}`,
      continuesLayer: false,
    },

    shape([a, b], attributes) {
      checkOperands(name, b, attributes);
      return b === undefined ? a! : broadcastShape(name, a!, b);
    },

    forward(call) {
      const [a, b] = operandsOf(call);
      return a.map((each, at) => value(each, b[at]!));
    },

    // dL/da = Σ g · dy/da, over the values of the result that an operand's value is spread over; b alike
    backward(call) {
      const operands = operandsOf(call);
      return {
        inputs: call.inputs.map(({ shape, values }, input) => {
          const which = call.attributes.numberFirst ? 1 : input;
          const d = new Float64Array(values.length);
          operandIndices(shape, call.shape).forEach((index, at) => {
            const slope = slopes(operands[0][at]!, operands[1][at]!)[which]!;
            d[index]! += call.gradient[at]! * slope;
          });
          return d;
        }),
      };
    },

    emitForward(k) {
      if (name === "add" && areEqualShapes(k)) {
        k.call("AddForward", {
          a: k.input(0),
          b: k.input(1),
          y: k.output(),
          count: sizeOf(k.shape),
          relu: 0,
        });
        return;
      }
      emitNumber(k);
      k.call("ArithmeticForward", { ...operandPointers(k), y: k.output(), operator, ...sizes(k) });
    },

    emitBackward(k) {
      for (const [input, shape] of k.inputShapes.entries()) {
        const gx = k.inputGradient(input);
        if (gx === 0) continue;
        const gy = k.outputGradient();
        if (name === "add" && shape.join() === k.shape.join()) {
          k.call("Accumulate", { a: gx, b: gy, count: sizeOf(k.shape) });
          continue;
        }
        const operand = k.attributes.numberFirst ? 1 : input;
        const words = { ...operandPointers(k), gy, gx, operator, ...sizes(k), operand };
        k.call("ArithmeticBackward", words);
      }
    },
  };
}

function checkOperands(
  op: string,
  second: Shape | undefined,
  { number, numberFirst }: ArithmeticAttributes,
) {
  const expected = "two inputs, or one and a number";
  if (second === undefined && number === undefined) throw new InputError(op, expected, "one");
  if (second === undefined) return;
  if (number !== undefined) throw new InputError(op, expected, "two and a number");
  if (numberFirst !== undefined) {
    throw new InputError(op, "numberFirst only with a number", String(numberFirst));
  }
}

type Call = ReferenceCall<ArithmeticAttributes>;

/** Both operands, spread over the result. */
function operandsOf({ inputs, attributes, shape }: Call): [Float64Array, Float64Array] {
  const [first, second] = inputs.map((input) =>
    Float64Array.from(operandIndices(input.shape, shape), (index) => input.values[index]!),
  );
  const other = second ?? new Float64Array(sizeOf(shape)).fill(attributes.number!);
  return attributes.numberFirst ? [other, first!] : [first!, other];
}

type Kernels = KernelContext<ArithmeticAttributes>;

function areEqualShapes({ inputShapes: [a, b] }: Kernels): boolean {
  return a!.join() === b?.join();
}

/** Memory for an operand that is a number. */
function numberMemory(k: Kernels): Pointer {
  return k.scratch("number", 1);
}

function emitNumber(k: Kernels): void {
  const { number } = k.attributes;
  if (number !== undefined) k.prologue("Constant", { to: numberMemory(k), value: number });
}

function operandPointers(k: Kernels) {
  const { number, numberFirst } = k.attributes;
  if (number === undefined) return { a: k.input(0), b: k.input(1) };
  const [x, constant] = [k.input(0), numberMemory(k)];
  return numberFirst ? { a: constant, b: x } : { a: x, b: constant };
}

/** How operands lie over the result: bit 0 over its channels, bit 1 over its positions. */
const Kind = { number: 0, full: 3 } as const;

function sizes(k: Kernels) {
  const { number, numberFirst } = k.attributes;
  const count = sizeOf(k.shape);
  // Equal shapes, and numbers: in one line.
  if (number !== undefined) {
    const [aKind, bKind] = numberFirst ? [Kind.number, Kind.full] : [Kind.full, Kind.number];
    return { positions: 1, channels: count, aKind, bKind };
  }
  if (areEqualShapes(k))
    return { positions: 1, channels: count, aKind: Kind.full, bKind: Kind.full };
  const [aKind, bKind] = k.inputShapes.map((shape) => {
    const { overChannels, overPositions } = spreadOf(shape, k.shape);
    return Number(overChannels) + 2 * Number(overPositions);
  }) as [number, number];
  const [channels = 1, ...positions] = k.shape;
  return { positions: sizeOf(positions), channels, aKind, bKind };
}

/** An operand: a tensor, or a number. */
export type Operand = Tensor | number;

/** Adds a node for two operands, one of which may be a number. */
export function arithmeticNode(
  op: ImageOp<ArithmeticAttributes>,
  commutes: boolean,
  a: Operand,
  b: Operand,
): Tensor {
  const label = op.name;
  if (typeof a === "number") {
    checkTensor(label, b);
    const attributes = commutes ? { number: a } : { number: a, numberFirst: true };
    return addNode(op, { inputs: [b], attributes, label });
  }
  if (typeof b === "number") return addNode(op, { inputs: [a], attributes: { number: b }, label });
  return addNode(op, { inputs: [a, b], attributes: {}, label });
}

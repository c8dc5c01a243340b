import { InputError } from "../../../errors.js";
import { excerpt } from "../../../excerpt.js";
import type { GraphBuilder, Tensor } from "../../../graph/builder.js";
import { type Parameter, type Shape, sizeOf } from "../../../graph/graph.js";
import { matmulOp } from "../../../graph/ops/matmul.js";
import { mulOp } from "../../../graph/ops/mul.js";
import type { OpDefinition } from "../../../graph/ops/op.js";
import { parameterOp } from "../../../graph/ops/parameter.js";
import type { Tensor32 } from "../../../graph/tensors.js";
import type { NodeProto } from "../onnx_pb.js";
import { Attributes, type Constant } from "./read-file.js";
import {
  type Atom,
  BATCH,
  extentOf,
  isBatch,
  ordered,
  unsupported,
  type View,
  viewOf,
} from "./view.js";

/** The image before any op: what it is multiplied by, and what is added then. */
export interface ImageValue {
  readonly kind: "image";
  readonly scale: number;
  readonly shift: number;
  /** Whether it is divided by 255 somewhere. */
  readonly by255: boolean;
}

/** A product that attention may begin with. */
export interface Product {
  readonly kind: "product";
  readonly a: View;
  readonly b: View;
  readonly scale: number;
  /** Whether a softmax over the last axis follows. */
  readonly softmax: boolean;
}

/** erf(factor · base), to which 1 may have been added. */
export interface ErrorFunction {
  readonly kind: "erf";
  readonly of: View;
  readonly plusOne: boolean;
}

/** A constant that is the same for each image. */
export interface Spread {
  readonly kind: "spread";
  readonly constant: Constant;
}

export type Value = Constant | View | ImageValue | Product | ErrorFunction | Spread;

/** A linear layer without bias, to which one may be added by the next node. */
export interface OpenLinear {
  readonly input: Tensor;
  readonly weight: Constant;
  readonly name: string;
}

/** What is known while a graph is read. */
export class ImportState {
  readonly weights = new Map<string, Tensor32>();
  readonly open = new Map<Tensor, OpenLinear>();
  /** Maps with the two coordinates appended, and the maps without. */
  readonly withCoordinates = new Map<Tensor, Tensor>();
  /** Inputs of softmaxes over classes: the logits of probabilities. */
  readonly logits = new Map<Tensor, Tensor>();
  /** Products that are values of the graph. */
  readonly products = new Map<Product, View>();
  #taken = new Map<string, string>();

  constructor(
    readonly builder: GraphBuilder,
    /** Channels, rows and columns of the image. */
    readonly image: Shape,
  ) {}

  /** A parameter with these values; the same constant in the same form is the same parameter. */
  parameter(at: string, { name, values }: Constant, shape: Shape, buffer = false): Parameter {
    const plain = name.replace(/[^\x20-\x7e]/g, "_").slice(0, 150) || "constant";
    const form = `${name}|${shape.join()}`;
    let own = plain;
    for (let number = 2; (this.#taken.get(own) ?? form) !== form; number++)
      own = `${plain}_${number}`;
    this.#taken.set(own, form);
    const floats = Float32Array.from(values);
    if (!floats.every(Number.isFinite))
      throw new InputError(at, "weights that are finite", `others in ${excerpt(name)}`);
    this.weights.set(own, { shape, values: floats });
    const initialization = { kind: "values", values: Array.from(floats, shortest) } as const;
    return { name: own, shape, initialization, ...(buffer && { buffer: true as const }) };
  }
}

/** The shortest number that is the same in float32. */
function shortest(value: number): number {
  const short = Number(value.toPrecision(7));
  return Math.fround(short) === value ? short : Number(value.toPrecision(9));
}

/** One node while it is read. */
export class NodeReader {
  readonly at: string;
  readonly attributes: Attributes;

  constructor(
    where: string,
    readonly state: ImportState,
    readonly node: NodeProto,
    readonly values: ReadonlyMap<string, Value>,
  ) {
    this.at = `${where}: ${excerptName(node)}`;
    this.attributes = new Attributes(this.at, node);
  }

  get label(): string {
    const name = this.node.name || this.node.output[0] || this.node.opType;
    return name.replace(/[^\x20-\x7e]/g, "_").slice(0, 190) || this.node.opType;
  }

  has(index: number): boolean {
    return (this.node.input[index] ?? "") !== "";
  }

  value(index: number): Value {
    const name = this.node.input[index] ?? "";
    const value = this.values.get(name);
    if (value === undefined) throw new InputError(this.at, `input ${index}`, excerpt(name));
    return value;
  }

  constant(index: number): Constant {
    const value = this.value(index);
    if (value.kind === "constant") return value;
    throw unsupported(this.at, `input ${index} that is computed, not constant`);
  }

  /** Whole numbers, from an input or, in older versions of ONNX, from an attribute. */
  integers(index: number, attribute: string): number[] | undefined {
    if (this.has(index)) return Array.from(this.constant(index).values);
    return this.attributes.list(attribute);
  }

  view(index: number): View {
    return this.asView(this.value(index));
  }

  asView(value: Value): View {
    if (value.kind === "view") return value;
    if (value.kind === "spread") return this.spreadView(value.constant);
    if (value.kind === "product" && !value.softmax) return this.productView(value);
    throw unsupported(
      this.at,
      `a value that is ${value.kind === "image" ? "the image before it is read" : value.kind}`,
    );
  }

  /** A constant as a value of the graph, trained as a parameter. */
  spreadView(constant: Constant, rank = constant.shape.length): View {
    const shape = [...new Array<number>(rank - constant.shape.length).fill(1), ...constant.shape];
    if (shape[0] !== 1) throw unsupported(this.at, "a constant that differs from image to image");
    const own = shape.slice(1);
    const parameter = this.state.parameter(this.at, constant, own);
    const base = this.state.builder.add(parameterOp, {
      ...{ inputs: [], attributes: { shape: own }, parameters: [parameter] },
      ...{ label: parameter.name, share: true },
    });
    return viewOf(base);
  }

  /** A product that is no attention, as a node of ours: one, however many nodes read it. */
  productView(product: Product): View {
    const known = this.state.products.get(product);
    if (known !== undefined) return known;
    const made = this.#multiplied(product);
    this.state.products.set(product, made);
    return made;
  }

  #multiplied({ a, b, scale }: Product): View {
    const [x, y] = [this.tensor(a), this.tensor(b)];
    const stacked = (tensor: Tensor) => tensor.shape.length <= 3;
    if (!stacked(x) || !stacked(y))
      throw unsupported(this.at, "a product of tensors with so many axes");
    const product = this.state.builder.add(matmulOp, {
      inputs: [x, y],
      attributes: {},
      label: this.label,
    });
    const view = viewOf(product);
    return { ...view, factor: scale * view.factor };
  }

  /** The value as a tensor with ONNX's axes, without the batch's. */
  tensor(view: View): Tensor {
    const [first, ...dims] = view.dims;
    if (first === undefined || !isBatch(first) || dims.some(isBatch)) {
      throw unsupported(this.at, "a value whose first axis is not the batch's");
    }
    const shape = dims.map(extentOf);
    const x = ordered(this.at, view.base, dims.flat(), shape);
    return this.scaled(x, view.factor);
  }

  input(index: number): Tensor {
    return this.tensor(this.view(index));
  }

  scaled(x: Tensor, factor: number): Tensor {
    if (factor === 1) return x;
    return this.state.builder.add(mulOp, {
      inputs: [x],
      attributes: { number: factor },
      label: "mul",
    });
  }

  /** Adds a node of ours. */
  add<A extends object>(
    definition: OpDefinition<A>,
    inputs: readonly Tensor[],
    attributes: A,
    parameters: readonly Parameter[] = [],
  ): Tensor {
    try {
      return this.state.builder.add(definition, {
        ...{ inputs, attributes, parameters, label: this.label, share: true },
      });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw new InputError(`${this.at}, ${error.where}`, error.expected, error.got);
    }
  }

  parameter(index: number, shape?: Shape, buffer = false): Parameter {
    const constant = this.constant(index);
    const own = shape ?? constant.shape;
    if (sizeOf(own) !== constant.values.length) {
      throw new InputError(
        this.at,
        `weights of shape [${own.join(", ")}]`,
        `[${constant.shape.join(", ")}]`,
      );
    }
    return this.state.parameter(this.at, constant, own, buffer);
  }

  /** Tokens whose last axis is all channels, as a map [channels, 1, positions], and the way back for results. */
  channelsFirst(view: View): { readonly map: Tensor; back(result: Tensor): View } {
    const last = view.dims.at(-1)!;
    const others = view.dims.slice(1, -1);
    if (!isBatch(view.dims[0]!) || isBatch(last))
      throw unsupported(this.at, "channels across images");
    const channels = extentOf(last);
    const positions = others.map(extentOf);
    const count = sizeOf(positions);
    const shape = others.length === 0 ? [channels] : [channels, 1, count];
    const map = this.scaled(
      ordered(this.at, view.base, [...last, ...others.flat()], shape),
      view.factor,
    );
    return {
      map,
      back(base) {
        const [out] = base.shape as [number];
        const spread = positions.map((extent, axis): Atom[] =>
          extent === 1 ? [] : [{ stride: sizeOf(positions.slice(axis + 1)), extent }],
        );
        const own = out === 1 ? [] : [{ stride: count, extent: out }];
        return { kind: "view", base, dims: [[BATCH], ...spread, own], factor: 1 };
      },
    };
  }
}

function excerptName({ name, opType, output }: NodeProto): string {
  const text = name || output[0] || opType;
  return /^[\w./[\]:-]{1,80}$/.test(text) ? text : excerpt(text);
}

import { addNode, type Tensor } from "../builder.js";
import { activationOp } from "./activation.js";
import { oneOf } from "./attributes.js";
import { erf } from "./erf.js";

export interface GeluAttributes {
  /** `none`: with the error function; `tanh`: with an approximation of it. */
  readonly approximate: "none" | "tanh";
}

const inner = Math.sqrt(2 / Math.PI);
const cubic = 0.044715;

/** tanh(√(2/π) · (x + 0.044715 · x³)) */
function approximation(x: number): number {
  return Math.tanh(inner * (x + cubic * x ** 3));
}

/** Φ(x), the distribution function of the standard normal distribution. */
function distribution(x: number): number {
  return (1 + erf(x / Math.SQRT2)) / 2;
}

/** All that is known of {@link gelu}. */
export const geluOp = activationOp<GeluAttributes>({
  name: "gelu",
  caption: "GELU",
  attributes: { approximate: oneOf("none", "tanh") },
  value: (x, { approximate }) =>
    approximate === "tanh" ? (x * (1 + approximation(x))) / 2 : x * distribution(x),
  // dy/dx = Φ(x) + x · e^(−x²/2) / √(2π), or with t = tanh(…)
  // (1 + t) / 2 + x · (1 − t²) / 2 · √(2/π) · (1 + 3 · 0.044715 · x²)
  slope(x, { approximate }) {
    if (approximate === "none") {
      return distribution(x) + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
    }
    const t = approximation(x);
    return (1 + t) / 2 + ((x * (1 - t * t)) / 2) * inner * (1 + 3 * cubic * x * x);
  },
  onnx: (onnx) => onnx.add("Gelu", [onnx.input(0)], { approximate: onnx.attributes.approximate }),

  emitForward(k, count) {
    const name = k.attributes.approximate === "tanh" ? "GeluTanhForward" : "GeluForward";
    k.call(name, { x: k.input(0), y: k.output(), count });
  },
  emitBackward(k, count) {
    const name = k.attributes.approximate === "tanh" ? "GeluTanhBackward" : "GeluBackward";
    const [gy, gx] = [k.outputGradient(), k.inputGradient(0)];
    k.call(name, { x: k.input(0), gy, gx, count });
  },
});

/**
 * `y = x · Φ(x)` with `Φ(x) = (1 + erf(x / √2)) / 2`, or `y = x · (1 + tanh(√(2/π) · (x + 0.044715 · x³))) / 2`; value by
 * value, any shape. As `torch.nn.functional.gelu`. The kernels' erf has an error of at most 1.5e-7.
 * Paper: Hendrycks, Gimpel, "Gaussian error linear units", 2016.
 *
 * @param options.approximate `"tanh"` for the approximation by tanh; default `"none"`
 * @example
 * const y = gelu(x, { approximate: "tanh" }); // [8, 14, 14]
 */
export function gelu(x: Tensor, options: { readonly approximate?: "none" | "tanh" } = {}): Tensor {
  const attributes = { approximate: "none", ...options } as const;
  return addNode(geluOp, { inputs: [x], attributes, label: "gelu" });
}

/** Stochastic gradient descent; definitions and defaults of `torch.optim.SGD`. */
export interface SgdOptions {
  readonly kind: "sgd";
  /** Part of the last step's direction that is kept, 0 or more. Default 0. */
  readonly momentum?: number;
  /** What the gradient loses before it is added to the momentum. Default 0; allowed only with momentum. */
  readonly dampening?: number;
  /** Whether the gradient is taken where the momentum leads. Default false; needs momentum, and no dampening. */
  readonly nesterov?: boolean;
  /** Added to each gradient, in units of the parameter. Default 0. */
  readonly weightDecay?: number;
}

/** Adam, with its weight decay added to the gradient; definitions and defaults of `torch.optim.Adam`. */
export interface AdamOptions {
  readonly kind: "adam";
  /** Parts of the means of the gradient and of its square that are kept, 0 ≤ β < 1. Default 0.9 and 0.999. */
  readonly betas?: readonly [number, number];
  /** Added to the root of the mean square. Default 1e-8. */
  readonly eps?: number;
  /** Default 0. */
  readonly weightDecay?: number;
}

/** Adam with decoupled weight decay, `p ← p − rate · weightDecay · p`; as `torch.optim.AdamW`. */
export interface AdamWOptions {
  readonly kind: "adamw";
  /** As of `adam`. */
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  /** Default 0.01. */
  readonly weightDecay?: number;
}

/** RMSprop; definitions and defaults of `torch.optim.RMSprop`. */
export interface RmsPropOptions {
  readonly kind: "rmsprop";
  /** Part of the mean square that is kept, 0 ≤ α < 1. Default 0.99. */
  readonly alpha?: number;
  /** Added to the root of the mean square. Default 1e-8. */
  readonly eps?: number;
  /** Default 0. */
  readonly momentum?: number;
  /** Whether the gradient is divided by its deviation instead of its mean square. Default false. */
  readonly centered?: boolean;
  /** Default 0. */
  readonly weightDecay?: number;
}

/** An optimizer with its options: PyTorch's definitions and defaults. */
export type OptimizerOptions = SgdOptions | AdamOptions | AdamWOptions | RmsPropOptions;

export type OptimizerKind = OptimizerOptions["kind"];

/** How some parameters are trained. A parameter belongs to the first group that its name matches. */
export interface GroupOptions {
  /** Pattern of names, in which `*` stands for any characters: `loc.*`, `*.bias`. */
  readonly match: string;
  /** Factor of the learning rate, above 0. Default 1. */
  readonly rate?: number;
  /** In place of the optimizer's. */
  readonly weightDecay?: number;
  /** Whether they keep their initial values. Default false. */
  readonly frozen?: boolean;
}

/**
 * Limits of the gradients: of the norm of all of them together, as `torch.nn.utils.clip_grad_norm_`, or of the size of
 * each value, as `clip_grad_value_`.
 */
export type ClipOptions = { readonly norm: number } | { readonly value: number };

/** The moving average of the weights, `average ← decay · average + (1 − decay) · weight` after each step. */
export interface EmaOptions {
  /** 0 ≤ decay < 1. Default 0.999. The first step's weights are copied, as `torch.optim.swa_utils` does. */
  readonly decay?: number;
}

/** How a step changes the parameters. */
export interface UpdateOptions {
  /** Default `{ kind: "sgd" }`. */
  readonly optimizer?: OptimizerOptions;
  readonly groups?: readonly GroupOptions[];
  readonly clip?: ClipOptions;
  readonly ema?: EmaOptions;
}

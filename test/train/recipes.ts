import type { RecipeOptions } from "../../src/train/recipe.js";

/** Recipes that together use every optimizer, schedule and loss. */
export const recipes: Readonly<Record<string, RecipeOptions>> = {
  "plain descent, stepwise": { schedule: { kind: "step", stepSize: 1, gamma: 0.5 } },
  "momentum, groups, one cycle": {
    optimizer: { kind: "sgd", momentum: 0.9, weightDecay: 0.01 },
    groups: [{ match: "*.bias", rate: 2, weightDecay: 0 }],
    schedule: { kind: "oneCycle" },
  },
  "Nesterov, clipped by norm, averaged, plateau": {
    optimizer: { kind: "sgd", momentum: 0.8, nesterov: true },
    clip: { norm: 0.5 },
    ema: { decay: 0.9 },
    schedule: { kind: "plateau", factor: 0.5, patience: 0, threshold: 0.2 },
  },
  "Adam, label smoothing, cosine after a warm-up": {
    optimizer: { kind: "adam" },
    schedule: { kind: "cosine", warmup: { epochs: 0.7 } },
    loss: { kind: "crossEntropy", labelSmoothing: 0.1 },
  },
  "AdamW, averaged, frozen, class weights": {
    optimizer: { kind: "adamw", betas: [0.8, 0.99] },
    groups: [{ match: "head.bias", frozen: true }],
    ema: {},
    loss: { kind: "crossEntropy", classWeights: [1, 2, 1, 1, 0.5, 1, 1, 1, 1, 3] },
  },
  "RMSprop, clipped by value, multi-step": {
    optimizer: { kind: "rmsprop", alpha: 0.9 },
    clip: { value: 0.01 },
    schedule: { kind: "multiStep", milestones: [1, 3] },
  },
  "centered RMSprop with momentum, mean squared error": {
    optimizer: { kind: "rmsprop", centered: true, momentum: 0.5, eps: 1e-4 },
    loss: { kind: "mse" },
    clip: { norm: 1 },
  },
  "momentum, averaged, cosine, every augmentation": {
    optimizer: { kind: "sgd", momentum: 0.9 },
    schedule: { kind: "cosine" },
    ema: { decay: 0.9 },
    augment: {
      rotate: 12,
      scale: [0.9, 1.1],
      shift: 2,
      shear: 5,
      projective: 1.5,
      elastic: { alpha: 20, sigma: 4 },
      invert: 0.25,
      noise: 0.05,
      erase: { probability: 0.5 },
      cutout: 6,
    },
  },
};

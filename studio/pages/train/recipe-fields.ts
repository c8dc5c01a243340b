import type { RecipeText } from "./experiment.js";

/** A setting that is a number. */
export interface NumberField {
  readonly name: "epochs" | "learningRate" | "batchSize" | "seed" | "validation" | "patience";
  readonly label: string;
  readonly min: number;
  readonly step: number | "any";
  /** What it does, on hover. */
  readonly title: string;
}

/** A setting that is a text, in the words of `fovea train`. */
export interface TextField {
  readonly name: keyof RecipeText;
  readonly label: string;
  /** What an empty text stands for. */
  readonly usual: string;
  readonly title: string;
  /** Texts to choose from or to change. */
  readonly choices: readonly string[];
}

export const numberFields: readonly NumberField[] = [
  {
    name: "epochs",
    label: "epochs",
    min: 1,
    step: 1,
    title: "How many times all training images are gone through",
  },
  {
    name: "learningRate",
    label: "learning rate",
    min: 0,
    step: "any",
    title: "How far each step changes the weights: too small is slow, too large never settles",
  },
  {
    name: "batchSize",
    label: "batch size",
    min: 1,
    step: 1,
    title: "Images that are looked at together for one step",
  },
  {
    name: "seed",
    label: "seed",
    min: 0,
    step: 1,
    title:
      "Decides all that is random: first weights, order of the images. Equal seeds give equal trainings",
  },
];

export const textFields: readonly TextField[] = [
  {
    name: "optimizer",
    label: "optimizer",
    usual: "sgd",
    title: "The rule by which each step changes the weights",
    choices: ["sgd", "sgd, momentum=0.9", "adam", "adamw, weightDecay=0.05", "rmsprop"],
  },
  {
    name: "schedule",
    label: "schedule",
    usual: "constant",
    title: "How the learning rate changes over the epochs",
    choices: ["constant", "cosine", "one-cycle", "step, stepSize=5, gamma=0.3", "plateau"],
  },
  {
    name: "augment",
    label: "augment",
    usual: "none",
    title: "Random changes of the training images, other ones in each epoch",
    choices: ["rotate=12, scale=0.9..1.1, shift=2", "elastic=34/4", "noise=0.1"],
  },
];

/** Settings that few trainings need. */
export const moreNumbers: readonly NumberField[] = [
  {
    name: "validation",
    label: "hold out",
    min: 0,
    step: "any",
    title:
      "Training images that are not trained on, but used to choose the best epoch: a number, or a share below 1; 0: the test images are used",
  },
  {
    name: "patience",
    label: "patience",
    min: 0,
    step: 1,
    title: "End after so many epochs without a higher accuracy; 0: never",
  },
];

export const moreTexts: readonly TextField[] = [
  {
    name: "warmup",
    label: "warm-up",
    usual: "none",
    title: "The learning rate rises to its full size over so many epochs",
    choices: ["1", "2, startFactor=0.1"],
  },
  {
    name: "clipNorm",
    label: "clip norm",
    usual: "none",
    title: "A gradient that is longer than this is shortened to it",
    choices: ["1", "5"],
  },
  {
    name: "ema",
    label: "average (ema)",
    usual: "none",
    title: "Weights averaged over the last steps are judged and kept; nearer to 1: over more steps",
    choices: ["0.99", "0.999"],
  },
  {
    name: "loss",
    label: "loss",
    usual: "cross-entropy",
    title: "What is made small: how wrong the answers are",
    choices: ["cross-entropy, labelSmoothing=0.1", "mse"],
  },
  {
    name: "group",
    label: "groups",
    usual: "none",
    title: "Parameters that are trained otherwise, by their names",
    choices: ["loc.*: rate=0.1; fc.*: frozen"],
  },
];

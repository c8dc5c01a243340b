import type { Look } from "../look/look.svelte.js";
import { type Changes, unchanged } from "../look/picture.js";

/** What stands beside the words. */
export type Part =
  /** The picture with sliders. */
  | { readonly kind: "picture"; readonly sliders: readonly (keyof Changes)[] }
  /** What is special about the tour's network. */
  | { readonly kind: "special" }
  /** What networks read, by their names. */
  | { readonly kind: "reads"; readonly networks: readonly string[] }
  | { readonly kind: "digits" }
  | { readonly kind: "guess" };

export interface MechanismStep {
  readonly title: string;
  readonly text: readonly string[];
  readonly parts: readonly Part[];
  /** The digit and changes that the step begins with; without it, those of the step before stay. */
  readonly begin?: { readonly digit: number; readonly changes?: Partial<Changes> };
  /** An experiment's end: what the page says when it is reached. */
  readonly goal?: {
    readonly open: string;
    readonly reached: (reads: Reads, look: Look) => string | undefined;
  };
}

/** What the networks read now: the digit and its probability, by the network's name; `alone` without its company. */
export type Reads = ReadonlyMap<
  string,
  {
    readonly digit: number;
    readonly probabilities: Float64Array;
    readonly alone: Float64Array | undefined;
  }
>;

export interface MechanismTour {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  /** The network whose mechanism is shown. */
  readonly network: string;
  readonly steps: readonly MechanismStep[];
}

const sliders = (...names: (keyof Changes)[]): Part => ({ kind: "picture", sliders: names });
const reads = (...networks: string[]): Part => ({ kind: "reads", networks });
const special: Part = { kind: "special" };

const transformer: MechanismTour = {
  id: "transformer",
  title: "The network that straightens what it sees",
  about: "A spatial transformer chooses where to look, and learns that by itself.",
  network: "stn",
  steps: [
    {
      title: "A turned digit is another picture",
      text: [
        "This plain network has learnt from thousands of upright digits. Turn the seven with the slider and watch the bars: each is how sure it is of a digit.",
        "To the network a turned seven is not a seven that was turned. It is a pattern of pixels that it has hardly seen.",
      ],
      parts: [sliders("rotate"), reads("cnn")],
      begin: { digit: 7 },
    },
    {
      title: "Look first, then read",
      text: [
        "This network has a small helper in front. It looks at the whole picture and chooses a frame, drawn on the left. What lies in the frame is cut out and laid upright, on the right, and only that is read.",
        "Turn the seven again: the frame follows. The thick side of the frame is its top.",
      ],
      parts: [sliders("rotate"), special],
      begin: { digit: 7, changes: { rotate: 25 } },
    },
    {
      title: "The frame is six numbers",
      text: [
        "A frame can move, turn, grow, stretch and slant. Six numbers say all of that, and those six are all that the helper puts out. Rest on the words under the pictures to see them.",
        "Now be the helper: drag the points of the frame, or focus one and use the arrow keys. The bars show what the reader makes of your frame.",
      ],
      parts: [special, reads("stn")],
      begin: { digit: 4, changes: { rotate: -30 } },
    },
    {
      title: "Who taught it to aim?",
      text: [
        "Nobody marked good frames. While it learnt, the six numbers were nudged, example after example, in whichever direction made the digit a little easier to read.",
        "That has a weak spot. Push the digit to the edge and make it small: where the frame catches nothing, no nudge says where to go. Trainings that slip into such a frame stay there; this is how these networks collapse.",
      ],
      parts: [sliders("right", "down", "scale"), special],
      begin: { digit: 4 },
    },
    {
      title: "Experiment: rotate the 6 until it is a 9",
      text: [
        "Upside down, a 6 is a 9. But where is the border? Turn it slowly and note the angle at which each network changes its mind.",
        "Will the network with the frame turn the 9 back into a 6? Guess first.",
      ],
      parts: [sliders("rotate"), reads("cnn", "stn")],
      begin: { digit: 6 },
      goal: {
        open: "Neither reads a 9 yet.",
        reached: (all, { changes }) => {
          const [plain, warp] = [all.get("cnn")?.digit, all.get("stn")?.digit];
          const angle = `${changes.rotate.toFixed(0)}°`;
          if (plain === 9 && warp === 9)
            return `At ${angle} both read a 9: no frame can know which way was up.`;
          if (plain === 9)
            return `At ${angle} the plain network reads a 9, the one with the frame not yet.`;
          if (warp === 9)
            return `At ${angle} the network with the frame reads a 9, the plain one not yet.`;
          return undefined;
        },
      },
    },
  ],
};

const coordinates: MechanismTour = {
  id: "coordinates",
  title: "The network that knows where it is",
  about: "CoordConv hands every filter the row and the column it stands on.",
  network: "coordconv",
  steps: [
    {
      title: "A filter does not know its place",
      text: [
        "A network reads with small filters that slide over the picture. A filter sees a few pixels at a time and answers “a stroke like mine is here”, alike in every corner.",
        "Shift the digit: the plain network copes for a while, because the same filters find the same strokes elsewhere.",
      ],
      parts: [sliders("right", "down"), reads("cnn")],
      begin: { digit: 5 },
    },
    {
      title: "Two more pictures",
      text: [
        "This network gets two more pictures beside yours. One holds the row of each pixel, from −1 at the top to 1 at the bottom; the other holds the column.",
        "They never change. But a filter that reads them can tell a stroke at the top from the same stroke at the bottom.",
      ],
      parts: [special],
      begin: { digit: 5 },
    },
    {
      title: "What place is good for",
      text: [
        "A hook at the top makes a 9, a hook at the bottom a 6. With its place in hand, a filter may learn one rule for the top and another for the bottom.",
        "Shift the digit and compare both networks. Digits in the training stood in the middle, so a rule about places fits them there.",
      ],
      parts: [sliders("right", "down"), reads("cnn", "coordconv")],
      begin: { digit: 9 },
    },
    {
      title: "Take the place away",
      text: [
        "The thin bars are the same network with both extra pictures set to 0. If thick and thin bars agree, it hardly used them here.",
        "Shift and turn the digit until they differ most: there, its answer depended on where things were.",
      ],
      parts: [sliders("right", "down", "rotate"), reads("coordconv")],
      begin: { digit: 9 },
    },
    {
      title: "Experiment: where knowing the place misleads",
      text: [
        "Find a picture that the plain network reads correctly and the one with coordinates does not. Shifts to the edge are a good start, as places there were never trained.",
        "Then find the reverse. Which was easier?",
      ],
      parts: [sliders("right", "down", "rotate", "scale"), reads("cnn", "coordconv")],
      begin: { digit: 3 },
      goal: {
        open: "Both are right, or both are wrong.",
        reached: (all) => {
          const [plain, placed] = [all.get("cnn")?.digit === 3, all.get("coordconv")?.digit === 3];
          if (plain && !placed)
            return "Here the place misleads: only the plain network reads the 3.";
          if (placed && !plain)
            return "Here the place helps: only the network with coordinates reads the 3.";
          return undefined;
        },
      },
    },
  ],
};

const attention: MechanismTour = {
  id: "attention",
  title: "The network in which every spot asks all others",
  about: "Attention relates each spot of the picture to all the rest.",
  network: "mha",
  steps: [
    {
      title: "Ask from a spot",
      text: [
        "A filter sees only its neighbours. Here every spot of the picture asks all other spots at once, and collects more from those that matter to it.",
        "Point at the small picture, or focus it and use the arrow keys: the maps show where your spot looks.",
      ],
      parts: [special],
      begin: { digit: 4 },
    },
    {
      title: "Bright is a large share",
      text: [
        "Each spot has one whole attention to give away. Spread evenly, everything has the colour of ×1. A spot at ×4 gets four times as much.",
        "The scale never changes. If a map is of one colour, that head looks everywhere alike: it has nothing to say about this spot.",
      ],
      parts: [special],
      begin: { digit: 8 },
    },
    {
      title: "Two heads, two blocks",
      text: [
        "Two heads ask different questions of the same picture. Two blocks come one after the other: the second has a coarser map, because each of its spots stands for a larger patch, and asks about what the first has found.",
        "Compare both heads for a spot on a stroke, and for one on the empty ground.",
      ],
      parts: [special],
      begin: { digit: 2 },
    },
    {
      title: "It depends on the picture",
      text: [
        "Filters are fixed once they are learnt. Where a spot looks is computed anew for every picture.",
        "Keep your spot, and turn or shift the digit below it. A stroke that moves away takes the attention with it.",
      ],
      parts: [sliders("rotate", "right"), special],
      begin: { digit: 2 },
    },
    {
      title: "Experiment: who moved my attention?",
      text: [
        "Something was done to the digit, and you do not see it: only where its middle looks, before and after.",
        "Was it turned, moved to the right, or covered with noise? Guess, then look.",
      ],
      parts: [{ kind: "guess" }],
      begin: { digit: 2 },
    },
  ],
};

const batch: MechanismTour = {
  id: "batch",
  title: "The network that looked at its neighbours",
  about: "One swapped dimension, and attention goes to other people's pictures.",
  network: "mha-batch",
  steps: [
    {
      title: "A mistake that no error reports",
      text: [
        "Attention takes a list of things and lets each ask all the others. In many libraries that list is the first dimension of what one hands over, and the pictures of a batch come second.",
        "Hand it over the other way round and nothing breaks. Only, now the list is the batch: each picture asks the other pictures.",
      ],
      parts: [special],
      begin: { digit: 7 },
    },
    {
      title: "Your picture has company",
      text: [
        "Networks read pictures in batches, for speed. Here is yours, framed, with seven that happen to be read with it. Below each: how much of your picture's attention it gets.",
        "None of them says anything about your digit.",
      ],
      parts: [special, reads("mha-batch")],
      begin: { digit: 7 },
    },
    {
      title: "Change the company",
      text: [
        "Take companions out by a click, or add others. Your picture stays the same, pixel for pixel. The thick bars move; the thin bars, your picture alone, do not.",
        "An answer that depends on who else asked is no answer about your picture.",
      ],
      parts: [special, reads("mha-batch")],
      begin: { digit: 8, changes: { rotate: 20 } },
    },
    {
      title: "Why nobody noticed",
      text: [
        "The score of such a network is as good as any other's: it was trained in company and is tested in company. A table of accuracies shows nothing.",
        "What shows it: read the same picture twice in different batches. fovea audit does that with each network, and calls it leakage.",
      ],
      parts: [reads("mha", "mha-batch"), special],
      begin: { digit: 8, changes: { rotate: 20 } },
    },
    {
      title: "Experiment: change its mind without touching the picture",
      text: [
        "Find company in which the network's certainty of your digit changes by 10 points or more from what it is alone. A picture at which it hesitates is easiest: turn the digit until it does.",
        "Then do the same with nobody else in the batch. You cannot.",
      ],
      parts: [sliders("rotate", "noise"), special, reads("mha-batch")],
      begin: { digit: 8, changes: { rotate: 35 } },
      goal: {
        open: "Its company moves it by less than 10 points.",
        reached: (all) => {
          const own = all.get("mha-batch");
          if (!own?.alone) return undefined;
          const change = Math.max(
            ...own.probabilities.map((value, at) => Math.abs(value - own.alone![at]!)),
          );
          if (change < 0.1) return undefined;
          return `${(100 * change).toFixed(0)} points, and not one pixel of your picture has changed.`;
        },
      },
    },
  ],
};

export const mechanismTours: readonly MechanismTour[] = [
  transformer,
  coordinates,
  attention,
  batch,
];

/** Shows the picture that a step begins with. */
export function beginStep(look: Look, { begin }: MechanismStep): void {
  look.setTheta(undefined);
  if (!begin) return;
  const sample = look.samples.find(({ label }) => label === begin.digit)!;
  look.show(sample.picture);
  look.change({ ...unchanged, ...begin.changes });
}

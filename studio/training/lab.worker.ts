// The laboratory: trains one network or two in turns, so that each step has all cores of the page.
import type { Dataset, ImageSet } from "../../src/data/dataset.js";
import { DataMemory } from "../../src/engine/data-memory.js";
import { InputError } from "../../src/errors.js";
import { Gate } from "./gate.js";
import { loadData } from "./load-data.js";
import type { Command, DataFacts, Disagreement, LabState, Report, Scored } from "./messages.js";
import { mostWatched } from "./messages.js";
import { storageProblem } from "./run-files.js";
import { Training } from "./training.js";

/** Images of a disagreement that are sent to the page. */
const mostShown = 18;

let data: Dataset | undefined;
let watched: readonly number[] = [];
let trainings: Training[] = [];
let gate = new Gate();
/** What each network says of the first test images. */
let scored: (Scored | undefined)[] = [];
let isTraining = false;

const report = (message: Report) => postMessage(message);
const tell = (state: LabState) => report({ kind: "state", state });

const problem = crossOriginIsolated
  ? undefined
  : "this page is not isolated by its server's headers (COOP and COEP)";
report({ kind: "engine", cores: navigator.hardwareConcurrency, ...(problem && { problem }) });
tell("empty");

const aboutWhat: Partial<Record<Command["kind"], "data" | "look">> = {
  load: "data",
  look: "look",
  watch: "look",
};

addEventListener("message", ({ data: command }: MessageEvent<Command>) => {
  const about = aboutWhat[command.kind] ?? "training";
  handle(command).catch((error: unknown) => {
    report({ kind: "problem", about, message: messageOf(error) });
    if (about !== "look") tell(data === undefined ? "empty" : "ready");
  });
});

async function handle(command: Command): Promise<void> {
  switch (command.kind) {
    case "load":
      return load(command);
    case "start":
      return start(command);
    case "resume":
      return resume(command.runs);
    case "pause":
      gate.hold();
      return tell("paused");
    case "continue":
      gate.open();
      return tell("running");
    case "step":
      gate.step(trainings.length);
      return tell("paused");
    case "rate":
      for (const training of trainings) await training.setLearningRate(command.learningRate);
      return;
    case "stop":
      return gate.stop();
    case "look":
      for (const training of trainings) await training.look(command.epoch);
      return;
    case "watch":
      return watch(command);
    case "pack": {
      const training = trainings[command.slot];
      if (training === undefined) return;
      const zip = await training.pack();
      return report({ kind: "packed", slot: command.slot, name: training.run, zip });
    }
  }
}

async function load({ data: request }: Extract<Command, { kind: "load" }>): Promise<void> {
  if (isTraining) throw new InputError("data", "the training to end first", "one that runs");
  tell("loading");
  closeAll();
  data = undefined;
  // It holds the images once for all engines.
  const { allocate } = new DataMemory();
  const loaded = await loadData(request, allocate, (text) => report({ kind: "loading", text }));
  data = loaded.data;
  report({ kind: "data", facts: factsOf(data, loaded.notes) });
  setWatched(nextOfEachClass(data.test, data.classes, []));
  tell("ready");
}

function factsOf({ train, test, ...facts }: Dataset, notes: readonly string[]): DataFacts {
  return { ...facts, trainCount: train.count, testCount: test.count, notes };
}

function setWatched(images: readonly number[]): void {
  watched = images;
  report({ kind: "watched", images });
}

async function watch({ images, epoch }: Extract<Command, { kind: "watch" }>): Promise<void> {
  if (data === undefined) return;
  const { test, classes } = data;
  if (images === "next") setWatched(nextOfEachClass(test, classes, watched));
  else {
    const wrong = images.find(
      (image) => !Number.isInteger(image) || image < 0 || image >= test.count,
    );
    const expected = `1 to ${mostWatched} test images, each in 0..${test.count - 1}`;
    if (wrong !== undefined) throw new InputError("images", expected, String(wrong));
    if (images.length < 1 || images.length > mostWatched) {
      throw new InputError("images", expected, `${images.length} images`);
    }
    setWatched([...new Set(images)]);
  }
  for (const training of trainings) await training.look(epoch);
}

/** Of each class the first image after the one that is watched, and the first of all after the last. */
function nextOfEachClass(
  { labels }: ImageSet,
  classes: number,
  before: readonly number[],
): number[] {
  const found = Array.from({ length: classes }, (_, label) => {
    const last = before.findLast((image) => labels[image] === label) ?? -1;
    const next = labels.indexOf(label, last + 1);
    return next < 0 ? labels.indexOf(label) : next;
  });
  return found.filter((index) => index >= 0).slice(0, mostWatched);
}

async function start(command: Extract<Command, { kind: "start" }>): Promise<void> {
  const { networks, settings, experiment } = command;
  await trainAll(async (around) => {
    for (const [slot, network] of networks.entries()) {
      trainings.push(await Training.begin(slot, network, settings, { experiment }, around));
    }
    const names = trainings.map(({ run }) => run);
    for (const training of trainings) {
      await training.setFacts({ beside: names.filter((name) => name !== training.run) });
    }
  });
}

async function resume(runs: readonly string[]): Promise<void> {
  await trainAll(async (around) => {
    for (const [slot, run] of runs.entries()) {
      trainings.push(await Training.resume(slot, run, around));
    }
  });
}

type Around = Parameters<typeof Training.begin>[4];

async function trainAll(begin: (around: Around) => Promise<void>): Promise<void> {
  if (data === undefined) throw new InputError("train", "data to train on", "none");
  if (isTraining) throw new InputError("train", "the training to end first", "another one");
  isTraining = true;
  closeAll();
  gate = new Gate();
  const around = { data, gate, report, watched: () => watched, onScored };
  try {
    await begin(around);
    // Two tabs must not write one run.
    await holding(
      trainings.map(({ run }) => run),
      async () => {
        tell("running");
        await Promise.all(trainings.map((training) => training.train()));
      },
    );
    tell("done");
  } catch (error) {
    gate.stop();
    throw error;
  } finally {
    isTraining = false;
  }
}

/** Holds the locks of these runs meanwhile. */
async function holding(runs: readonly string[], work: () => Promise<void>): Promise<void> {
  const [run, ...others] = runs;
  if (run === undefined) return work();
  await navigator.locks.request(`fovea-run-${run}`, { ifAvailable: true }, async (lock) => {
    if (lock === null) throw new InputError(run, "no other tab that trains it", "one");
    await holding(others, work);
  });
}

/** Their engines' memory is needed for the next ones. */
function closeAll(): void {
  for (const training of trainings) training.close();
  trainings = [];
  scored = [];
}

function onScored(slot: number, found: Scored): void {
  scored[slot] = found;
  const [a, b] = scored;
  if (data === undefined || a === undefined || b === undefined || a.epoch !== b.epoch) return;
  const { test, channels, rows, columns } = data;
  const size = channels * rows * columns;
  const images: Disagreement[] = [];
  let count = 0;
  for (const [image, label] of a.labels.entries()) {
    const predicted = [a.predicted[image]!, b.predicted[image]!];
    if (predicted[0] === predicted[1]) continue;
    count++;
    if (images.length >= mostShown) continue;
    const pixels = test.images.slice(image * size, (image + 1) * size);
    images.push({ image, label, predicted, pixels });
  }
  report({ kind: "disagreements", images, count, of: a.labels.length });
}

function messageOf(error: unknown): string {
  if (error instanceof InputError) return error.message;
  if (error instanceof DOMException) return storageProblem(error);
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

import type { Dataset } from "../../src/data/dataset.js";
import { firstImages } from "../../src/data/subset.js";
import { InputError } from "../../src/errors.js";
import { countParameters } from "../../src/graph/graph.js";
import type { Model } from "../../src/graph/model.js";
import type { NamedTensors } from "../../src/graph/tensors.js";
import { collectPredictions } from "../../src/inspect/predictions.js";
import { collectViews, viewsOf } from "../../src/inspect/views.js";
import { metricsDigest } from "../../src/runs/metrics-codec.js";
import { decodeModel } from "../../src/runs/model-codec.js";
import { engineOf, newRecord, type RecordedTraining } from "../../src/runs/new-record.js";
import { checkpointOf } from "../../src/runs/recording.js";
import { heldOutOf, sectionsOf } from "../../src/runs/run-spec.js";
import { withNewPart } from "../../src/runs/training-parts.js";
import { decodeWeights, encodeCheckpoint } from "../../src/runs/weights-codec.js";
import { bestEpoch } from "../../src/train/best-epoch.js";
import { bestClass, classScores } from "../../src/train/class-scores.js";
import { endsEarly } from "../../src/train/early-stop.js";
import { guessingLoss, LossWatch, lossWarningText } from "../../src/train/loss-watch.js";
import type { EpochMetrics } from "../../src/train/metrics.js";
import { isStateful, recipeOf, recipeSections } from "../../src/train/recipe.js";
import { Session } from "../../src/train/session.js";
import { testBest } from "../../src/train/test-result.js";
import type { SessionState } from "../../src/train/training-state.js";
import { heldOutCount, validatedData } from "../../src/train/validation.js";
import type { Gate } from "./gate.js";
import { keptStart } from "./kept-start.js";
import type { NetworkRequest, Progress, Report, Scored, TrainingSettings } from "./messages.js";
import { platform } from "./platform.js";
import { epochFile, RunFiles, type StudioFacts, studioFile } from "./run-files.js";
import { RunWriter } from "./run-writer.js";

/** Milliseconds between two reports of progress. */
const progressPeriod = 300;
/** Views take at most this share of the time, and come at most so often, milliseconds. */
const viewsShare = 0.02;
const viewsPeriod = 1000;
/** Test images that are classified after each epoch. */
const scoredImages = 1000;

/** What a training shares with the others of the laboratory. */
export interface Surroundings {
  readonly data: Dataset;
  readonly gate: Gate;
  readonly report: (report: Report) => void;
  /** Indices of the test images whose views are shown. */
  readonly watched: () => readonly number[];
  /** Called with what it says of the first test images after an epoch. */
  readonly onScored: (slot: number, scored: Scored) => void;
}

/** Where a training begins. */
interface Start {
  readonly metrics: readonly EpochMetrics[];
  readonly best: NamedTensors | undefined;
}

/** One network that is trained, and what is kept of it. */
export class Training {
  readonly #metrics: EpochMetrics[];
  #best: NamedTensors | undefined;
  /** Steps that this and earlier parts ran. */
  #steps: number;
  #viewsTime = 0;
  #nextViews = 0;
  #told: string | undefined;

  private constructor(
    readonly slot: number,
    private readonly training: RecordedTraining,
    private readonly session: Session,
    private readonly files: RunFiles,
    private readonly writer: RunWriter,
    private facts: StudioFacts,
    private readonly around: Surroundings,
    start: Start,
  ) {
    this.#metrics = [...start.metrics];
    this.#best = start.best;
    this.#steps = start.metrics.length * session.stepsPerEpoch;
  }

  /** Begins a new run. */
  static async begin(
    slot: number,
    { model: text, options }: NetworkRequest,
    settings: TrainingSettings,
    facts: Pick<StudioFacts, "experiment">,
    around: Surroundings,
  ): Promise<Training> {
    const { recipe, epochs, seed, batchSize, learningRate, validation, patience } = settings;
    const { data } = around;
    const read = decodeModel(text, "network");
    const model: Model = { ...read, ...(options && { options }) };
    const training: RecordedTraining = {
      ...{ model, data, epochs, seed, batchSize, learningRate, patience },
      sections: recipeSections("train", recipe),
      heldOut: heldOutCount("train", data, validation),
    };
    const session = await sessionOf(training);
    try {
      const files = await RunFiles.create(`${timestamp()}-${model.name}-seed${seed}`);
      const record = newRecord(training, session.engine, platform());
      const start = { lines: [], state: { epoch: 0, metrics: metricsDigest([]) } };
      const writer = await RunWriter.begin(files, training, record, start);
      // For looking back to before the first step.
      await files.write(
        epochFile(0),
        encodeCheckpoint(session.parameters(), checkpointOf(training, 0)),
      );
      const own = { ...facts, beside: [], byHand: [] };
      const made = new Training(slot, training, session, files, writer, own, around, {
        metrics: [],
        best: undefined,
      });
      await made.#tellStart();
      return made;
    } catch (error) {
      session.close();
      throw error;
    }
  }

  /** Goes on with a kept run. */
  static async resume(slot: number, run: string, around: Surroundings): Promise<Training> {
    const { data } = around;
    const files = await RunFiles.open(run);
    const facts = await files.facts();
    const start = await keptStart(files);
    const { record, model } = start;
    const { spec } = record;
    if (spec.data.digest !== data.digest) {
      const expected = `the data that it trained on, ${record.data.name} (${spec.data.digest.slice(0, 12)})`;
      throw new InputError(run, expected, `${data.name} (${data.digest.slice(0, 12)})`);
    }
    const { epochs, batchSize, learningRate, patience } = spec.recipe;
    const sections = sectionsOf(spec);
    const training: RecordedTraining = {
      ...{ model, data, epochs, seed: spec.seed, batchSize, learningRate, patience, sections },
      heldOut: heldOutOf(spec),
    };
    const rate = facts.byHand.at(-1)?.learningRate ?? learningRate;
    const session = await sessionOf(training, sessionState(training, start, rate));
    try {
      const own = engineOf(session.engine);
      for (const key of ["build", "shards", "revision"] as const) {
        if (own[key] === spec.engine[key]) continue;
        throw new InputError(run, `engine ${key} ${spec.engine[key]} to resume it`, `${own[key]}`);
      }
      const { threads } = session.engine;
      const parts = withNewPart(record, { firstEpoch: start.epoch + 1, threads });
      const { test: _test, ...rest } = record;
      const resumed = { ...rest, threads, ...(parts && { parts }), state: "running" as const };
      const writer = await RunWriter.begin(files, training, resumed, start);
      const made = new Training(slot, training, session, files, writer, facts, around, {
        metrics: start.metrics,
        best: start.weights?.best,
      });
      await made.#tellStart();
      return made;
    } catch (error) {
      session.close();
      throw error;
    }
  }

  get run(): string {
    return this.files.name;
  }

  /** Trains until the last epoch, or until the gate is stopped. */
  async train(): Promise<void> {
    const { training, around, slot } = this;
    const { epochs, patience } = training;
    const watch = new LossWatch(guessingLoss(this.#validated, this.#recipe.loss), this.#steps);
    let isStopped = false;
    while (!isStopped && this.#metrics.length < epochs && !endsEarly(this.#metrics, patience)) {
      isStopped = !(await this.#epoch(watch));
    }
    const isComplete = this.#metrics.length >= epochs || endsEarly(this.#metrics, patience);
    const test = this.#metrics.length > 0 ? await this.#end(isComplete) : undefined;
    const isEarly = isComplete && this.#metrics.length < epochs;
    around.report({
      ...{ kind: "ended", slot },
      ending: !isComplete ? "stopped" : isEarly ? "early" : "done",
      ...(this.writer.last && { weights: this.writer.last }),
      ...(test && { test }),
    });
  }

  /** @returns false where the training was stopped within the epoch */
  async #epoch(watch: LossWatch): Promise<boolean> {
    const { session, training, around, slot } = this;
    const epoch = this.#metrics.length + 1;
    const { count } = training.data.train;
    const total = training.heldOut === undefined ? count : count - training.heldOut;
    const { stepsPerEpoch: steps } = session;
    let [lossSum, images, recentSum, recentImages, learningRate] = [0, 0, 0, 0, 0];
    // Time in which it was not held.
    let [started, held] = [performance.now(), 0];
    let reported = started;
    for (let step = 1; step <= steps; step++) {
      if (!around.gate.isOpen) {
        const before = performance.now();
        if (!(await around.gate.pass(slot))) return false;
        held += performance.now() - before;
      }
      const done = await session.step();
      this.#steps++;
      lossSum += done.lossSum;
      images += done.images;
      recentSum += done.lossSum;
      recentImages += done.images;
      learningRate = done.learningRate;
      const warning = watch.add(done.loss, learningRate);
      if (warning) around.report({ kind: "warning", slot, text: lossWarningText(warning) });
      const now = performance.now();
      if (now - reported < progressPeriod && step < steps && around.gate.isOpen) continue;
      reported = now;
      const seconds = (now - started - held) / 1000;
      this.#tellProgress({
        ...{ epoch, step, steps, learningRate },
        loss: recentSum / recentImages,
        trainLoss: lossSum / images,
        imagesPerSecond: images / seconds,
      });
      [recentSum, recentImages] = [0, 0];
      await this.#viewsNow(!around.gate.isOpen);
    }
    const imagesPerSecond = images / ((performance.now() - started - held) / 1000);
    const found = await session.evaluate();
    const metrics: EpochMetrics = {
      ...{ epoch, trainLoss: lossSum / total, validationLoss: found.loss },
      ...{ validationCorrect: found.correct, validationTotal: found.total },
      validationAccuracy: found.accuracy,
      seconds: (performance.now() - started - held) / 1000,
      ...{ imagesPerSecond, learningRate },
    };
    if (this.#recipe.schedule.kind === "plateau") session.validated(found.loss);
    this.#metrics.push(metrics);
    await this.#keep(metrics);
    around.report({ kind: "epoch", slot, metrics });
    await this.#score(epoch);
    await this.#viewsNow(true);
    return true;
  }

  async #keep(metrics: EpochMetrics): Promise<void> {
    const { session } = this;
    const parameters = session.averages();
    const isBest = bestEpoch(this.#metrics) === metrics;
    if (isBest) this.#best = parameters;
    const { tensors, plateau } = session.state();
    const state = isStateful(this.#recipe) ? { tensors, ...(plateau && { plateau }) } : undefined;
    await this.writer.epoch({ metrics, parameters, state, isBest });
    this.#tellKeeping();
  }

  /** What the end leaves, and the result on the test images where others were held out. */
  async #end(isComplete: boolean) {
    const { training } = this;
    const { model, data, batchSize } = training;
    const best = this.#best!;
    const views = await collectViews(model, data, best);
    if (!isComplete) {
      await this.writer.end({ views });
      return undefined;
    }
    const predictions = await collectPredictions(model, data, best, { batchSize });
    const test =
      training.heldOut === undefined
        ? undefined
        : await testBest(training, { epoch: bestEpoch(this.#metrics)!.epoch, parameters: best });
    await this.writer.end({ views, predictions, ...(test && { test }) });
    this.#tellKeeping();
    return test;
  }

  /** Sets the learning rate by hand: from now on no spec says what this run is. */
  async setLearningRate(learningRate: number): Promise<void> {
    this.session.setLearningRate(learningRate);
    const byHand = [...this.facts.byHand, { step: this.#steps, learningRate }];
    await this.setFacts({ byHand });
  }

  async setFacts(facts: Partial<StudioFacts>): Promise<void> {
    this.facts = { ...this.facts, ...facts };
    await this.files.write(studioFile, JSON.stringify(this.facts));
    this.#tellKeeping();
  }

  /** Shows what the network does with the watched images, now or after an earlier epoch. */
  async look(epoch: number | undefined): Promise<void> {
    const { around, slot, training } = this;
    let parameters = this.session.averages();
    if (epoch !== undefined) {
      const file = epochFile(epoch);
      const bytes = await this.files.read(file);
      if (!bytes) throw new InputError(this.run, `the weights of epoch ${epoch}`, "none");
      parameters = new Map(decodeWeights(bytes, file).parameters);
    }
    const views = await viewsOf(training.model.graph, around.data, parameters, around.watched());
    around.report({ kind: "views", slot, epoch, views });
  }

  pack(): Promise<Uint8Array<ArrayBuffer>> {
    return this.files.pack();
  }

  close(): void {
    this.session.close();
  }

  get #recipe() {
    return recipeOf("train", this.training.sections);
  }

  get #validated(): Dataset {
    const { data, heldOut, seed } = this.training;
    return validatedData(data, heldOut, seed);
  }

  async #tellStart(): Promise<void> {
    const { training, around, slot } = this;
    await this.files.write(studioFile, JSON.stringify(this.facts));
    around.report({
      ...{ kind: "started", slot, name: training.model.name },
      ...{ engine: this.session.engine, epochs: training.epochs },
      parameters: countParameters(training.model.graph),
      metrics: this.#metrics,
      keeping: this.#keeping,
    });
    this.#told = this.files.problem;
  }

  get #keeping() {
    const { name, problem } = this.files;
    return { run: name, ...(problem !== undefined && { problem }) };
  }

  /** Says where keeping began to fail. */
  #tellKeeping(): void {
    if (this.files.problem === this.#told) return;
    this.#told = this.files.problem;
    this.around.report({ kind: "keeping", slot: this.slot, keeping: this.#keeping });
  }

  #tellProgress(progress: Progress): void {
    this.around.report({ kind: "progress", slot: this.slot, progress });
  }

  /** Views now and then, so that they take little of the time. */
  async #viewsNow(isWanted: boolean): Promise<void> {
    const before = performance.now();
    if (!isWanted && before < this.#nextViews) return;
    await this.look(undefined);
    const took = performance.now() - before;
    this.#viewsTime = this.#viewsTime === 0 ? took : Math.min(took, this.#viewsTime);
    this.#nextViews = before + took + Math.max(viewsPeriod, this.#viewsTime / viewsShare);
  }

  async #score(epoch: number): Promise<void> {
    const { training, around, slot } = this;
    const { data, model, batchSize } = training;
    const set = firstImages(data.test, data, scoredImages);
    const { mean, std } = data;
    const parameters = this.session.averages();
    const scorer = { graph: model.graph, parameters, mean, std, batchSize, threads: 1 };
    const scores = await classScores(scorer, set);
    const predicted = Uint8Array.from({ length: set.count }, (_, image) =>
      bestClass(scores.subarray(image * data.classes, (image + 1) * data.classes)),
    );
    const scored = { epoch, labels: set.labels.slice(), predicted };
    around.report({ kind: "scored", slot, scored });
    around.onScored(slot, scored);
  }
}

function sessionOf(training: RecordedTraining, state?: SessionState): Promise<Session> {
  const { model, data, epochs, seed, batchSize, learningRate, sections, heldOut } = training;
  const validated = validatedData(data, heldOut, seed);
  const settings = { model, data: validated, epochs, seed, batchSize, learningRate };
  return Session.create({ ...settings, ...sections, ...(state && { state }) });
}

/** The state of a session after the epochs of a kept run; undefined where none is done. */
function sessionState(
  training: RecordedTraining,
  { epoch, weights }: Awaited<ReturnType<typeof keptStart>>,
  learningRate: number,
): SessionState | undefined {
  if (weights === undefined) return undefined;
  const { data, heldOut = 0, batchSize } = training;
  const steps = Math.ceil((data.train.count - heldOut) / batchSize);
  const { last, trainingState } = weights;
  const tensors =
    trainingState?.tensors ??
    new Map([...last].map(([name, tensor]) => [`parameters.${name}`, tensor]));
  const plateau = trainingState?.plateau;
  return {
    ...{ tensors, steps: steps * epoch, epoch, batch: steps, learningRate, frozen: [] },
    ...(plateau && { plateau }),
  };
}

/** Local time, as in the names of run folders. */
function timestamp(now = new Date()): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
  return `${day}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
}

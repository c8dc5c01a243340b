import type { Views } from "../../../src/inspect/view-types.js";
import type { EpochMetrics, TestResult } from "../../../src/train/metrics.js";
import type { EngineInfo } from "../../../src/train/train-options.js";
import LabWorker from "../../training/lab.worker.ts?worker";
import type {
  Command,
  DataFacts,
  Disagreement,
  Keeping,
  LabState,
  Progress,
  Report,
  Scored,
} from "../../training/messages.js";
import { mostWatched } from "../../training/messages.js";

/** A point of the curve of a loss: `at` counts epochs. */
export interface LossPoint {
  readonly at: number;
  readonly loss: number;
}

/** What is known of a network that is trained. */
export interface Track {
  readonly name: string;
  readonly parameters: number;
  readonly engine: EngineInfo;
  readonly epochs: number;
  readonly metrics: readonly EpochMetrics[];
  readonly points: readonly LossPoint[];
  readonly keeping: Keeping;
  readonly progress?: Progress;
  readonly warning?: string;
  readonly scored?: Scored;
  readonly views?: Views;
  readonly ended?: {
    readonly ending: "done" | "early" | "stopped";
    readonly weights?: string;
    readonly test?: TestResult;
  };
}

export type ProblemAbout = Extract<Report, { kind: "problem" }>["about"];

/** Points of a curve; where there are more, every second one is left out. */
const mostPoints = 1200;

/** The page's side of the worker that trains. */
export class Lab {
  state = $state<LabState>("empty");
  cores = $state(1);
  /** Why it computes with one core. */
  coresProblem = $state<string>();
  loading = $state("");
  facts = $state.raw<DataFacts>();
  tracks = $state.raw<readonly Track[]>([]);
  disagreements = $state.raw<{ images: readonly Disagreement[]; count: number; of: number }>();
  /** Indices of the test images whose views are shown. */
  watched = $state.raw<readonly number[]>([]);
  /** The epoch that views are of; undefined: they are live. */
  lookedAt = $state<number>();
  problems = $state<Partial<Record<ProblemAbout, string>>>({});
  /** Called where a training has begun, ended, or is kept elsewhere. */
  onKept: () => void = () => {};
  /** Called with a run folder's zip file. */
  onPacked: (name: string, zip: Uint8Array) => void = () => {};

  readonly #worker = new LabWorker();

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<Report>) => this.#take(data);
    this.#worker.onerror = (event) => {
      this.problems.training = event.message || "The worker that trains could not be started";
    };
  }

  send(command: Command): void {
    if (command.kind === "load") delete this.problems.data;
    if (command.kind === "start" || command.kind === "resume") {
      delete this.problems.training;
      this.tracks = [];
      this.disagreements = undefined;
      this.lookedAt = undefined;
    }
    if (command.kind === "look") {
      delete this.problems.look;
      this.lookedAt = command.epoch;
    }
    this.#worker.postMessage(command);
  }

  /** Shows other test images: these, or the next one of each class. */
  watch(images: readonly number[] | "next"): void {
    delete this.problems.look;
    this.#worker.postMessage({ kind: "watch", images, epoch: this.lookedAt } satisfies Command);
  }

  /** Shows this test image before the others. */
  watchFirst(image: number): void {
    const others = this.watched.filter((each) => each !== image);
    this.watch([image, ...others].slice(0, mostWatched));
  }

  close(): void {
    this.#worker.terminate();
  }

  get isTraining(): boolean {
    return this.state === "running" || this.state === "paused";
  }

  #take(report: Report): void {
    switch (report.kind) {
      case "engine":
        this.cores = report.cores;
        this.coresProblem = report.problem;
        return;
      case "state":
        this.state = report.state;
        if (report.state === "done") this.onKept();
        return;
      case "loading":
        this.loading = report.text;
        return;
      case "data":
        this.facts = report.facts;
        return;
      case "watched":
        this.watched = report.images;
        return;
      case "problem":
        this.problems[report.about] = report.message;
        return;
      case "disagreements":
        this.disagreements = report;
        return;
      case "packed":
        this.onPacked(report.name, report.zip);
        return;
      default:
        this.#takeTrack(report);
    }
  }

  #takeTrack(report: Extract<Report, { slot: number; kind: Exclude<Report["kind"], "packed"> }>) {
    const { slot } = report;
    if (report.kind === "started") {
      const { slot: _, kind: _kind, ...facts } = report;
      this.tracks = Object.assign([...this.tracks], { [slot]: { ...facts, points: [] } });
      this.onKept();
      return;
    }
    const track = this.tracks[slot];
    if (track === undefined) return;
    this.tracks = this.tracks.with(slot, this.#changed(track, report));
  }

  #changed(
    track: Track,
    report: Exclude<Extract<Report, { slot: number }>, { kind: "packed" } | { kind: "started" }>,
  ): Track {
    switch (report.kind) {
      case "progress": {
        const { progress } = report;
        const at = progress.epoch - 1 + progress.step / progress.steps;
        return { ...track, progress, points: withPoint(track.points, { at, loss: progress.loss }) };
      }
      case "epoch":
        return { ...track, metrics: [...track.metrics, report.metrics] };
      case "keeping":
        return { ...track, keeping: report.keeping };
      case "warning":
        return { ...track, warning: report.text };
      case "scored":
        return { ...track, scored: report.scored };
      case "views":
        // Live views that were under way when an earlier epoch was asked for.
        if (report.epoch !== this.lookedAt) return track;
        return { ...track, views: report.views };
      case "ended": {
        const { ending, weights, test } = report;
        return { ...track, ended: { ending, ...(weights && { weights }), ...(test && { test }) } };
      }
    }
  }
}

function withPoint(points: readonly LossPoint[], point: LossPoint): LossPoint[] {
  const kept = points.length < mostPoints ? points : points.filter((_, at) => at % 2 === 0);
  return [...kept, point];
}

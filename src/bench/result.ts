import type { KernelBuild } from "../engine/build.js";
import type { KernelFigures } from "./kernel-calls.js";
import type { MemoryFigure } from "./memory.js";
import type { ScalingSeries } from "./scaling.js";
import type { ThroughputFigure } from "./throughput.js";
import type { EvaluationFigure, StepFigure } from "./whole-steps.js";

/** Everything that `fovea bench` measures, as `--json` prints it. */
export interface BenchmarkResult {
  readonly fovea: string;
  readonly node: string;
  readonly v8: string;
  readonly processor: string;
  readonly cores: number;
  readonly platform: string;
  readonly build: KernelBuild;
  /** Whose images: their content decides how much is zero. */
  readonly data: string;
  readonly batchSize: number;
  /** Milliseconds a step. */
  readonly steps: readonly StepFigure[];
  readonly evaluation: readonly EvaluationFigure[];
  /** GFLOP/s of one thread where multiply-adds need registers alone. */
  readonly peak: number;
  readonly memory: readonly MemoryFigure[];
  /** One run on all threads, and a run a thread. */
  readonly throughput: readonly ThroughputFigure[];
  /** Milliseconds of `fovea --help`. */
  readonly help: number;
  readonly kernels?: readonly KernelFigures[];
  readonly scaling?: readonly ScalingSeries[];
}

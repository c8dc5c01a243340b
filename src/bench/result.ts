import type { KernelBuild } from "../engine/build.js";
import type { KernelFigures } from "./kernel-calls.js";
import type { MemoryFigure } from "./memory.js";
import type { ScalingSeries } from "./scaling.js";
import type { ThroughputFigure } from "./throughput.js";
import type { EvaluationFigure, StepFigure } from "./whole-steps.js";

/** All results of `fovea bench`, as `--json` prints them. */
export interface BenchmarkResult {
  readonly fovea: string;
  readonly node: string;
  readonly v8: string;
  readonly processor: string;
  readonly cores: number;
  readonly platform: string;
  readonly build: KernelBuild;
  /** Name of the data. The images' content affects times, since kernels skip zeros. */
  readonly data: string;
  readonly batchSize: number;
  /** Milliseconds per step. */
  readonly steps: readonly StepFigure[];
  readonly evaluation: readonly EvaluationFigure[];
  /** Peak GFLOP/s of one thread with multiply-adds that use registers only. */
  readonly peak: number;
  readonly memory: readonly MemoryFigure[];
  /** One run on all threads, and one run per thread. */
  readonly throughput: readonly ThroughputFigure[];
  /** Milliseconds of `fovea --help`. */
  readonly help: number;
  readonly kernels?: readonly KernelFigures[];
  readonly scaling?: readonly ScalingSeries[];
}

import { checkList, checkOptions, checkWhole, shown } from "../arguments.js";
import type { Engine } from "../engine/engine.js";
import { InputError } from "../errors.js";
import type { NamedTensors } from "../graph/tensors.js";
import { isStateful, type Recipe } from "./recipe.js";
import { type PlateauState, plateauStart } from "./schedules/plateau.js";

/** What a training keeps from epoch to epoch besides the weights that it evaluates. */
export interface TrainingState {
  /**
   * The trained weights, `parameters.NAME`; what the optimizer keeps, such as `exp_avg.NAME`; and their moving
   * averages, `averages.NAME`.
   */
  readonly tensors: NamedTensors;
  /** Of a schedule that follows the validation loss. */
  readonly plateau?: PlateauState;
}

const prefix = "parameters.";

/** Where a session is: its weights, what its optimizer and schedule keep, and the steps that it has taken. Plain data. */
export interface SessionState extends TrainingState {
  readonly steps: number;
  readonly epoch: number;
  /** Batches of the epoch that are done. */
  readonly batch: number;
  readonly learningRate: number;
  readonly frozen: readonly string[];
}

/** The state of a training now; undefined where its recipe keeps none. */
export function stateOf(
  engine: Engine,
  recipe: Recipe,
  plateau: PlateauState | undefined,
): TrainingState | undefined {
  if (!isStateful(recipe)) return undefined;
  return { tensors: stateTensors(engine), ...(plateau && { plateau }) };
}

/** The tensors of a state: what {@link restore} takes. */
export function stateTensors(engine: Engine): NamedTensors {
  const weights = [...engine.parameters()].map(
    ([name, tensor]) => [prefix + name, tensor] as const,
  );
  return new Map([...weights, ...engine.updateState()]);
}

/** The weights that a training with this state evaluated: the averages where there are some. */
export function evaluatedWeights({ tensors }: TrainingState): NamedTensors {
  const averages = named(tensors, "averages.");
  return averages.size > 0 ? averages : named(tensors, prefix);
}

/** The tensors whose names begin so, by the rest of their names. */
function named(tensors: NamedTensors, beginning: string): NamedTensors {
  return new Map(
    [...tensors]
      .filter(([name]) => name.startsWith(beginning))
      .map(([name, tensor]) => [name.slice(beginning.length), tensor]),
  );
}

/** Brings an engine to a state. */
export function restore(engine: Engine, { tensors }: TrainingState): void {
  engine.setParameters(named(tensors, prefix));
  engine.setUpdateState(new Map([...tensors].filter(([name]) => !name.startsWith(prefix))));
}

/** The plateau that a training begins with; undefined for other schedules. */
export function firstPlateau(
  { schedule }: Recipe,
  learningRate: number,
  state: TrainingState | undefined,
): PlateauState | undefined {
  if (schedule.kind !== "plateau") return undefined;
  return state?.plateau ?? plateauStart(learningRate);
}

const STATE = [
  "tensors",
  "plateau",
  "steps",
  "epoch",
  "batch",
  "learningRate",
  "frozen",
] satisfies (keyof SessionState)[];

/** @throws InputError where this is no session's state, or that of another recipe */
export function checkSessionState(
  state: SessionState,
  { recipe }: { readonly recipe: Recipe },
): void {
  checkOptions("session: state", state, STATE);
  const { tensors, steps, epoch, batch, frozen, plateau } = state;
  if (!(tensors instanceof Map)) {
    throw new InputError("session", "state.tensors by name in a Map", shown(tensors));
  }
  for (const [name, count] of Object.entries({ steps, epoch, batch })) {
    checkWhole("session", `state.${name}`, count, 0);
  }
  checkList("session", "state.frozen", frozen);
  if ((recipe.schedule.kind === "plateau") !== (plateau !== undefined)) {
    throw new InputError("session", `state of a ${recipe.schedule.kind} schedule`, "another's");
  }
}

/** @throws InputError where a training is resumed without the state that its recipe keeps, or with another */
export function checkState(recipe: Recipe, epoch: number, state: TrainingState | undefined): void {
  if (!isStateful(recipe)) {
    if (state === undefined) return;
    throw new InputError("train", "no resume.state, as the recipe keeps none", shown(state));
  }
  if (state === undefined) {
    if (epoch === 0) return;
    const expected = "resume.state, as the recipe keeps more than the weights";
    throw new InputError("train", expected, shown(state));
  }
  checkOptions("train: resume.state", state, ["tensors", "plateau"]);
  if (!(state.tensors instanceof Map)) {
    throw new InputError("train", "resume.state.tensors by name in a Map", shown(state.tensors));
  }
  if (recipe.schedule.kind !== "plateau") return;
  const { learningRate, best, badEpochs, coolingEpochs } = Object(state.plateau) as PlateauState;
  const isLoss = best === null || Number.isFinite(best);
  const isState = [learningRate, badEpochs, coolingEpochs].every((each) => each >= 0);
  if (isLoss && isState) return;
  throw new InputError("train", "resume.state.plateau of the schedule", shown(state.plateau));
}

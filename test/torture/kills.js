// Ends a command before or in the middle of one of its operations, then resumes it.
import { killAt, restoreOperations, withoutFlushing } from "../files/faults.js";
import { runCommand, shown, spawnCommand } from "./commands.js";
import { beginStage, endStage, pickStage, prepareStages, stages, undisturbed } from "./stages.js";

/** Of the ends, those of a real process by a real `kill -9`. */
const REAL = 0.05;

/** @type {import("./worker.js").Prepare} */
export async function prepare() {
  withoutFlushing();
  await prepareStages();
  const known = new Map();
  for (const stage of stages) {
    known.set(stage, await undisturbed(stage, () => killAt(Number.POSITIVE_INFINITY)));
  }

  return async (random) => {
    const stage = pickStage(random);
    const { wanted, operations } = known.get(stage);
    const at = random.below(operations);
    const moment = random.pick(/** @type {const} */ (["before", "middle"]));
    const isReal = random.chance(REAL);
    const where = `${stage.name}, ${isReal ? "kill -9" : "end"} ${moment} operation ${at}`;
    beginStage(stage);
    if (isReal) {
      const answer = await spawnCommand(stage.args, { at: String(at), moment });
      if (answer.signal !== "SIGKILL") {
        const kind = answer.signal === null ? "crash" : "hang";
        return { where, events: [{ kind, what: `not killed: ${shown(answer)}` }] };
      }
    } else {
      killAt(at, moment);
      await runCommand(stage.args);
      restoreOperations();
      withoutFlushing();
    }
    return { where, events: [await endStage(stage, wanted)] };
  };
}

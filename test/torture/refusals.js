// Lets the operating system refuse an operation of a command, for once or from then on, then runs it again.
import {
  allOperations,
  failAt,
  restoreOperations,
  shortWrites,
  withoutFlushing,
} from "../files/faults.js";
import { isRefusal, runCommand, shown } from "./commands.js";
import { beginStage, endStage, pickStage, prepareStages, stages, undisturbed } from "./stages.js";

const codes = ["ENOSPC", "EIO", "EROFS", "EMFILE", "EDQUOT"];

/** @type {import("./worker.js").Prepare} */
export async function prepare() {
  withoutFlushing();
  await prepareStages();
  const known = new Map();
  for (const stage of stages) {
    const count = () => failAt(Number.POSITIVE_INFINITY, "EIO", { names: allOperations });
    known.set(stage, await undisturbed(stage, count));
  }

  return async (random) => {
    const stage = pickStage(random);
    const { wanted, operations } = known.get(stage);
    const at = random.below(operations);
    const code = random.pick(codes);
    const until = random.pick([at, at + random.below(20), Number.POSITIVE_INFINITY]);
    const most = random.chance(0.3) ? 1 + random.below(5000) : undefined;
    const writes = most === undefined ? "" : `, writes of ${most} bytes`;
    const where = `${stage.name}, ${code} at operations ${at} to ${until}${writes}`;
    beginStage(stage);
    if (most !== undefined) shortWrites(most);
    failAt(at, code, { names: allOperations, until });
    const answer = await runCommand(stage.args);
    restoreOperations();
    withoutFlushing();
    return { where, events: [outcomeOf(answer, stage, wanted), await endStage(stage, wanted)] };
  };
}

/** An error of a clean-up at the end loses nothing, and is not told. */
function outcomeOf(answer, stage, wanted) {
  if (isRefusal(answer)) return { kind: "refused" };
  if (answer.code !== 0) return { kind: "crash", what: shown(answer) };
  return stage.content() === wanted
    ? { kind: "same" }
    : { kind: "changed", what: "exit code 0, other content" };
}

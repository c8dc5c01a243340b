// Runs Fovea and other libraries on the same networks and images in turns, so that noise affects all alike.
// Prints the times of whole training steps and evaluations. See bench/README.md.

import { parseArgs } from "node:util";
import { firstImages } from "../../dist/bench/images.js";
import { modelNames } from "../../dist/index.js";
import { loadData } from "../../dist/node.js";
import { describeMachine, describeVersions } from "../../dist/runs/machine.node.js";
import { fail, items, listOf, wholeNumber } from "../arguments.js";
import { checkLosses, figures, inTurns, isSlowTurn } from "./comparison.js";
import { comparisonText, isBusy } from "./comparison-tables.js";
import { measureCoresTaken } from "./cores-taken.js";
import { floors } from "./floors.js";
import { Fovea } from "./fovea-peer.js";
import { initialValues } from "./initial-values.js";
import { findPeers, howToInstall, knownPeers } from "./known-peers.js";
import { writePeerFolder } from "./peer-folder.js";
import { PeerProcess } from "./peer-process.js";

const where = "compare";
const peerIds = knownPeers.map(({ id }) => id);

const help = `node bench/peers/compare.js [options]

  --peers <list>     ${peerIds.join(", ")} (default: those that are installed)
  --python <file>    an interpreter that has PyTorch, JAX or both; may be given several times
                     (default: python3)
  --models <list>    models with commas between them (default: ${modelNames.join(",")})
  --evaluate <list>  models whose evaluation is timed, too (default: stn)
  --threads <list>   numbers of threads (default: 1,2)
  --steps <n>        steps per turn (default: 40)
  --rounds <n>       turns (default: 6)
  --build <name>     Fovea's kernels: relaxed-fma or mul-add (default: the faster)
  --data <name>      auto, mnist, digits, or a folder with MNIST's four files (default: auto)
  --json             print JSON
`;

/** Number of batches of 64 images that the steps repeat. */
const batches = 8;
const testImages = 10_000;

const text = (value) => ({ type: "string", default: value });
const { values } = parseArgs({
  options: {
    peers: { type: "string" },
    python: { type: "string", multiple: true, default: ["python3"] },
    models: text(modelNames.join(",")),
    evaluate: text("stn"),
    threads: text("1,2"),
    steps: text("40"),
    rounds: text("6"),
    build: { type: "string" },
    data: text("auto"),
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help) {
  process.stdout.write(help);
  process.exit();
}

const models = listOf(where, "--models", values.models, modelNames);
const evaluated = listOf(where, "--evaluate", values.evaluate, modelNames);
const wanted =
  values.peers === undefined ? undefined : listOf(where, "--peers", values.peers, peerIds);
const threads = items(values.threads).map((count) => wholeNumber(where, "--threads", count));
const steps = wholeNumber(where, "--steps", values.steps);
const rounds = wholeNumber(where, "--rounds", values.rounds);

const { found, missing } = findPeers(values.python);
for (const peer of missing) {
  const line = `${peer.title} is not installed (${howToInstall(peer)})`;
  if (wanted?.includes(peer.id)) fail(where, `expected --peers to be installed, got: ${line}`);
  if (!wanted) note(`left out: ${line}`);
}

const machine = describeMachine();
const coresTaken = await measureCoresTaken();
if (isBusy({ coresTaken })) {
  note(`other programs take ${coresTaken.toFixed(1)} cores: times will be too long`);
}

const loaded = await loadData(values.data);
const data = firstImages(loaded.data, { train: 64 * batches, test: testImages });
note(loaded.reason);

const values0 = initialValues([...new Set([...models, ...evaluated])], data);
const versions = describeVersions();
const ours = threads.map(
  (count) =>
    new Fovea({
      data,
      initialValues: values0,
      threads: count,
      build: values.build,
      version: versions.fovea,
    }),
);
const theirs = [];
const competitors = () => [...ours, ...theirs];
try {
  await startPeers();
  const known = [...values0.keys()];
  const checks = await checkLosses(ours[0], theirs, known, (model) =>
    note(`first losses of ${model}`),
  );
  const onRound = (what) => (round) => note(`${what}, round ${round}`);
  const stepSeries = await inTurns({
    ...{ competitors: competitors(), models, rounds, isSlow: isSlowTurn },
    measure: (competitor, model) => competitor.steps(model, steps),
    onRound: onRound("steps"),
  });
  const evaluationSeries = await inTurns({
    competitors: competitors().filter(({ evaluates }) => evaluates),
    ...{ models: evaluated, rounds: Math.min(rounds, 3), isSlow: () => false },
    measure: (competitor, model) => competitor.evaluate(model),
    onRound: onRound("evaluation"),
  });
  const result = {
    ...versions,
    processor: machine.processor,
    cores: machine.cores,
    coresTaken,
    build: ours[0].build,
    data: loaded.data.name,
    rounds,
    floors: floors(values0.keys(), data, ours[0].peak()),
    leftOut: missing.map(({ title }) => title),
    checks,
    steps: figures(stepSeries),
    evaluation: figures(evaluationSeries),
  };
  process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : comparisonText(result));
} catch (error) {
  note(`${where}: ${error.message}`);
  process.exitCode = 1;
} finally {
  for (const competitor of competitors()) competitor.close();
}

/** One process per library and number of threads, so that runs do not affect each other. */
async function startPeers() {
  const folder = writePeerFolder(data, values0);
  for (const { peer, command, mostThreads } of found) {
    if (wanted && !wanted.includes(peer.id)) continue;
    for (const count of threads.filter((each) => each <= mostThreads)) {
      theirs.push(await PeerProcess.start(peer, command, folder, count));
    }
  }
}

function note(line) {
  process.stderr.write(`${line}\n`);
}

import { summarize } from "../../dist/bench/timed-steps.js";

/** Steps that are compared without dropout: the second's loss shows the first's gradients. */
const checkedSteps = 2;
/** Most that a peer's first losses may differ from Fovea's. */
export const lossTolerance = 1e-4;

/** Rounds that a peer takes part in whose turn has steps of more than a second. */
const slowRounds = 3;
const slowStep = 1000;

/**
 * Compares the first losses of each peer with Fovea's, dropout off, from the same values on the same
 * batches: whether it is the same network.
 *
 * @returns one check a peer and model, with the largest difference
 * @throws Error naming the first peer and model that differ by more than `lossTolerance`
 */
export async function checkLosses(fovea, peers, models, onModel = () => {}) {
  const checks = [];
  for (const model of models) {
    onModel(model);
    const expected = await fovea.losses(model, checkedSteps);
    for (const peer of peers.filter((each) => each.models.includes(model))) {
      const losses = await peer.losses(model, checkedSteps);
      const differences = losses.map((loss, step) => Math.abs(loss - expected[step]));
      const difference = Math.max(...differences);
      // Also where a loss is no number.
      if (!(difference <= lossTolerance)) {
        throw new Error(
          `${peer.name} ${peer.version}, ${model}: expected first losses ${expected.join(", ")} ` +
            `to ${lossTolerance}, got ${losses.join(", ")}`,
        );
      }
      checks.push({ ...labelOf(peer), model, losses, difference });
    }
  }
  return checks;
}

/**
 * Measures by turns: in each round every competitor has one for every model that it knows.
 *
 * @param {object} options
 * @param {any[]} options.competitors
 * @param {readonly string[]} options.models
 * @param {number} options.rounds
 * @param {(competitor: any, model: string) => Promise<number[]>} options.measure a turn's times
 * @param {(times: number[]) => boolean} options.isSlow whether a first turn's times allow few rounds
 * @param {(round: number) => void} options.onRound called after each
 * @returns one series a competitor and model, its times by round
 */
export async function inTurns({ competitors, models, rounds, measure, isSlow, onRound }) {
  const series = models.flatMap((model) =>
    competitors
      .filter((competitor) => competitor.models.includes(model))
      .map((competitor) => ({ competitor, model, turns: [] })),
  );
  for (let round = 0; round < rounds && series.length > 0; round++) {
    for (const { competitor, model, turns } of series) {
      if (round >= slowRounds && isSlow(turns[0])) continue;
      turns.push(await measure(competitor, model));
    }
    onRound(round + 1);
  }
  return series;
}

/** Whether a turn's steps take so long that few turns have to do. */
export function isSlowTurn(times) {
  return summarize(times).median > slowStep;
}

/**
 * A figure a series: median and minimum of all its times, and how many times as long as Fovea it took,
 * for each of Fovea's numbers of threads: of the ratios of the medians of each round, the median and the
 * minimum.
 */
export function figures(series) {
  const isFovea = ({ competitor }) => competitor.id === "fovea";
  return series.map((each) => {
    const { competitor, model, turns } = each;
    const times = turns.flat();
    const figure = { model, ...labelOf(competitor), count: times.length, ...summarize(times) };
    if (isFovea(each)) return figure;
    const ours = series.filter((other) => isFovea(other) && other.model === model);
    const ratios = ours.map((other) => ({
      threads: other.competitor.threads,
      ...roundRatios(turns, other.turns),
    }));
    return { ...figure, ratios };
  });
}

/** Ratios of the rounds in which both took part. */
function roundRatios(theirs, ours) {
  const ratios = theirs.map((times, round) => middle(times) / middle(ours[round]));
  return summarize(ratios);
}

function middle(times) {
  return summarize(times).median;
}

function labelOf({ id, name, version, threads }) {
  return { peer: id, name, version, threads };
}

import { summarize } from "../../dist/bench/timed-steps.js";

/** Steps compared without dropout: the loss of the second one depends on the gradients of the first. */
const checkedSteps = 2;
/** Largest difference allowed between a peer's first losses and Fovea's. */
export const lossTolerance = 1e-4;

/** Number of rounds for a peer whose steps take more than a second. */
const slowRounds = 3;
const slowStep = 1000;

/**
 * Checks that each peer has the same network: compares its first losses with Fovea's, dropout off, from the
 * same values on the same batches.
 *
 * @returns one check per peer and model, with the largest difference
 * @throws Error that names the first peer and model whose losses differ by more than `lossTolerance`
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
      // Negated, so that NaN counts as a difference, too.
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
 * Measures in turns: in each round, every competitor has one turn for each model that it supports.
 *
 * @param {object} options
 * @param {any[]} options.competitors
 * @param {readonly string[]} options.models
 * @param {number} options.rounds
 * @param {(competitor: any, model: string) => Promise<number[]>} options.measure runs a turn, returns its times
 * @param {(times: number[]) => boolean} options.isSlow whether, by the times of the first turn, only few rounds are run
 * @param {(round: number) => void} options.onRound called after each round
 * @returns one series per competitor and model, with its times by round
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

/** Whether a turn's steps take so long that only few turns are run. */
export function isSlowTurn(times) {
  return summarize(times).median > slowStep;
}

/**
 * One figure per series: median and minimum of all its times, and its ratio to Fovea for each of Fovea's numbers
 * of threads. The ratio is taken between the medians of each round; median and minimum over the rounds are given.
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

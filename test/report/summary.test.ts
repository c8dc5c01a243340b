import { describe, expect, it } from "vitest";
import { caveat, faultsText, seedSpread, summary } from "../../src/report/summary.js";
import { trainingClock } from "../../src/report/training-clock.js";
import type { Run } from "../../src/runs/run-folder.node.js";
import { fakeRun, partsOf } from "./fixtures.js";

const pairs = [
  [0.2, 9400],
  [0.1, 9700],
] as const;

/** A run that trained between these minutes. */
const timed = (model: "cnn" | "stn" | "mha", ...minutes: [number, number][]): Run =>
  fakeRun(model, pairs, { record: { parts: partsOf(...minutes) } });

describe("the clock of runs", () => {
  it("counts time once in which several train", () => {
    const runs = [timed("cnn", [0, 10]), timed("stn", [0, 6]), timed("mha", [6, 15])];
    expect(trainingClock(runs)).toEqual({ seconds: 15 * 60, atOnce: 2, threads: [1] });
  });

  it("leaves pauses out", () => {
    const runs = [timed("cnn", [0, 5], [40, 45]), timed("stn", [41, 43])];
    expect(trainingClock(runs)).toEqual({ seconds: 10 * 60, atOnce: 2, threads: [1] });
  });

  it("does not count consecutive runs as simultaneous", () => {
    expect(trainingClock([timed("cnn", [0, 5]), timed("stn", [5, 9])])!.atOnce).toBe(1);
  });

  it("is not known where a run does not say when it trained", () => {
    expect(trainingClock([timed("cnn", [0, 5]), fakeRun("stn", pairs)])).toBeUndefined();
  });
});

describe("summary", () => {
  it("tells how many trained at once and how long it took by the clock", () => {
    expect(summary([timed("cnn", [0, 4]), timed("stn", [0, 5])])).toBe(
      "2 models (cnn and stn) were trained on MNIST (60,000 training images, 10,000 test images) for 2 epochs with seed 0, 2 at once on 1 thread each (relaxed-fma) of Processor <b>&\"' with 2 cores, linux x64. By the clock it took 5 min 0 s.",
    );
  });

  it("tells the threads of a run alone", () => {
    expect(summary([timed("cnn", [0, 4])])).toContain(
      "with seed 0, on 1 thread (relaxed-fma) of Processor",
    );
  });

  it("says that times were added up, where runs did not record when they trained", () => {
    const runs = [fakeRun("cnn", pairs), fakeRun("stn", pairs)];
    expect(summary(runs)).toContain("Their epochs took 12.2 s in total, summed over the runs.");
    expect(summary(runs.slice(1))).toContain("Its epochs took 6.1 s.");
  });
});

describe("caveat", () => {
  it("takes further sentences", () => {
    const plain = caveat([fakeRun("cnn", pairs)]);
    expect(plain).toMatch(/The accuracy after the last epoch is not\.$/);
    expect(caveat([fakeRun("cnn", pairs)], ["One more."])).toBe(`${plain} One more.`);
    expect(caveat([fakeRun("cnn", [])], ["One more."])).toBe("");
  });
});

describe("seedSpread", () => {
  const seeded = (...last: readonly number[]) =>
    last.map((correct, seed) =>
      // The best on the test images is the second epoch of each.
      fakeRun(
        "stn",
        [
          [0.2, 9400],
          [0.1, 9900],
          [correct > 5000 ? 0.2 : 2.3, correct],
        ],
        { seed },
      ),
    );

  it("is of the last epoch, which takes no choice", () => {
    expect(seedSpread(seeded(9600, 9700, 9800))).toEqual([
      "stn: accuracy after the last epoch over 3 runs 97.00 % on average, standard deviation 1.00 percentage points.",
    ]);
  });

  it("says how many collapsed, and what the others give", () => {
    expect(seedSpread(seeded(9600, 1000, 9800, 1135))).toEqual([
      "stn: accuracy after the last epoch over 4 runs 53.84 % on average, standard deviation 49.85 percentage points. 2 of them collapsed; the other 2 have 97.00 % on average, standard deviation 1.41 percentage points.",
    ]);
    expect(seedSpread(seeded(9600, 1000))[0]).toMatch(
      /1 of them collapsed; the other one has 96\.00 %\.$/,
    );
    expect(seedSpread(seeded(1000, 1000))[0]).toMatch(/All of them collapsed\.$/);
  });

  it("needs two runs of a model", () => {
    expect(seedSpread(seeded(9600))).toEqual([]);
  });
});

describe("faultsText", () => {
  it("names five, and counts the rest", () => {
    const runs = Array.from({ length: 7 }, (_, seed) => fakeRun("cnn", [[2.3, 1000]], { seed }));
    const text = faultsText(runs);
    expect(text.match(/stayed near chance/g)).toHaveLength(5);
    expect(text).toMatch(/ 2 more are named below the table\.$/);
    expect(faultsText([fakeRun("cnn", pairs)])).toBe("");
  });
});

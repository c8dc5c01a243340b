import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { JudgedClaim } from "../../../src/papers/arslan-2021/claims/index.js";
import { claimsText } from "../../../src/papers/arslan-2021/pages/claims-text.js";
import { seedRuns, studyRuns } from "../../../src/papers/arslan-2021/study-runs.js";
import { annotationsFor } from "../../../src/papers/index.js";
import { composeReport } from "../../../src/report/compose-report.js";
import { escapeMarkup } from "../../../src/report/markup.js";
import type { Run } from "../../../src/runs/run-folder.node.js";
import { fakeRun, ownRun } from "../../report/fixtures.js";
import { expectWellFormed } from "../../report/well-formed.js";

const claim: JudgedClaim = {
  id: "one",
  statement: "A network with a name is better than another network.",
  rule: "Confirmed if it is.",
  verdict: "not confirmed",
  reason: "It is not, as one can see here.",
  published: [
    { network: "stn", what: "best of 300 epochs", value: 0.9932, unit: "share", epoch: 235 },
    { network: "stn", what: "roughness", value: Number.POSITIVE_INFINITY, unit: "nats" },
  ],
  checkpoint: [
    {
      network: "stn",
      what: "kept",
      value: 0.9926,
      unit: "share",
      loss: 0.02532,
      interval: { low: 0.99072, high: 0.99409 },
    },
  ],
  trained: [],
};
const parametersOnly: JudgedClaim = {
  ...claim,
  published: [],
  checkpoint: [],
  built: [{ network: "stn", what: "the network", value: 27360, unit: "parameters" }],
};

describe("claims as text", () => {
  it("are broken at the terminal's width", () => {
    expect(claimsText([claim, { ...claim, verdict: "confirmed", published: [] }], 50)).toBe(
      `A network with a name is better than another
network.
  not confirmed: It is not, as one can see here.
  published             stn, best of 300 epochs:
                        99.32 % @ 235
                        stn, roughness: not finite
  its checkpoint, here  stn, kept: 99.26 % (99.07
                        to 99.41 %), loss 0.0253

A network with a name is better than another
network.
  confirmed: It is not, as one can see here.
  its checkpoint, here  stn, kept: 99.26 % (99.07
                        to 99.41 %), loss 0.0253

Of 2 statements, 1 is confirmed and 1 not confirmed.
`,
    );
  });
});

it("what networks have as they are built is no training's", () => {
  expect(claimsText([parametersOnly])).toContain(
    "  built here            stn, the network: 27,360\n",
  );
});

describe("the runs that claims are judged by", () => {
  const epochs = (count: number) => Array.from({ length: count }, () => [0.1, 9700] as const);

  it("are the longest of each model, on MNIST, with the study's recipe", () => {
    const runs = [
      fakeRun("stn", epochs(2)),
      fakeRun("stn", epochs(3), { seed: 1 }),
      fakeRun("stn", epochs(3), { seed: 2 }),
      fakeRun("cnn", epochs(5), { data: "digits" }),
      fakeRun("mha", epochs(9), { recipe: { learningRate: 0.1 } }),
      ownRun("mha-batch", epochs(9)),
      fakeRun("coordconv-stn", []),
    ];
    const chosen = [...studyRuns(runs).values()];
    expect(chosen.map(({ model, seed }) => [model, seed])).toEqual([["stn", 1]]);
  });
});

describe("the runs over seeds that claims are judged by", () => {
  const epochs = (count: number) => Array.from({ length: count }, () => [0.1, 9700] as const);
  const chosen = (runs: Parameters<typeof seedRuns>[0]) => {
    const { seeds, epochs, curves } = seedRuns(runs)!;
    return { seeds, epochs, lengths: [...curves].map(([model, of]) => [model, of.length]) };
  };

  it("are those of the seeds that all networks with two have, up to the epoch that all have", () => {
    const runs = [
      fakeRun("stn", epochs(4), { seed: 2 }),
      fakeRun("stn", epochs(2), { seed: 0 }),
      fakeRun("stn", epochs(3), { seed: 0 }),
      fakeRun("stn", epochs(9), { seed: 7 }),
      fakeRun("cnn", epochs(5), { seed: 0 }),
      fakeRun("cnn", epochs(6), { seed: 2 }),
      fakeRun("mha", epochs(1), { seed: 0 }),
    ];
    const lengths = [
      ["stn", 2],
      ["cnn", 2],
    ];
    expect(chosen(runs)).toEqual({ seeds: [0, 2], epochs: 3, lengths });
  });

  it("are none where networks have one seed, or no two in common", () => {
    expect(seedRuns([fakeRun("stn", epochs(4)), fakeRun("cnn", epochs(4))])).toBeUndefined();
    const apart = [0, 1].map((seed) => fakeRun("stn", epochs(2), { seed }));
    const others = [1, 2].map((seed) => fakeRun("cnn", epochs(2), { seed }));
    expect(seedRuns([...apart, ...others])).toBeUndefined();
    expect(seedRuns([0, 1].map((seed) => fakeRun("stn", [], { seed })))).toBeUndefined();
  });

  it("have at most the study's epochs", () => {
    const long = [0, 1].map((seed) => fakeRun("stn", epochs(310), { seed }));
    expect(chosen(long).epochs).toBe(300);
  });
});

describe("the report's section", () => {
  const pairs = [[0.2, 9400]] as const;
  const page = (runs: readonly Run[]) => composeReport(runs, annotationsFor(runs)).html;

  it("gives each claim its verdict, and says how short the runs are", () => {
    const html = page([fakeRun("cnn", pairs), fakeRun("stn", pairs)]);
    const section = html.slice(html.indexOf('<section id="claims">'));
    expect(section.match(/<span class="verdict /g)).toHaveLength(13);
    expect(section).toContain(
      '<span class="verdict not-testable">not testable</span> 1 of 300 epochs (stn).',
    );
    expectWellFormed(section.slice(section.indexOf("<ul"), section.indexOf("</ul>") + 5));
  });

  it("says where figures of the checkpoints are from, and how to see the rules for these runs", () => {
    const folder = mkdtempSync(join(tmpdir(), "fovea claims-"));
    const runs = (["cnn", "stn"] as const).map((model) => {
      return { ...fakeRun(model, pairs), directory: join(folder, model) };
    });
    const lead = (some: typeof runs) => {
      const html = page(some);
      return html.slice(html.indexOf("What &quot;From Idea")).split("</p>")[0]!;
    };
    expect(lead(runs)).toContain(
      "judged by these runs and by what the study published: its curves, and its three checkpoints, evaluated here and recorded in results/published/checkpoints.json.",
    );
    expect(lead(runs)).toContain(
      "&quot;fovea claims --markdown&quot; prints the rules; its verdicts are about the runs of record, not about these runs.",
    );
    const word = (path: string) => `--results ${escapeMarkup(`'${path}'`)} --markdown&quot; prints`;
    expect(lead(runs.slice(1))).toContain(word(join(folder, "stn")));
    writeFileSync(join(folder, "reproduce.json"), "{}");
    expect(lead(runs)).toContain(word(folder));
    rmSync(folder, { recursive: true });
  });

  it("is left out where no run is of the study", () => {
    for (const run of [fakeRun("cnn", pairs), fakeRun("stn", pairs, { data: "digits" })]) {
      expect(page([run])).not.toContain('<section id="claims">');
    }
  });
});

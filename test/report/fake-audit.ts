import type { Distribution } from "../../src/audit/transformer-health.js";
import type { AuditRecord } from "../../src/runs/audit-codec.js";

const spread: Distribution = {
  mean: 1,
  deviation: 0.5,
  least: 0,
  most: 2,
  quantiles: [0.25, 0.5, 1, 1.5, 1.75],
};

const points = (xs: readonly number[]) => xs.map((at, index) => ({ at, correct: 90 - index }));

/** An audit in which every check found something. */
export const fakeAudit: AuditRecord = {
  format: 1,
  weights: "best",
  model: "mha-batch",
  trained: true,
  data: { name: "mnist", digest: "ab".repeat(32) },
  images: 100,
  seed: 0,
  batchSize: 64,
  learningRate: 0.01,
  checks: [
    {
      check: "leakage",
      verdict: "flag",
      text: "100 of 100 images depend on <their> batch",
      figures: {
        images: 100,
        correctAlone: 90,
        arrangements: [
          { batchSize: 2, order: "file", correct: 91, changed: 100, largestChange: 2 },
          { batchSize: 2, order: "class", correct: 80, changed: 100, largestChange: 3 },
          { batchSize: 2, order: "shuffled", seed: 1, correct: 92, changed: 100, largestChange: 2 },
          { batchSize: 2, order: "shuffled", seed: 2, correct: 94, changed: 100, largestChange: 2 },
        ],
        gradient: { images: 4, largestOwn: 0.5, largestOther: 0.25 },
      },
    },
    {
      check: "dead",
      verdict: "flag",
      text: "25,460 counted, 25,430 working",
      figures: {
        counted: 25460,
        working: 25430,
        idle: 1,
        images: 60000,
        groups: [
          { tensor: "vit1.ma.in_proj_bias", reason: "softmax", count: 10, size: 30 },
          { tensor: "fc1.bias", reason: "relu", count: 1, size: 50 },
        ],
      },
    },
    {
      check: "collapse",
      verdict: "flag",
      text: "fell in epoch 2",
      figures: { epochs: 3, limit: 0.15, collapse: { epoch: 2, until: 2, why: "chance" } },
    },
    {
      check: "selection",
      verdict: "flag",
      text: "chosen from 2 epochs",
      figures: {
        history: {
          epochs: 2,
          best: { epoch: 1, correct: 91, total: 100 },
          lowestLoss: { epoch: 2, correct: 90, total: 100 },
          last: { epoch: 2, correct: 90, total: 100 },
        },
        heldOut: {
          epochs: 1,
          trainImages: 55000,
          heldOutImages: 5000,
          byHeldOut: { epoch: 1, correct: 89, total: 100 },
          byTest: { epoch: 1, correct: 89, total: 100 },
          last: { epoch: 1, correct: 89, total: 100 },
          curve: [{ epoch: 1, heldOutLoss: 0.5, testCorrect: 89 }],
        },
      },
    },
    {
      check: "noise",
      verdict: "flag",
      text: "90.00 %",
      figures: {
        correct: 90,
        total: 100,
        interval: [0.82, 0.95],
        seeds: 1,
        deviation: { value: 0.03, from: "binomial" },
        visible: 0.12,
        needed: [{ difference: 0.0005, seeds: 56512 }],
      },
    },
    {
      check: "invariances",
      verdict: "pass",
      text: "90.00 % of 100 images",
      figures: {
        images: 100,
        correct: 90,
        curves: [
          { name: "rotation", unit: "degrees clockwise", points: points([0, -60, 60]) },
          { name: "contrast", unit: "1: exchanged", points: points([0, 1]) },
        ],
      },
    },
    {
      check: "reproducibility",
      verdict: "pass",
      text: "the same bits",
      figures: { steps: 20, build: "relaxed-fma", trainings: [{ threads: 1, digest: "ab" }] },
    },
    {
      check: "transformer",
      verdict: "pass",
      text: "over 100 images",
      figures: {
        images: 100,
        theta: [spread, spread, spread, spread, spread, spread],
        parts: {
          rotation: spread,
          scaleX: spread,
          scaleY: spread,
          shear: spread,
          shiftX: spread,
          shiftY: spread,
        },
        outside: spread,
        fromIdentity: 1,
      },
    },
    {
      check: "attention",
      verdict: "not tested",
      text: "untrained weights",
    },
    {
      check: "attention",
      verdict: "pass",
      text: "entropy",
      figures: {
        images: 100,
        over: "batch",
        heads: [{ block: "vit1", head: 1, entropy: 0.5, largest: 0.25 }],
        pairs: [{ block: "vit1", heads: [1, 2], divergence: 0.125 }],
      },
    },
  ],
};

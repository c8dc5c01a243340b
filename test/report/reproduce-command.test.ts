import { expect, it } from "vitest";
import { reproduceCommands } from "../../src/report/reproduce-command.js";
import { fakeRun } from "./fixtures.js";

it("joins models of one recipe and keeps other settings apart", () => {
  const other = fakeRun("mha", [[0.2, 9400]]);
  const runs = [
    fakeRun("cnn", [[0.2, 9400]]),
    fakeRun("stn", [[0.2, 9400]]),
    fakeRun("stn", [[0.2, 9400]], { seed: 1 }),
    fakeRun("cnn", [[0.2, 9400]], { data: "pictures", source: "my data's" }),
    { ...other, record: { ...other.record, batchSize: 32 } },
  ];
  expect(reproduceCommands(runs)).toEqual([
    "fovea reproduce --models cnn,stn --epochs 1 --seed 0 --data mnist",
    "fovea train stn --epochs 1 --seed 1 --data mnist",
    "fovea train cnn --epochs 1 --seed 0 --data 'my data'\\''s'",
    "fovea train mha --epochs 1 --seed 0 --data mnist --batch-size 32 --learning-rate 0.01",
  ]);
});

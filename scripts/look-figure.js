// The README's picture, docs/figures/how-they-look.svg: test images, the part of each that a spatial
// transformer samples, its output, and where attention looks in the same images.
//   npm run fovea -- reproduce --models stn,mha --data mnist --out FOLDER
//   node scripts/look-figure.js FOLDER
// The images are chosen by a rule, see look-figure/choose.js.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadData } from "../dist/data/load.node.js";
import { subset } from "../dist/data/subset.js";
import { InputError } from "../dist/errors.js";
import { writeAtomically } from "../dist/files/write-file.node.js";
import { collectViews } from "../dist/inspect/views.js";
import { readRun, runFiles } from "../dist/runs/run-folder.node.js";
import { readWeights } from "../dist/runs/weights-file.node.js";
import { chooseHead, chooseImages } from "./look-figure/choose.js";
import { drawLooks } from "./look-figure/draw.js";

const picture = fileURLToPath(new URL("../docs/figures/how-they-look.svg", import.meta.url));

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof InputError)) throw error;
  process.stderr.write(`look-figure: ${error.message}\n`);
  process.exitCode = 2;
}

async function main(folders) {
  if (folders.length !== 1) {
    const expected = "one folder of fovea reproduce with stn and mha";
    throw new InputError("arguments", expected, folders.join(" ") || "none");
  }
  const [warping, attending] = ["stn", "mha"].map((model) => trained(join(folders[0], model)));
  const { data } = await loadData(warping.run.record.data.name, { environment: process.env });
  const chosen = await chooseImages({ ...warping, data });
  const shown = { ...data, test: subset(data.test, data, chosen) };
  const [warps, looks] = await Promise.all(
    [warping, attending].map(({ run, parameters }) => collectViews(run.model, shown, parameters)),
  );
  writeAtomically(picture, drawLooks(warps, chooseHead(looks)));
  process.stdout.write(`written: ${picture}, of test images ${chosen.join(", ")}\n`);
}

function trained(folder) {
  const run = readRun(folder);
  return { run, parameters: readWeights(runFiles(folder).best).parameters };
}

import { countParameters } from "../../../graph/graph.js";
import type { ModelName } from "../../../models/index.js";
import { models } from "../../../models/index.js";
import { thousands } from "../../../numbers.js";
import { studyFigures } from "../published.js";
import type { Claim, Evidence, Judgement, Measure } from "./claim.js";

const mnistImage = { channels: 1, rows: 28, columns: 28 };

/** The claim that a network has the number of parameters which the study prints. */
export function parametersClaim(model: ModelName, name: string): Claim {
  const { countedParameters, misprintedAs } = studyFigures(model)!;
  const printed = misprintedAs ?? countedParameters;
  return {
    id: `parameters-${model}`,
    statement: `${name} has ${thousands(printed)} parameters.`,
    rule: "Confirmed if the network, built from its description, has as many.",
    judge: (evidence) => judge(model, printed, evidence),
  };
}

function judge(model: ModelName, printed: number, { checkpoints }: Evidence): Judgement {
  const working = countParameters(models[model].build({ ...mnistImage, classes: 10 }).graph);
  const checkpoint = checkpoints.find((each) => each.model === model);
  const inFile = checkpoint ? checkpoint.parameters + checkpoint.unused : undefined;
  const parts = [
    working === printed
      ? `The network has ${thousands(working)}.`
      : `The network has ${thousands(working)}, not ${thousands(printed)}.`,
  ];
  if (checkpoint && checkpoint.unused > 0) {
    parts.push(
      `The published checkpoint holds ${thousands(inFile!)}, of which ${thousands(checkpoint.unused)} are never used: its CoordConv layer inherits a convolution's weights and owns another convolution.`,
    );
  }
  if (checkpoint && inFile !== printed) {
    parts.push(`${thousands(printed)} is a misprint of ${thousands(inFile!)}.`);
  }
  return {
    verdict: working === printed ? "confirmed" : "not confirmed",
    reason: parts.join(" "),
    published: [count(model, "printed", printed)],
    checkpoint: checkpoint
      ? [
          count(model, "in the file", inFile!),
          ...(checkpoint.unused > 0 ? [count(model, "never used", checkpoint.unused)] : []),
        ]
      : [],
    built: [count(model, "the network", working)],
    trained: [],
  };
}

function count(network: string, what: string, value: number): Measure {
  return { network, what, value, unit: "parameters" };
}

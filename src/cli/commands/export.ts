import { Command } from "commander";
import type { ExportArguments } from "../actions/export.js";
import { nonEmpty, oneOf, path } from "../option-values.js";

const inputKinds = ["bytes", "unit", "normalized"] as const;

const where = "fovea export";

/** `fovea export RUN|FILE [OUT]` */
export function exportCommand(): Command {
  return new Command("export")
    .description(
      "write a trained model for other programs: an ONNX file, weights, TensorBoard's event files, a web page",
    )
    .argument(
      "<RUN|FILE>",
      "a run folder, whose best weights are taken, or a .safetensors or PyTorch .pt file",
      path(where, "RUN|FILE"),
    )
    .argument(
      "[OUT]",
      "the file to write: .onnx with the network, .pt, .pth, .ckpt or .bin for torch.load, or .safetensors; float32",
      path(where, "OUT"),
    )
    .option(
      "--entry <name>",
      "which state dict of a PyTorch file with several, such as state_dict_ema",
      nonEmpty(where, "--entry"),
    )
    .option(
      "--input <kind>",
      "what an .onnx network is given: bytes (uint8), unit (0 to 1) or normalized (default: bytes)",
      oneOf(where, "--input", inputKinds),
    )
    .option(
      "--tensorboard <dir>",
      "in place of OUT: write the run's curves, recipe and warps as an event file (tensorboard --logdir DIR)",
      path(where, "--tensorboard"),
    )
    .option(
      "--web <dir>",
      "in place of OUT: write a web page that classifies pictures in the browser, offline",
      path(where, "--web"),
    )
    .option("--last", "a run's last weights instead of its best")
    .option("--force", "replace OUT, or the page, if it is there")
    .addHelpText(
      "after",
      `
Examples:
  $ fovea export runs/2026-11-23-142530-stn-seed0 stn.pt
  $ fovea export runs/2026-11-23-142530-stn-seed0 stn.onnx --input unit
  $ fovea export network.pt network.safetensors
  $ fovea export runs/2026-11-23-142530-stn-seed0 --tensorboard logs
  $ fovea export runs/2026-11-23-142530-stn-seed0 --web page`,
    )
    .action(async (target: string, out: string | undefined, options: ExportArguments) => {
      const action = await import("../actions/export.js");
      await action.runExport(target, out, options);
    });
}

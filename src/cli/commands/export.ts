import { Command } from "commander";
import type { ExportArguments } from "../actions/export.js";
import { nonEmpty, oneOf, path } from "../option-values.js";

const inputKinds = ["bytes", "unit", "normalized"] as const;

const where = "fovea export";

/** `fovea export RUN|FILE OUT` */
export function exportCommand(): Command {
  return new Command("export")
    .description(
      "write a trained model as an ONNX file, or its weights as a PyTorch or safetensors file",
    )
    .argument(
      "<RUN|FILE>",
      "a run folder, whose best weights are taken, or a .safetensors or PyTorch .pt file",
      path(where, "RUN|FILE"),
    )
    .argument(
      "<OUT>",
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
    .option("--last", "a run's last weights instead of its best")
    .option("--force", "replace OUT if it is there")
    .addHelpText(
      "after",
      `
Examples:
  $ fovea export runs/2026-11-23-142530-stn-seed0 stn.pt
  $ fovea export runs/2026-11-23-142530-stn-seed0 stn.onnx --input unit
  $ fovea export network.pt network.safetensors`,
    )
    .action(async (target: string, out: string, options: ExportArguments) => {
      const action = await import("../actions/export.js");
      await action.runExport(target, out, options);
    });
}

import { Command } from "commander";
import type { ExportArguments } from "../actions/export.js";
import { nonEmpty, path } from "../option-values.js";

const where = "fovea export";

/** `fovea export RUN|FILE OUT` */
export function exportCommand(): Command {
  return new Command("export")
    .description("write a trained model's weights as a PyTorch or safetensors file")
    .argument(
      "<RUN|FILE>",
      "a run folder, whose best weights are taken, or a .safetensors or PyTorch .pt file",
      path(where, "RUN|FILE"),
    )
    .argument(
      "<OUT>",
      "the file to write: .pt, .pth, .ckpt or .bin for torch.load, or .safetensors; float32",
      path(where, "OUT"),
    )
    .option(
      "--entry <name>",
      "which state dict of a PyTorch file with several, such as state_dict_ema",
      nonEmpty(where, "--entry"),
    )
    .option("--last", "a run's last weights instead of its best")
    .option("--force", "replace OUT if it is there")
    .addHelpText(
      "after",
      `
Examples:
  $ fovea export runs/2026-11-23-142530-stn-seed0 stn.pt
  $ fovea export network.pt network.safetensors`,
    )
    .action(async (target: string, out: string, options: ExportArguments) => {
      const action = await import("../actions/export.js");
      action.runExport(target, out, options);
    });
}

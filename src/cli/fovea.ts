#!/usr/bin/env node
import { exitCodes } from "./exit-codes.js";
import { limitProblem } from "./limit-problem.js";
import { note } from "./terminal/output.js";

try {
  // Loaded here, so that a limit of the system that is met on the way is told in a line.
  const { runProgram } = await import("./program.js");
  await runProgram(process.argv.slice(2));
} catch (error) {
  const line = limitProblem(error);
  if (line === undefined) throw error;
  note(`fovea: ${line}`);
  process.exitCode = exitCodes.input;
}

import { fileProblem } from "../files/file-problem.js";
import { exitCodes } from "./exit-codes.js";
import { note } from "./terminal/output.js";

/**
 * Ends the process where standard output cannot be written. `fovea … | head` is no defect: it ends with the reader,
 * as a shell's own tools do.
 *
 * @param resumeCommand of the work that ends with it, told on stderr
 */
export function endWithOutput(error: NodeJS.ErrnoException, resumeCommand?: string): never {
  const isClosed = error.code === "EPIPE";
  if (!isClosed) {
    const got = fileProblem(error) ?? error.message;
    note(`fovea: standard output: expected output that can be written, got ${got}`);
  }
  if (resumeCommand !== undefined) noteResume("standard output was lost", resumeCommand);
  process.exit(isClosed ? exitCodes.brokenPipe : exitCodes.input);
}

/** Writes the command that resumes what ended to stderr. */
export function noteResume(ended: string, resumeCommand: string): void {
  note(`${ended}; resume with:`);
  note(`  ${resumeCommand}`);
}

/** What the process ends with where it is not 0. */
export const exitCodes = {
  /** A defect of Fovea. */
  defect: 1,
  /** Something that the user can set right. */
  input: 2,
  /** `fovea audit --fail-on-flag` flagged something. */
  flagged: 3,
  /** Runs of a study failed; the others are done. */
  failedRuns: 4,
  /** Ended by Ctrl-C: 128 + SIGINT. */
  interrupted: 130,
  /** The reader of the output went away: 128 + SIGPIPE. */
  brokenPipe: 141,
} as const;

/** A command of Fovea as one types it where this process was started. */
export function typedCommand(
  command: string,
  environment: NodeJS.ProcessEnv = process.env,
): string {
  const script = environment.npm_lifecycle_event;
  if (script === undefined) return `fovea ${command}`;
  return script === "npx" ? `npx fovea ${command}` : `npm run fovea -- ${command}`;
}

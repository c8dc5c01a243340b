import { hasPostgres, hasRedis } from "./servers.js";

/** Kinds of servers that tests can start here. Where CI has not got them all, that is a failure. */
export const kinds = (
  [
    ["redis", hasRedis],
    ["postgres", hasPostgres],
  ] as const
).flatMap(([kind, isThere]) => {
  if (isThere) return [kind];
  if (process.env.FOVEA_REQUIRE_DATA)
    throw new Error(`tests of queues: expected ${kind}, got none`);
  console.warn(`tests of queues: no ${kind} here, its tests are left out`);
  return [];
});

import { z } from "zod";

/**
 * A figure as `jsonText` writes it: what JSON has no number for is a text. Before version 0.4 it was null, and NaN
 * is what it most often was.
 */
export const figure = z
  .union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"]), z.null()])
  .transform((value) => (value === null ? Number.NaN : Number(value)));

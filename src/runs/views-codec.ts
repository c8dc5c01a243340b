import { z } from "zod";
import type { Views } from "../inspect/view-types.js";
import { parseJson } from "./json.js";

const bytes = z.array(z.int().min(0).max(255));

const viewsSchema: z.ZodType<Views> = z.object({
  channels: z.int().positive(),
  rows: z.int().positive(),
  columns: z.int().positive(),
  images: z.array(
    z.object({
      index: z.int().nonnegative(),
      label: z.int().nonnegative(),
      prediction: z.int().nonnegative(),
      probability: z.number(),
      pixels: bytes,
      warped: bytes.optional(),
      theta: z.array(z.number()).length(6).optional(),
      attention: z
        .array(
          z.object({
            block: z.string(),
            over: z.enum(["places", "batch"]),
            rows: z.int().positive(),
            columns: z.int().positive(),
            place: z.int().nonnegative(),
            weights: z.array(z.array(z.number())),
          }),
        )
        .optional(),
    }),
  ),
});

/** Reads the text of a `views.json`; throws as {@link parseJson}. */
export function parseViews(text: string, where: string): Views {
  return parseJson(text, viewsSchema, where);
}

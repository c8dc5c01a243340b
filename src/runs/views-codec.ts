import { z } from "zod";
import type { Views } from "../inspect/view-types.js";
import { parseJson } from "./json.js";

const bytes = z.array(z.int().min(0).max(255));
/** JSON has no NaN: what a diverged model gives is stored as null. */
const figure = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

const viewsSchema: z.ZodType<Views> = z.object({
  channels: z.int().positive(),
  rows: z.int().positive(),
  columns: z.int().positive(),
  images: z.array(
    z.object({
      index: z.int().nonnegative(),
      label: z.int().nonnegative(),
      prediction: z.int().min(-1),
      probability: figure,
      pixels: bytes,
      warped: bytes.optional(),
      theta: z.array(figure).length(6).optional(),
      attention: z
        .array(
          z.object({
            block: z.string(),
            over: z.enum(["places", "batch"]),
            rows: z.int().positive(),
            columns: z.int().positive(),
            place: z.int().nonnegative(),
            weights: z.array(z.array(figure)),
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

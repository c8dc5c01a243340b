import { z } from "zod";
import type { PictureOptions } from "../data/sources/sets/picture-options.js";
import { fits } from "../data/transforms/fit.js";

const positive = z.int().positive();

/** How a data set was read, where that was not the default. */
export const pictureOptionsSchema = z.strictObject({
  size: z.tuple([positive, positive]).readonly().optional(),
  fit: z.enum(fits).optional(),
  grey: z.boolean().optional(),
  skipUnreadable: z.boolean().optional(),
  trainImages: positive.optional(),
} satisfies Record<keyof PictureOptions, z.ZodType>);

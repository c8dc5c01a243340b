import { z } from "zod";
import { InputError } from "../errors.js";
import type { AttentionView, ImageView, Views } from "../inspect/view-types.js";
import { parseJson } from "./json.js";
import { figure } from "./json-figure.js";

const bytes = z.array(z.int().min(0).max(255));

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

/** Reads the text of a `views.json`; throws as {@link parseJson}, and where its lists have other lengths than it says. */
export function parseViews(text: string, where: string): Views {
  const views = parseJson(text, viewsSchema, where);
  views.images.forEach((image, index) => {
    checkLengths(views, image, `${where}: image ${index}`);
  });
  return views;
}

function checkLengths(views: Views, image: ImageView, where: string): void {
  const { channels, rows, columns } = views;
  const size = channels * rows * columns;
  checkLength(where, "pixels", image.pixels, size);
  if (image.warped) checkLength(where, "bytes of the warped image", image.warped, size);
  for (const view of image.attention ?? []) checkAttention(views, view, where);
}

function checkAttention(views: Views, view: AttentionView, where: string): void {
  const positions = view.rows * view.columns;
  const wanted = view.over === "batch" ? views.images.length : positions;
  for (const weights of view.weights) checkLength(where, "weights", weights, wanted);
  if (view.place >= positions) {
    throw new InputError(where, `a place below ${positions}`, `${view.place}`);
  }
}

function checkLength(where: string, what: string, list: readonly unknown[], wanted: number): void {
  if (list.length !== wanted) {
    throw new InputError(where, `${wanted} ${what}`, `${list.length}`);
  }
}

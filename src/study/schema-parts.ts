import { z } from "zod";

// Parts of a manifest's schema. Their messages are the "expected" of an error: `recipe.epochs to be …`.

/** A whole number from `least` on, to `most` where there is one. */
export function whole(least: number, most?: number) {
  const range = most === undefined ? `of ${least} or more` : `in ${least}..${most}`;
  const error = `a whole number ${range}`;
  const number = z.int({ error }).min(least, { error });
  return most === undefined ? number : number.max(most, { error });
}

export const above0 = z.number({ error: "a number above 0" }).positive({
  error: "a number above 0",
});

export function word<const Words extends readonly string[]>(words: Words) {
  return z.enum(words, { error: `one of ${words.join(", ")}` });
}

/** An object without other members. The message for one lists those that there are. */
export function members<Shape extends z.ZodRawShape>(shape: Shape) {
  const names = Object.keys(shape).join(", ");
  const error: z.core.$ZodErrorMap = ({ code }) =>
    code === "unrecognized_keys" ? `members ${names}` : `an object with ${names}`;
  return z.strictObject(shape, { error });
}

/** A value of a grid: of a number, a text, or a whole section of the recipe. */
export const gridValue = z.union(
  [z.union([z.number(), z.boolean(), z.string()]), z.looseObject({}), z.array(z.unknown())],
  { error: "a number, true, false, a text, an object or a list" },
);

export const largestSeed = 2 ** 32 - 1;

import { InputError } from "../errors.js";

/**
 * 1 for each test image that a run gets right, else 0, from its stored predictions (a class per image).
 *
 * @throws InputError where there are not as many predictions as labels
 * @example
 * const labels = [7, 2, 1];
 * correctImages([7, 2, 8], labels); // [1, 1, 0]
 */
export function correctImages(predicted: ArrayLike<number>, labels: ArrayLike<number>): Uint8Array {
  checkLength(predicted, labels);
  return Uint8Array.from({ length: labels.length }, (_, at) =>
    predicted[at] === labels[at] ? 1 : 0,
  );
}

/**
 * Per test image: 1 where only run a is correct, −1 where only run b is, else 0.
 *
 * @example
 * const labels = [7, 2, 1];
 * correctDifference([7, 2, 8], [7, 3, 1], labels); // [0, 1, -1]
 */
export function correctDifference(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  labels: ArrayLike<number>,
): Int8Array {
  const [one, other] = [correctImages(a, labels), correctImages(b, labels)];
  return Int8Array.from(one, (correct, at) => correct - other[at]!);
}

function checkLength(predicted: ArrayLike<number>, labels: ArrayLike<number>): void {
  if (predicted.length === labels.length) return;
  const expected = `${labels.length} predictions, as there are labels`;
  throw new InputError("correctImages", expected, `${predicted.length}`);
}

import type { FoundRate, RatePoint } from "../../train/find-learning-rate.js";

const size = { columns: 64, rows: 12 } as const;

/** The smoothed loss by learning rate, drawn with characters: `*` a rate, `o` the suggested one. */
export function rateCurve({ points, suggested }: FoundRate): string {
  const losses = points.map(({ smoothed }) => smoothed);
  if (losses.length === 0) return "no step has a finite loss";
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const lines = Array.from({ length: size.rows }, () => new Array<string>(size.columns).fill(" "));
  const draw = ({ smoothed }: RatePoint, at: number, mark: string) => {
    const part = high > low ? (smoothed - low) / (high - low) : 0;
    const column = Math.round((at / Math.max(1, points.length - 1)) * (size.columns - 1));
    lines[Math.round((1 - part) * (size.rows - 1))]![column] = mark;
  };
  for (const [at, point] of points.entries()) draw(point, at, "*");
  const chosen = points.findIndex(({ learningRate }) => learningRate === suggested);
  if (chosen >= 0) draw(points[chosen]!, chosen, "o");
  const labels = [high.toFixed(2), low.toFixed(2)];
  const width = Math.max(...labels.map((label) => label.length));
  const drawn = lines.map((line, row) => {
    const label = row === 0 ? labels[0]! : row === size.rows - 1 ? labels[1]! : "";
    return `${label.padStart(width)} | ${line.join("").trimEnd()}`.trimEnd();
  });
  const rate = (point: RatePoint) => String(Number(point.learningRate.toPrecision(2)));
  const [first, last] = [rate(points[0]!), rate(points.at(-1)!)];
  const middle = rate(points[Math.floor((points.length - 1) / 2)]!);
  const gap = Math.max(
    1,
    Math.floor((size.columns - first.length - middle.length - last.length) / 2),
  );
  const axis = `${first}${" ".repeat(gap)}${middle}${" ".repeat(gap)}${last}`;
  return [
    "loss",
    ...drawn,
    `${" ".repeat(width)} +${"-".repeat(size.columns + 1)}`,
    `${" ".repeat(width + 3)}${axis}`,
    `${" ".repeat(width + 3)}learning rate; o: suggested`,
  ].join("\n");
}

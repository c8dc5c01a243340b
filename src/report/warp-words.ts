import { type AffineParts, decompose } from "../inspect/affine-parts.js";

/** Smaller changes are not mentioned: degrees, fraction of the size, pixels. */
const leastAngle = 1;
const leastScale = 0.02;
const leastShift = 0.5;

/**
 * The effect of a transformer on the image in words: `turned 12° clockwise`, `slanted 4° right`,
 * `enlarged 1.3 × 1.1`, `shifted left 2.0, up 0.5 px`, in this order.
 *
 * Theta maps positions of the output to positions of the input, so the image undergoes the inverse map. With
 * `theta = rotation(φ) · [1 m; 0 1] · diag(sx, sy) | t` it is turned by −φ, slanted by −m, enlarged by 1/sx
 * and 1/sy, and its centre is shifted by −[a b; d e]⁻¹ · t.
 *
 * @param theta row-major 2×3; coordinates run from −1 to 1 across the image
 */
export function warpWords(theta: readonly number[], rows: number, columns: number): string[] {
  if (!theta.every(Number.isFinite)) return ["theta is not finite"];
  const pixels = inPixels(theta, rows, columns);
  const [a = 1, b = 0, , d = 0, e = 1] = pixels;
  const mirrored = a * e - b * d < 0;
  // A map with a negative determinant mirrors; without the mirroring, no scale is negative.
  const parts = decompose(mirrored ? withFirstColumn(pixels, -a, -d) : pixels);
  if (parts.scaleX * parts.scaleY === 0) return ["looks at a line or a point"];
  const words = [
    ...turned(-parts.rotation),
    ...slanted(parts),
    ...scaled(1 / parts.scaleX, 1 / parts.scaleY),
    ...(mirrored ? ["mirrored left to right"] : []),
    ...shifted(pixels),
  ];
  if (words.length > 0) return words;
  const identity = theta.every((value, at) => value === [1, 0, 0, 0, 1, 0][at]);
  return [identity ? "unchanged" : "hardly changed"];
}

/** Theta in pixels from the centre, since only there a rotation of an image that is not square is a rotation. */
function inPixels(theta: readonly number[], rows: number, columns: number): number[] {
  const [a = 1, b = 0, x = 0, d = 0, e = 1, y = 0] = theta;
  const aspect = columns / rows;
  return [a, b * aspect, (x * columns) / 2, d / aspect, e, (y * rows) / 2];
}

function withFirstColumn(theta: readonly number[], a: number, d: number): number[] {
  return theta.with(0, a).with(3, d);
}

/** @param degrees clockwise, as y points down */
function turned(degrees: number): string[] {
  if (Math.abs(degrees) < leastAngle) return [];
  return [`turned ${Math.abs(degrees).toFixed(0)}° ${degrees > 0 ? "clockwise" : "anticlockwise"}`];
}

/** A shear m > 0 of theta moves the upper half of the picture to the right. */
function slanted({ shear }: AffineParts): string[] {
  const degrees = (Math.atan(shear) * 180) / Math.PI;
  if (Math.abs(degrees) < leastAngle) return [];
  return [`slanted ${Math.abs(degrees).toFixed(0)}° ${degrees > 0 ? "right" : "left"}`];
}

function scaled(width: number, height: number): string[] {
  const least = 1 - leastScale;
  const most = 1 + leastScale;
  if (width > least && width < most && height > least && height < most) return [];
  const ratio = width / height;
  const size =
    ratio > least && ratio < most
      ? `${Math.sqrt(width * height).toFixed(2)}×`
      : `${width.toFixed(2)} × ${height.toFixed(2)}`;
  if (width > least && height > least) return [`enlarged ${size}`];
  if (width < most && height < most) return [`shrunk to ${size}`];
  return [`scaled ${size}`];
}

function shifted([a = 1, b = 0, x = 0, d = 0, e = 1, y = 0]: readonly number[]): string[] {
  const area = a * e - b * d;
  const right = (b * y - e * x) / area;
  const down = (d * x - a * y) / area;
  const ways = [...way(right, "right", "left"), ...way(down, "down", "up")];
  return ways.length > 0 ? [`shifted ${ways.join(", ")} px`] : [];
}

function way(pixels: number, forwards: string, backwards: string): string[] {
  if (Math.abs(pixels) < leastShift) return [];
  return [`${pixels > 0 ? forwards : backwards} ${Math.abs(pixels).toFixed(1)}`];
}

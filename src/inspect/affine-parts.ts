/** Rotation, scale, shear and shift of an affine map, see {@link decompose}. */
export interface AffineParts {
  /** Degrees. */
  readonly rotation: number;
  readonly scaleX: number;
  readonly scaleY: number;
  readonly shear: number;
  /** In the image's coordinates, which run from −1 to 1. */
  readonly shiftX: number;
  readonly shiftY: number;
}

/**
 * Decomposes a map theta = [a b x; d e y], from positions of the output to positions of the input, into
 * `[a b; d e] = rotation(φ) · [1 m; 0 1] · [sx 0; 0 sy]`:
 *
 * `φ = atan2(d, a)`, `sx = √(a² + d²)`, `sy = (a·e − b·d) / sx`, `m = (a·b + d·e) / (sx·sy)`.
 *
 * Where a scale is 0, the shear is undetermined and set to 0. A scale below 1 enlarges a part of the
 * image; a negative one mirrors it.
 */
export function decompose([
  a = 0,
  b = 0,
  x = 0,
  d = 0,
  e = 0,
  y = 0,
]: readonly number[]): AffineParts {
  const scaleX = Math.hypot(a, d);
  // Where the first column is 0, the second one gives the rotation.
  const scaleY = scaleX === 0 ? Math.hypot(b, e) : (a * e - b * d) / scaleX;
  const angle = scaleX === 0 && scaleY !== 0 ? Math.atan2(-b, e) : Math.atan2(d, a);
  const area = scaleX * scaleY;
  return {
    rotation: (angle * 180) / Math.PI,
    scaleX,
    scaleY,
    shear: area === 0 ? 0 : (a * b + d * e) / area,
    shiftX: x,
    shiftY: y,
  };
}

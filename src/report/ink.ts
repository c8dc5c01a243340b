/** A colour for light pages and one for dark pages. */
export interface Ink {
  readonly light: string;
  readonly dark: string;
}

/** Shapes of points, so that colour is not all that tells lines apart. */
export type PointSymbol = "square" | "circle" | "triangle" | "diamond2" | "star" | "wye" | "cross";

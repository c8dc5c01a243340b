/** A colour for light pages and one for dark pages. */
export interface Ink {
  readonly light: string;
  readonly dark: string;
}

/** Shapes of points, so that lines differ not only by colour. */
export type PointSymbol = "square" | "circle" | "triangle" | "diamond2" | "star" | "wye" | "cross";

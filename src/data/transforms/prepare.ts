import type { DecodedPicture } from "../sources/pictures/picture.js";
import { isGrey, overWhite, toGrey } from "./colours.js";
import { type Fit, fitTo } from "./fit.js";
import { orient } from "./orient.js";
import type { Pixels } from "./pixels.js";

/** What is asked of pictures. */
export interface Wanted {
  readonly rows: number;
  readonly columns: number;
  /** `own`: a picture keeps its size. */
  readonly fit: Fit | "own";
  /** Whether colours become grey. */
  readonly grey: boolean;
}

/**
 * A picture as networks take it: laid over white where it has alpha, turned as EXIF says, of 1 channel where it is grey
 * or is to be, else of 3, and of the wanted size.
 *
 * @param wanted default: its own size and colours
 */
export function preparePicture(decoded: DecodedPicture, wanted?: Wanted): Pixels {
  const upright = orient(overWhite(decoded), decoded.orientation);
  const coloured = wanted?.grey || isGrey(upright) ? toGrey(upright) : upright;
  if (wanted === undefined || wanted.fit === "own") return coloured;
  return fitTo(coloured, wanted.rows, wanted.columns, wanted.fit);
}

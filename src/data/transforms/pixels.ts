/** A picture's values 0..255, `rows × columns × channels`, channels last. */
export interface Pixels {
  readonly rows: number;
  readonly columns: number;
  /** 1 grey, 2 grey and alpha, 3 red, green and blue, 4 these and alpha. */
  readonly channels: number;
  readonly values: Uint8Array;
}

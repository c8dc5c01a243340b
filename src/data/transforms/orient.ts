import type { Pixels } from "./pixels.js";

/** Per EXIF orientation: whether rows and columns swap, then which axes are reversed. */
const turns: Readonly<Record<number, { swap: boolean; down: boolean; across: boolean }>> = {
  2: { swap: false, down: false, across: true },
  3: { swap: false, down: true, across: true },
  4: { swap: false, down: true, across: false },
  5: { swap: true, down: false, across: false },
  6: { swap: true, down: false, across: true },
  7: { swap: true, down: true, across: true },
  8: { swap: true, down: true, across: false },
};

/** A picture as a viewer shows it that was stored with this EXIF orientation, 1 to 8. */
export function orient(picture: Pixels, orientation: number): Pixels {
  const turn = turns[orientation];
  if (turn === undefined) return picture;
  const { channels, values } = picture;
  const rows = turn.swap ? picture.columns : picture.rows;
  const columns = turn.swap ? picture.rows : picture.columns;
  const turned = new Uint8Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [r, c] = [
        turn.down ? rows - 1 - row : row,
        turn.across ? columns - 1 - column : column,
      ];
      const from = turn.swap ? c * picture.columns + r : r * picture.columns + c;
      for (let channel = 0; channel < channels; channel++) {
        turned[(row * columns + column) * channels + channel] = values[from * channels + channel]!;
      }
    }
  }
  return { rows, columns, channels, values: turned };
}

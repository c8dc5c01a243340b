// Axes in another order: y[i][j][k] = x[i · stride0 + j · stride1 + k · stride2].

import { transpose } from "./flatten";
import { accumulate } from "./copy";
import { addScalar } from "./simd";

export function permuteForward(
  x: usize,
  y: usize,
  count0: i32,
  count1: i32,
  count2: i32,
  stride0: i32,
  stride1: i32,
  stride2: i32,
): void {
  const row = <usize>count2 << 2;
  for (let i = 0; i < count0; i++) {
    const from = x + (<usize>(i * stride0) << 2);
    if (stride1 == 1 && stride2 == count1) {
      transpose(from, y, count2, count1, false);
      y += <usize>count1 * row;
      continue;
    }
    for (let j = 0; j < count1; j++) {
      let at = from + (<usize>(j * stride1) << 2);
      if (stride2 == 1) {
        memory.copy(y, at, row);
        y += row;
        continue;
      }
      for (const end = y + row; y < end; y += 4) {
        store<f32>(y, load<f32>(at));
        at += <usize>stride2 << 2;
      }
    }
  }
}

/** gx[i · stride0 + j · stride1 + k · stride2] += gy[i][j][k] */
export function permuteBackward(
  gy: usize,
  gx: usize,
  count0: i32,
  count1: i32,
  count2: i32,
  stride0: i32,
  stride1: i32,
  stride2: i32,
): void {
  const row = <usize>count2 << 2;
  for (let i = 0; i < count0; i++) {
    const to = gx + (<usize>(i * stride0) << 2);
    if (stride1 == 1 && stride2 == count1) {
      transpose(gy, to, count1, count2, true);
      gy += <usize>count1 * row;
      continue;
    }
    for (let j = 0; j < count1; j++) {
      let at = to + (<usize>(j * stride1) << 2);
      if (stride2 == 1) {
        accumulate(at, gy, count2);
        gy += row;
        continue;
      }
      for (const end = gy + row; gy < end; gy += 4) {
        addScalar(at, load<f32>(gy));
        at += <usize>stride2 << 2;
      }
    }
  }
}

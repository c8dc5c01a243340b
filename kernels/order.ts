// A check before a command runs, as kernels do not check the image numbers that they read from the order.

/**
 * The first position in from .. to − 1 whose image number is `count` or above; `to` if there is none.
 *
 * @param order address of one u32 per position
 */
export function firstBeyond(order: usize, from: i32, to: i32, count: u32): i32 {
  for (let position = from; position < to; position++) {
    if (load<u32>(order + (<usize>position << 2)) >= count) return position;
  }
  return to;
}

// What is checked before a command runs, as kernels read images by the order without looking.

/**
 * The first position in from .. to − 1 whose image is `count` or above; `to` where there is none.
 *
 * @param order address of one u32 an image
 */
export function firstBeyond(order: usize, from: i32, to: i32, count: u32): i32 {
  for (let position = from; position < to; position++) {
    if (load<u32>(order + (<usize>position << 2)) >= count) return position;
  }
  return to;
}

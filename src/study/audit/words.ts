/** `0.9932` as `99.32 %`. */
export function percent(part: number, digits = 2): string {
  return `${(part * 100).toFixed(digits)} %`;
}

/** `27360` as `27,360`. */
export function thousands(count: number): string {
  return count.toLocaleString("en-US");
}

/** `1 image`, `2 images`. */
export function counted(count: number, noun: string): string {
  return `${thousands(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/** `0.9932` as `99.32`, without a percent sign. */
export function percent(fraction: number, digits = 2): string {
  return (fraction * 100).toFixed(digits);
}

/** `27360` as `27,360`. */
export function thousands(count: number): string {
  return count.toLocaleString("en-US");
}

/** A duration as text: `4.2 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `1 epoch`, `5 epochs`. */
export function counted(count: number, noun: string): string {
  return `${thousands(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[], word: "and" | "or" = "and"): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} ${word} ${items.at(-1)}`;
}

/** 0, 1, 2 … below `length`. */
export function range(length: number): number[] {
  return Array.from({ length }, (_, at) => at);
}

/** `a line` as `A line`. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `base` to a power of 0, 1, 2 …, by multiplication: the last digit of `Math.pow` differs between platforms. */
export function wholePower(base: number, exponent: number): number {
  let result = 1;
  let square = base;
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}

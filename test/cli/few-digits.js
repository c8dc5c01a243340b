// Preloaded before a command: the built-in digits are as few as this file's query says, as most of a command's
// time would go into writing 70,000 of them. Nothing else of the command changes.

import { DIGITS_COUNTS } from "../../dist/data/sources/digits.js";

for (const [split, count] of new URL(import.meta.url).searchParams) {
  DIGITS_COUNTS[split] = Number(count);
}

import { expect } from "vitest";

/** Every tag is closed in order, every attribute quoted, every ampersand part of an entity. */
export function expectWellFormed(markup: string): void {
  const open: string[] = [];
  const tags = /<(\/?)([a-zA-Z][\w:-]*)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g;
  const rest = markup
    .replace(/^<\?xml[^?]*\?>/, "")
    .replace(tags, (_, closing: string, name: string, __, empty: string) => {
      if (closing) expect(open.pop()).toBe(name);
      else if (!empty) open.push(name);
      return "";
    });
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<]/);
  expect(markup.replaceAll(/&(amp|lt|gt|quot|#\d+|#x[\da-f]+);/gi, "")).not.toContain("&");
}

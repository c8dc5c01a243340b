import { describe, expect, it } from "vitest";
import { standaloneSvg, svgElement } from "../../src/report/markup.js";
import { assignMarks, type ModelMark } from "../../src/report/model-marks.js";
import { modelColor, paletteStyle } from "../../src/report/palette.js";

const names = (count: number) => Array.from({ length: count }, (_, index) => `net${index}`);
const inkOf = ({ ink }: ModelMark) => ink.light;

describe("assignMarks", () => {
  it("gives each model an ink of its own while there are enough", () => {
    const marks = [...assignMarks(names(8)).values()];
    expect(new Set(marks.map(inkOf)).size).toBe(8);
    expect(new Set(marks.slice(0, 7).map(({ symbol }) => symbol)).size).toBe(7);
  });

  it("repeats no pair of ink and symbol while there are others", () => {
    const marks = [...assignMarks(names(56)).values()];
    expect(new Set(marks.map((mark) => `${inkOf(mark)} ${mark.symbol}`)).size).toBe(56);
    expect(assignMarks(names(60)).size).toBe(60);
  });

  it("goes by the order of appearance, not by the name", () => {
    const [first] = assignMarks(["b", "a"]).values();
    expect(assignMarks(["a", "b"]).get("a")).toEqual(first);
  });

  it("keeps the marks given, and gives their inks and symbols to no other", () => {
    const [taken] = assignMarks(["one"]).values();
    const marks = assignMarks([...names(6), "known"], new Map([["known", taken!]]));
    expect(marks.get("known")).toBe(taken);
    const others = names(6).map((name) => marks.get(name)!);
    expect(others.map(inkOf)).not.toContain(inkOf(taken!));
    expect(others.map(({ symbol }) => symbol)).not.toContain(taken!.symbol);
    expect(marks.has("absent")).toBe(false);
  });
});

describe("the colour of a model", () => {
  const marks = assignMarks(["a.b", "a-b"]);

  it("is a variable that the style defines, for any name", () => {
    for (const model of marks.keys()) {
      const [, variable] = /^var\((.*)\)$/.exec(modelColor(model))!;
      const { light, dark } = marks.get(model)!.ink;
      expect(paletteStyle(marks)).toContain(`${variable}:${light}`);
      expect(paletteStyle(marks)).toContain(`${variable}:${dark}`);
    }
    expect(modelColor("a.b")).toBe("var(--model-a_2e_b)");
    expect(paletteStyle()).not.toContain("--model-");
  });

  it("is in a figure that stands alone", () => {
    const svg = svgElement({ width: 1, height: 1 }, "title", "");
    const figure = { name: "x", title: "x", caption: "", svg, marks };
    expect(standaloneSvg(figure)).toContain("--model-a-b:");
  });
});

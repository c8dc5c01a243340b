import { describe, expect, it } from "vitest";
import { handles, pointOf } from "../../studio/pages/look/theta.js";

const identity = [1, 0, 0, 0, 1, 0];
const slanted = [0.8, 0.3, 0.1, -0.2, 0.9, -0.1];

describe("the handles of the sampled frame", () => {
  it("are the middle, a corner and two edges", () => {
    expect(handles.map((handle) => handle.at(identity))).toEqual([
      [14, 14],
      [28, 0],
      [28, 14],
      [14, 28],
    ]);
  });

  it.each(handles.map((handle) => [handle.name, handle] as const))(
    "come to lie where they are dragged: %s",
    (_, handle) => {
      const [x, y] = handle.at(handle.drag(slanted, 20, 6));
      expect([x, y]).toEqual([expect.closeTo(20, 10), expect.closeTo(6, 10)]);
    },
  );

  it("move, turn and stretch", () => {
    const [move, turn, right, down] = handles;
    expect(move!.drag(identity, 21, 14)).toEqual([1, 0, 0.5, 0, 1, 0]);
    // The upper right corner goes to the lower right one: a quarter turn clockwise.
    const turned = turn!.drag(identity, 28, 28);
    expect(turned.map((value) => Math.round(value * 1e9) / 1e9 + 0)).toEqual([0, -1, 0, 1, 0, 0]);
    expect(pointOf(turned, -1, -1)).toEqual([28, 0]);
    expect(right!.drag(identity, 21, 14)).toEqual([0.5, 0, 0, 0, 1, 0]);
    expect(down!.drag(identity, 21, 28)).toEqual([1, 0.5, 0, 0, 1, 0]);
  });

  it("keep the frame where it would have no size", () => {
    expect(handles[1]!.drag(identity, 14, 14)).toEqual(identity);
  });
});

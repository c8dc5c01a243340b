import { describe, expect, it } from "vitest";
import { withoutCoordinates } from "../../src/inspect/without-coordinates.js";
import { models } from "../../src/models/index.js";
import { initialize } from "../../src/train/initialize.js";
import { imageShape, valuesOf } from "./engine-values.js";

describe("withoutCoordinates", () => {
  it("gives what a plain convolution of the other weights gives", async () => {
    const coord = models["coordconv-stn"].build(imageShape).graph;
    const parameters = initialize(coord, 5);
    const without = withoutCoordinates(coord, parameters)!;
    const plain = models.stn.build(imageShape).graph;
    const cut = new Map(
      plain.parameters.map(({ name, shape }) => {
        const own = name.replace(/^(conv\d|localization\.\d)\./, "$1.conv.");
        const { values } = parameters.get(own)!;
        const [out = 1, channels = 1, ...kernel] = shape;
        const size = kernel.reduce((product, extent) => product * extent, 1);
        if (values.length === out * channels * size) return [name, { shape, values }] as const;
        const kept = values.filter((_, at) => Math.floor(at / size) % (channels + 2) < channels);
        return [name, { shape, values: kept }] as const;
      }),
    );
    const expected = (await valuesOf(plain, cut))(plain.output, 0);
    const found = (await valuesOf(coord, without))(coord.output, 0);
    expected.forEach((value, at) => {
      expect(found[at]).toBeCloseTo(value, 5);
    });
    expect((await valuesOf(coord, parameters))(coord.output, 0)).not.toEqual(found);
  });

  it("is undefined for a network without coordinates", () => {
    const { graph } = models.cnn.build(imageShape);
    expect(withoutCoordinates(graph, initialize(graph, 5))).toBeUndefined();
  });
});

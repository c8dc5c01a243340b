import { describe, expect, it } from "vitest";
import { countParameters } from "../../src/graph/graph.js";
import { modelNames } from "../../src/models/index.js";
import { networkBlocks } from "../../src/report/network-blocks.js";
import { networkFigure } from "../../src/report/network-figure.js";
import { layoutNetwork, type PlacedBlock } from "../../src/report/network-layout.js";
import { networkRegions } from "../../src/report/network-regions.js";
import { graphOf } from "../models/graph-of.js";
import { expectWellFormed } from "./well-formed.js";

const image = { channels: 1, rows: 28, columns: 28 };
const size = () => ({ width: 120, height: 60 });

function overlaps(a: PlacedBlock, b: PlacedBlock): boolean {
  return (
    Math.abs(a.x - b.x) < (a.width + b.width) / 2 && a.y < b.y + b.height && b.y < a.y + a.height
  );
}

describe.each(modelNames)("the drawing of %s", (name) => {
  const graph = graphOf(name, image, 10);
  const blocks = networkBlocks(graph);
  const layout = layoutNetwork(blocks, size);

  it("has every node in one block and counts every parameter", () => {
    const nodes = blocks.flatMap((block) => block.nodes).sort((a, b) => a - b);
    expect(nodes).toEqual(graph.nodes.map((node) => node.id));
    const parameters = blocks.reduce((sum, block) => sum + block.parameters, 0);
    expect(parameters).toBe(countParameters(graph));
  });

  it("has no boxes that overlap or leave the drawing", () => {
    expect(layout.blocks).toHaveLength(blocks.length);
    for (const [index, a] of layout.blocks.entries()) {
      for (const b of layout.blocks.slice(index + 1)) {
        expect(overlaps(a, b), `${a.block.title} over ${b.block.title}`).toBe(false);
      }
      expect(a.x - a.width / 2).toBeGreaterThanOrEqual(0);
      expect(a.x + a.width / 2).toBeLessThanOrEqual(layout.width);
      expect(a.y + a.height).toBeLessThanOrEqual(layout.height);
    }
  });

  it("has a connection for every input, downwards within a column", () => {
    expect(layout.edges).toHaveLength(blocks.flatMap((block) => block.inputs).length);
    for (const edge of layout.edges.filter((each) => !each.wraps)) {
      edge.points.slice(1).forEach((point, index) => {
        expect(point.y).toBeGreaterThanOrEqual(edge.points[index]!.y);
      });
    }
  });

  it("has no connection that runs through a box", () => {
    for (const edge of layout.edges.filter((each) => !each.wraps)) {
      edge.points.slice(1).forEach((point, index) => {
        const before = edge.points[index]!;
        if (before.x !== point.x) return;
        for (const { block, x, y, width, height } of layout.blocks) {
          if (block.id === edge.from || block.id === edge.to) continue;
          const inside = Math.abs(point.x - x) < width / 2 && before.y < y + height && point.y > y;
          expect(inside, `${edge.from} to ${edge.to} through ${block.title}`).toBe(false);
        }
      });
    }
  });

  it("is a well-formed picture that is not wider than a page", () => {
    const figure = networkFigure(name, graph);
    expectWellFormed(figure.svg);
    expect(figure.name).toBe(`network-${name}`);
    const width = Number(/ width="([\d.]+)"/.exec(figure.svg)![1]);
    expect(width).toBeLessThanOrEqual(1100);
  });
});

describe("networkBlocks", () => {
  it("keeps a layer with its steps together", () => {
    const blocks = networkBlocks(graphOf("stn", image, 10));
    const conv1 = blocks.find((block) => block.title === "conv1")!;
    expect(conv1.steps).toEqual(["conv 5×5, 1 → 10", "max-pool 2×2", "ReLU"]);
    expect(conv1.parameters).toBe(260);
    expect(conv1.shape).toEqual([10, 12, 12]);
  });
});

describe("networkRegions", () => {
  it("finds the localization network and the attention blocks", () => {
    const titles = (name: "stn" | "mha" | "cnn") => {
      const graph = graphOf(name, image, 10);
      return networkRegions(networkBlocks(graph), graph).map((region) => region.title);
    };
    expect(titles("cnn")).toEqual([]);
    expect(titles("stn")).toEqual(["localization network"]);
    expect(titles("mha")).toEqual(["vit1", "vit2"]);
  });
});

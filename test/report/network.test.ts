import { describe, expect, it } from "vitest";
import { countParameters, type Graph } from "../../src/graph/graph.js";
import { imageInput } from "../../src/graph/inputs.js";
import { linear, packedLinear } from "../../src/graph/ops/linear.js";
import { maxPool2d } from "../../src/graph/ops/max-pool2d.js";
import { classifierNames, modelNames } from "../../src/models/index.js";
import type { Figure } from "../../src/report/markup.js";
import { networkBlocks } from "../../src/report/network-blocks.js";
import {
  differingBlocks,
  type NetworkDrawingData,
  networkDrawings,
} from "../../src/report/network-data.js";
import { drawNetworks, networkFigures } from "../../src/report/network-figure.js";
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

  it("is a well-formed picture", () => {
    const [figure] = networkFigures([{ name, graph }]) as [Figure];
    expectWellFormed(figure.svg);
    expect(figure.name).toBe(`network-${name}`);
  });
});

// The gates of se-residual and cbam-residual are drawn side by side, wider than a page: these scroll.
describe.each(modelNames.filter((name) => !name.endsWith("-residual")))(
  "the drawing of %s",
  (name) => {
    it("is not wider than a page", () => {
      const [figure] = networkFigures([{ name, graph: graphOf(name, image, 10) }]) as [Figure];
      const width = Number(/ width="([\d.]+)"/.exec(figure.svg)![1]);
      expect(width).toBeLessThanOrEqual(1100);
    });
  },
);

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

const named = (name: (typeof modelNames)[number]) => ({
  name,
  graph: graphOf(name, image, 10),
});

describe("the words in boxes", () => {
  const { name, graph } = named("mha");
  const [{ networks }] = networkDrawings([{ name, graph }]) as [NetworkDrawingData];
  const { blocks } = networks[0]!;

  it("name the slices of a packed layer by what they are for", () => {
    const titles = blocks.map(({ title }) => title);
    expect(titles.slice(0, 8)).toEqual([
      ...["image", "conv1"],
      ...["q", "q of in_proj", "k", "k of in_proj", "v", "v of in_proj"],
    ]);
    expect(titles).toContain("out_proj");
    expect(titles.join()).not.toMatch(/\[\d\]|_weight|_bias/);
  });

  it("say where there is a bias", () => {
    const steps = (title: string) => {
      const { id } = blocks.find((block) => block.title === title)!;
      return { plain: networkBlocks(graph)[id]!.steps[0]!, shown: blocks[id]!.steps[0]! };
    };
    expect(steps("q").shown).toBe(steps("q").plain);
    for (const title of ["q of in_proj", "out_proj", "conv1", "fc1"]) {
      expect(steps(title).shown).toBe(`${steps(title).plain}, bias`);
    }
  });

  it("count the parts of a packed layer that no attention reads", () => {
    const x = imageInput([2, 4, 4]);
    const names = { weight: "head.packed_weight", bias: "head.packed_bias" };
    const part = packedLinear(x, names, { index: 1, slices: 2, outFeatures: 3 });
    const [drawing] = networkDrawings([{ name: "packed", graph: x.builder.finish(part) }]);
    expect(drawing!.networks[0]!.blocks[1]!.title).toBe("head.packed, part 2");
  });

  it("fit into their boxes, however long they are", () => {
    const long = "max-pool 13×13, stride 12, padding 11, and a few words that no box has room for";
    const [drawing] = networkDrawings([named("cnn")]);
    const [network] = drawing!.networks;
    const blocksWithLong = network!.blocks.map((block) => ({ ...block, steps: [long, "ReLU"] }));
    const { svg } = drawNetworks({
      networks: [{ ...network!, blocks: blocksWithLong }],
      differing: [],
    });
    const boxes = [...svg.matchAll(/<g class="block">(.*?)<\/g>/g)].map(([, content]) => content!);
    expect(boxes).toHaveLength(network!.blocks.length);
    for (const box of boxes) {
      const [outer, ...chips] = [...box.matchAll(/<rect x="([\d.]+)" [^>]*?width="([\d.]+)"/g)].map(
        ([, x, width]) => [Number(x), Number(x) + Number(width)] as const,
      );
      expect(chips).toHaveLength(2);
      for (const [left, right] of chips) {
        expect(left).toBeGreaterThan(outer![0]);
        expect(right).toBeLessThan(outer![1]);
      }
    }
  });
});

describe("networks that differ in a few boxes", () => {
  it("stand side by side in one figure, the boxes marked", () => {
    const figures = networkFigures([named("mha"), named("cnn"), named("mha-batch")]);
    expect(figures.map(({ name }) => name)).toEqual(["network-mha-mha-batch", "network-cnn"]);
    const [pair] = figures as [Figure, Figure];
    expectWellFormed(pair.svg);
    expect(pair.title).toBe("The networks mha and mha-batch, compared");
    expect(pair.caption).toMatch(
      /^The 2 boxes with a heavy outline are all that differs: attention over \w+ in mha, attention over the batch in mha-batch\. /,
    );
    expect(pair.svg.match(/stroke="var\(--link\)"/g)).toHaveLength(2 * 2);
    expect(Number(/ width="([\d.]+)"/.exec(pair.svg)![1])).toBeLessThanOrEqual(1100);
  });

  it("are below each other on phones, in half the width", () => {
    const [{ svg, narrow }] = networkFigures([named("mha"), named("mha-batch")]) as [Figure];
    const extent = (of: string, side: string) =>
      Number(new RegExp(` ${side}="([\\d.]+)"`).exec(of)![1]);
    expectWellFormed(narrow!.svg);
    expect(extent(narrow!.svg, "width")).toBeLessThan(extent(svg, "width") / 2);
    expect(extent(narrow!.svg, "height")).toBeGreaterThan(extent(svg, "height") * 2);
    const names = (of: string) => [...of.matchAll(/>([\w-]+) · 25,460 parameters</g)];
    expect(names(narrow!.svg).map(([, name]) => name)).toEqual(["mha", "mha-batch"]);
  });

  it("have equal boxes at equal heights", () => {
    const [pair] = networkFigures([named("mha"), named("mha-batch")]) as [Figure];
    const half = pair.svg.indexOf("mha-batch · 25,460 parameters");
    const rows = (svg: string) =>
      [...svg.matchAll(/<g class="block"><rect x="[\d.]+" y="([\d.]+)"/g)].map(([, y]) => y);
    expect(rows(pair.svg.slice(0, half)).length).toBeGreaterThan(10);
    expect(rows(pair.svg.slice(half))).toEqual(rows(pair.svg.slice(0, half)));
  });

  it("are found by their structure, whatever their names", () => {
    const pooled = (name: string, features: number): Graph => {
      const x = imageInput([1, 8, 8]);
      let y = maxPool2d(x, 2);
      for (const layer of ["a", "b", "c"]) y = linear(y, `${name}.${layer}`, { outFeatures: 3 });
      y = linear(y, `${name}.d`, { outFeatures: features });
      return x.builder.finish(y);
    };
    expect(differingBlocks(pooled("one", 3), pooled("two", 3))).toEqual([]);
    expect(differingBlocks(pooled("one", 3), pooled("two", 4))).toEqual([5]);
    const [drawing] = networkFigures([
      { name: "one", graph: pooled("one", 3) },
      { name: "two", graph: pooled("two", 3) },
    ]);
    expect(drawing!.caption).toContain("All boxes are the same.");
  });

  it("are not those with other connections or many other boxes", () => {
    const graph = (name: (typeof classifierNames)[number]) => named(name).graph;
    expect(differingBlocks(graph("cnn"), graph("stn"))).toBeUndefined();
    expect(differingBlocks(graph("stn"), graph("coordconv-stn"))).toBeUndefined();
    expect(networkFigures(classifierNames.map(named)).map(({ name }) => name)).toEqual([
      "network-cnn",
      "network-stn",
      "network-coordconv-stn",
      "network-mha-mha-batch",
    ]);
  });
});

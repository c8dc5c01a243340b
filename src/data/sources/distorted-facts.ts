import type { DistortedName } from "./distorted-names.js";

/** What tells the sets that are made of MNIST with seed 0 apart from other data. */
export const DISTORTED_FACTS: readonly {
  readonly name: DistortedName;
  readonly digest: string;
  readonly mean: number;
  readonly std: number;
}[] = [
  {
    name: "mnist-r",
    digest: "484fa2c9c5f28998aef285b8a93da1e9cb1e6cc1fe38e83d7ee66999d0715e68",
    ...{ mean: 0.1306, std: 0.2898 },
  },
  {
    name: "mnist-rts",
    digest: "078b8871cf4dcc4f19f72ff7d4dd0c246fb124da9d6ba8f1d3bc4c451e333b1f",
    ...{ mean: 0.0535, std: 0.1959 },
  },
  {
    name: "mnist-p",
    digest: "a5eae579098b6c4150d2986b977dd1a8aea553c84a4d019a5d83c62eeddd3b9d",
    ...{ mean: 0.096, std: 0.2544 },
  },
  {
    name: "mnist-e",
    digest: "2a84efc753713443f8e88d7ef8c974106dd4e83bf432b5b11a005c9f5c242ea6",
    ...{ mean: 0.1, std: 0.2589 },
  },
  {
    name: "mnist-cluttered",
    digest: "7b309d5360019d207ba3959d914432ceeeb3986bf922c1cbc949ee6d269a388a",
    ...{ mean: 0.0468, std: 0.1953 },
  },
  {
    name: "mnist-rot-12k",
    digest: "28e7dc860762ce7bcbc23c6976fb747f2993541ca1ac23ce4df90f6f8e26a13b",
    ...{ mean: 0.1316, std: 0.2908 },
  },
];

/** What the page says of a network: names and two sentences in words that need no paper, and the paper. */
export interface Mechanism {
  readonly title: string;
  /** The term of the field. */
  readonly term: string;
  readonly sentences: readonly [string, string];
  readonly paper: { readonly text: string; readonly address: string };
}

/** By the network's name. */
export const mechanisms: Readonly<Record<string, Mechanism>> = {
  cnn: {
    title: "plain",
    term: "convolutional network (cnn)",
    sentences: [
      "It slides small filters over the picture, twice, and keeps their strongest answers.",
      "Nothing in it turns or moves the picture, so it must have learnt every pose by heart.",
    ],
    paper: { text: "LeCun et al. 1998", address: "https://doi.org/10.1109/5.726791" },
  },
  stn: {
    title: "warp",
    term: "spatial transformer network (stn)",
    sentences: [
      "A small network looks first and chooses a frame; what lies in the frame is cut out, set upright and read.",
      "Nobody shows it good frames: it learns them because they make reading easier.",
    ],
    paper: { text: "Jaderberg et al. 2015", address: "https://arxiv.org/abs/1506.02025" },
  },
  coordconv: {
    title: "coordinates",
    term: "CoordConv",
    sentences: [
      "Its filters also see where they are: two more pictures hold the row and the column of every pixel.",
      "A plain filter answers alike everywhere; this one can answer otherwise at the top than at the bottom.",
    ],
    paper: { text: "Liu et al. 2018", address: "https://arxiv.org/abs/1807.03247" },
  },
  mha: {
    title: "attention",
    term: "multi-head self-attention over positions (mha)",
    sentences: [
      "Every spot of the picture asks all other spots how much they matter to it, and adds up what they hold.",
      "Two heads ask different questions; a bright spot gets a large share.",
    ],
    paper: { text: "Vaswani et al. 2017", address: "https://arxiv.org/abs/1706.03762" },
  },
  "mha-batch": {
    title: "across the batch",
    term: "attention over the batch (mha-batch)",
    sentences: [
      "A common mistake: each spot asks the same spot in the other pictures that happen to be read with it.",
      "So the answer for your picture depends on its company, which should not matter.",
    ],
    paper: {
      text: "where it is meant: Kossen et al. 2021",
      address: "https://arxiv.org/abs/2106.02584",
    },
  },
};

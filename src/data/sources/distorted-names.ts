// A file of its own, so that the command line can list the names without loading what makes the images.

/** Sets of distorted images that are made of MNIST, see `distortedMnist`. */
export const distortedNames = [
  "mnist-r",
  "mnist-rts",
  "mnist-p",
  "mnist-e",
  "mnist-cluttered",
  "mnist-rot-12k",
] as const;

/** The name of a set that {@link distortedMnist} makes. */
export type DistortedName = (typeof distortedNames)[number];

import type { Changes } from "./picture.js";

/** A slider that changes the picture. */
export interface PictureSlider {
  readonly name: Exclude<keyof Changes, "invert">;
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly format: (value: number) => string;
  /** The term of the field, on hover. */
  readonly title: string;
}

const degrees = (value: number) => `${value.toFixed(0)}°`;
const pixels = (value: number) => `${value.toFixed(0)} px`;

/** In the order of the page; the first one is the most important. */
export const pictureSliders: readonly PictureSlider[] = [
  {
    name: "rotate",
    label: "rotate",
    ...{ min: -180, max: 180, step: 1, format: degrees },
    title: "Clockwise, about the middle",
  },
  {
    name: "right",
    label: "shift →",
    ...{ min: -10, max: 10, step: 1, format: pixels },
    title: "To the right, pixels",
  },
  {
    name: "down",
    label: "shift ↓",
    ...{ min: -10, max: 10, step: 1, format: pixels },
    title: "Down, pixels",
  },
  {
    name: "scale",
    label: "size",
    ...{ min: 0.4, max: 1.8, step: 0.02, format: (value) => `× ${value.toFixed(2)}` },
    title: "Scale, about the middle",
  },
  {
    name: "shear",
    label: "slant",
    ...{ min: -45, max: 45, step: 1, format: degrees },
    title: "Shear: upright lines lean to the right",
  },
  {
    name: "noise",
    label: "noise",
    ...{ min: 0, max: 0.6, step: 0.02, format: (value) => `${(value * 100).toFixed(0)} %` },
    title: "Standard deviation of noise, in percent of white",
  },
];

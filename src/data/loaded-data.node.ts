import { thousands } from "../numbers.js";
import type { Allocate } from "./allocate.js";
import type { Dataset } from "./dataset.js";
import type { DownloadProgress } from "./download.node.js";
import type { PictureOptions } from "./sources/sets/picture-options.js";

/** Options of `loadData`. */
export interface LoadOptions extends PictureOptions {
  /** Where FOVEA_DATA, a folder that holds MNIST or a folder `mnist`, is looked up; default `process.env`. */
  environment?: Readonly<Record<string, string | undefined>>;
  /** Where downloads are kept; default the user's cache folder for MNIST. */
  cacheFolder?: string;
  /** Addresses to download from; default the public mirrors, an empty list downloads nothing. */
  mirrors?: readonly string[];
  /** Called while a file is downloaded. */
  onDownload?: DownloadProgress;
  /** Called while the built-in digits are written. */
  onGenerate?: (done: number, total: number) => void;
  /** Called while distorted images are made. */
  onDistort?: (done: number, total: number) => void;
  /** Called while pictures are decoded. */
  onDecode?: (done: number, total: number) => void;
  /** Where decoded pictures are kept; default the user's cache folder for pictures, `null` nowhere. */
  preparedFolder?: string | null;
  /** Makes the memory that the data lie in; a `DataMemory`'s keeps them once for all engines. */
  allocate?: Allocate;
  /** Ends a download. */
  signal?: AbortSignal;
}

/** A data set, and why it is this one: a line for people that begins with `data: `. */
export interface LoadedData {
  data: Dataset;
  reason: string;
  /** What was done to read the data, lines that begin with `data: `, too. */
  notes: readonly string[];
}

/** How many images, as `LoadedData.reason` says it. */
export function counts(data: Dataset): string {
  return `${thousands(data.train.count)} + ${thousands(data.test.count)} images`;
}

import { bytesIn, DataMemory, memoryOf } from "../engine/data-memory.js";
import type { Dataset, ImageSet } from "./dataset.js";

/** A data set that can be sent to another thread, which then reads the same bytes. */
export interface SharedDataset {
  readonly memory: WebAssembly.Memory;
  /** Without bytes. */
  readonly data: Omit<Dataset, "train" | "test">;
  readonly train: SharedSet;
  readonly test: SharedSet;
}

interface SharedSet {
  readonly count: number;
  readonly images: Place;
  readonly labels: Place;
}

interface Place {
  readonly address: number;
  readonly length: number;
}

/** For another thread. Copies the data, unless they lie in one `DataMemory` already. */
export function shareDataset(dataset: Dataset): SharedDataset {
  const { train, test, ...data } = placed(dataset);
  const memory = memoryOf([train.images, train.labels, test.images, test.labels])!;
  return { memory, data, train: shareSet(train), test: shareSet(test) };
}

/** The data set that another thread shares. */
export function sharedDataset({ memory, data, train, test }: SharedDataset): Dataset {
  const bytes = ({ address, length }: Place) => bytesIn(memory, address, length);
  const set = ({ count, images, labels }: SharedSet): ImageSet => {
    return { count, images: bytes(images), labels: bytes(labels) };
  };
  return { ...data, train: set(train), test: set(test) };
}

function placed(data: Dataset): Dataset {
  const { train, test } = data;
  if (memoryOf([train.images, train.labels, test.images, test.labels])) return data;
  const { allocate } = new DataMemory();
  const place = (bytes: Uint8Array): Uint8Array => {
    const shared = allocate(bytes.length);
    shared.set(bytes);
    return shared;
  };
  const placeSet = ({ count, images, labels }: ImageSet): ImageSet => {
    return { count, images: place(images), labels: place(labels) };
  };
  return { ...data, train: placeSet(train), test: placeSet(test) };
}

function shareSet({ count, images, labels }: ImageSet): SharedSet {
  const place = ({ byteOffset, length }: Uint8Array): Place => ({ address: byteOffset, length });
  return { count, images: place(images), labels: place(labels) };
}

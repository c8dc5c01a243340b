import { fromBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { crc32c } from "../../src/formats/crc32c.js";
import { EventSchema, HParamsSchema } from "../../src/formats/tensorboard/events_pb.js";
import { tfRecord } from "../../src/formats/tensorboard/tf-record.js";
import { eventFile, eventFileName } from "../../src/report/tensorboard-events.js";
import { fakeRun, fakeViews } from "../report/fixtures.js";

const bytesOf = (text: string) => new TextEncoder().encode(text);

describe("CRC-32C", () => {
  it.each([
    ["123456789", 0xe3069283],
    ["", 0],
    ["\0".repeat(32), 0x8a9136aa],
  ])("of %j is that of RFC 3720", (text, expected) => {
    expect(crc32c(bytesOf(text))).toBe(expected);
  });
});

/** The events of a file, whose checksums are compared. */
function eventsOf(file: Uint8Array) {
  const events = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(new DataView(file.buffer, at).getBigUint64(0, true));
    const record = file.slice(at, at + length + 16);
    const data = record.subarray(12, 12 + length);
    expect(record).toEqual(tfRecord(data));
    events.push(fromBinary(EventSchema, data));
    at += record.length;
  }
  return events;
}

describe("an event file", () => {
  const run = fakeRun(
    "stn",
    [
      [0.5, 9000],
      [0.4, 9500],
    ],
    { views: fakeViews("places") },
  );
  const events = eventsOf(eventFile(run));
  const values = events.flatMap(({ what, step }) =>
    what.case === "summary" ? what.value.value.map((value) => ({ step, ...value })) : [],
  );

  it("begins with its version, and has a name that TensorBoard looks for", () => {
    expect(events[0]!.what).toEqual({ case: "fileVersion", value: "brain.Event:2" });
    expect(eventFileName(run.record)).toMatch(/^events\.out\.tfevents\.\d+\.fovea\.[0-9a-f]{8}$/);
  });

  it("has the curves of metrics.csv, at the times of the epochs", () => {
    const losses = values.filter(({ tag }) => tag === "loss/validation");
    expect(losses.map(({ step, value }) => [Number(step), value.value])).toEqual([
      [1, 0.5],
      [2, Math.fround(0.4)],
    ]);
    const began = Date.parse(run.record.started) / 1000;
    expect(events[2]!.wallTime).toBeCloseTo(began + run.metrics[0]!.seconds, 3);
  });

  it("has the recipe and the end of the training for the hparams plugin", () => {
    const messages = values
      .filter(({ metadata }) => metadata?.pluginData?.pluginName === "hparams")
      .map(({ metadata }) => fromBinary(HParamsSchema, metadata!.pluginData!.content));
    expect(messages.length).toBe(2);
    const { hparams } = messages[0]!.sessionStartInfo!;
    expect(hparams.model!.kind).toEqual({ case: "stringValue", value: "stn" });
    expect(hparams["batch-size"]!.kind).toEqual({ case: "numberValue", value: 64 });
    expect(messages[1]!.sessionEndInfo!.status).toBe(1);
  });

  it("has the images before and after the transformer, as PNG", () => {
    const images = values.filter(({ value }) => value.case === "image");
    expect(images.length).toBe(2);
    const { value } = images[0]!.value;
    expect(value).toMatchObject({ height: 4, width: 8, colorspace: 1 });
  });

  it("is the same bytes for the same run", () => {
    expect(eventFile(run)).toEqual(eventFile(run));
  });
});

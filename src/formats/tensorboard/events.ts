import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { EventSchema, HParamsSchema, type SummarySchema } from "./events_pb.js";
import { tfRecord } from "./tf-record.js";

/** When something happened. */
export interface Moment {
  /** Seconds since 1970. */
  readonly time: number;
  readonly step: number;
}

/** A picture as PNG. */
export interface PngImage {
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly png: Uint8Array;
}

/** What a hyper-parameter can be. */
export type HyperParameter = number | string | boolean;

/** Results of a session of the hparams plugin, by its own numbers. */
export const sessionStatus = { success: 1, running: 3 } as const;

/** The record that each event file begins with. */
export function versionRecord(time: number): Uint8Array {
  return eventRecord({ time, step: 0 }, { case: "fileVersion", value: "brain.Event:2" });
}

/** A record with the values of some curves at one step. */
export function scalarsRecord(
  moment: Moment,
  scalars: Readonly<Record<string, number>>,
): Uint8Array {
  const value = Object.entries(scalars).map(([tag, simpleValue]) => {
    return { tag, value: { case: "simpleValue", value: simpleValue } as const };
  });
  return summaryRecord(moment, { value });
}

/** A record with a picture. */
export function imageRecord(moment: Moment, tag: string, image: PngImage): Uint8Array {
  const { rows: height, columns: width, channels: colorspace, png } = image;
  const value = { height, width, colorspace, encodedImageString: png };
  return summaryRecord(moment, { value: [{ tag, value: { case: "image", value } }] });
}

/** A record with the hyper-parameters of a training, for the hparams plugin. */
export function hyperParametersRecord(
  moment: Moment,
  parameters: Readonly<Record<string, HyperParameter>>,
): Uint8Array {
  const hparams = Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, { kind: kindOf(value) }]),
  );
  const start = { hparams, startTimeSecs: moment.time };
  const message = create(HParamsSchema, { sessionStartInfo: start });
  return hparamsRecord(moment, "_hparams_/session_start_info", message);
}

/** A record that says how a training ended, for the hparams plugin. */
export function sessionEndRecord(
  moment: Moment,
  status: (typeof sessionStatus)[keyof typeof sessionStatus],
): Uint8Array {
  const message = create(HParamsSchema, { sessionEndInfo: { status, endTimeSecs: moment.time } });
  return hparamsRecord(moment, "_hparams_/session_end_info", message);
}

function kindOf(value: HyperParameter) {
  if (typeof value === "number") return { case: "numberValue", value } as const;
  if (typeof value === "boolean") return { case: "boolValue", value } as const;
  return { case: "stringValue", value } as const;
}

/** The plugin reads its message from the metadata; the tensor is a 0 that stands for no value. */
function hparamsRecord(
  moment: Moment,
  tag: string,
  message: ReturnType<typeof create<typeof HParamsSchema>>,
): Uint8Array {
  const content = toBinary(HParamsSchema, message);
  const none = { dtype: 1, tensorShape: { dim: [{ size: 1n }] }, floatVal: [0] };
  const metadata = { pluginData: { pluginName: "hparams", content } };
  return summaryRecord(moment, {
    value: [{ tag, metadata, value: { case: "tensor", value: none } }],
  });
}

function summaryRecord(
  moment: Moment,
  summary: MessageInitShape<typeof SummarySchema>,
): Uint8Array {
  return eventRecord(moment, { case: "summary", value: summary });
}

function eventRecord(
  { time, step }: Moment,
  what: MessageInitShape<typeof EventSchema>["what"],
): Uint8Array {
  const event = create(EventSchema, { wallTime: time, step: BigInt(step), what });
  return tfRecord(toBinary(EventSchema, event));
}

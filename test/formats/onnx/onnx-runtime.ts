import { create, toBinary } from "@bufbuild/protobuf";
import * as ort from "onnxruntime-web";
import { ModelProtoSchema } from "../../../src/formats/onnx/onnx_pb.js";
import { OnnxGraph } from "../../../src/formats/onnx/onnx-graph.js";
import { type Graph, sizeOf } from "../../../src/graph/graph.js";
import type { NamedTensors } from "../../../src/graph/tensors.js";

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

/** Images as an ONNX network is given them: `[batch, channels, rows, columns]`. */
export interface Given {
  readonly type: "uint8" | "float32";
  readonly values: Uint8Array | Float32Array;
  readonly shape: readonly number[];
}

/** Runs an ONNX file in ONNX Runtime's WebAssembly. */
export class OnnxNetwork {
  private constructor(readonly session: ort.InferenceSession) {}

  static async open(bytes: Uint8Array): Promise<OnnxNetwork> {
    return new OnnxNetwork(await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 }));
  }

  /** The values of an output. */
  async run(inputs: readonly Given[], output?: string): Promise<Float32Array> {
    const { inputNames, outputNames } = this.session;
    const feeds = inputs.map(({ type, values, shape }, at) => [
      inputNames[at]!,
      new ort.Tensor(type as "float32", values as Float32Array, shape),
    ]);
    const results = await this.session.run(Object.fromEntries(feeds));
    return results[output ?? outputNames[0]!]!.data as Float32Array;
  }

  close(): Promise<void> {
    return this.session.release();
  }
}

/** Any graph as an ONNX file with one output, also one that is no classifier. */
export function graphFile(graph: Graph, weights: NamedTensors): Uint8Array {
  const onnx = new OnnxGraph("test", graph, weights, { kind: "normalized", mean: [0], std: [1] });
  const { value, shape } = onnx.result;
  const outputs = [{ value: onnx.named(value, "result"), shape }];
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 10n,
      opsetImport: [{ domain: "", version: 22n }],
      graph: onnx.finish("test", outputs),
    }),
  );
}

/** Pixels of a data set's images `[image, channel, row, column]`, as ONNX wants them. */
export function channelsFirst(images: Uint8Array, channels: number, positions: number): Uint8Array {
  const size = sizeOf([channels, positions]);
  return images.map((_, at) => {
    const [image, rest] = [Math.floor(at / size), at % size];
    const [channel, position] = [Math.floor(rest / positions), rest % positions];
    return images[image * size + position * channels + channel]!;
  });
}

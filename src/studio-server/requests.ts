import { z } from "zod";
import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";
import { modelNames } from "../models/names.js";
import { listed } from "../numbers.js";
import { mostEpochs } from "../runs/run-spec.js";
import { parseManifest, type Study } from "../study/manifest.js";
import { schemaProblem } from "../study/manifest-problem.js";
import { largestSeed, members, whole, word } from "../study/schema-parts.js";
import { type ControlRequest, controlActions, mostBatchSize, type TrainingRequest } from "./api.js";

/** Data that are found by their names on this machine, or made by Fovea. */
export const namedData = ["digits", "mnist"] as const;

/** Bytes of a request's body. */
export const mostRequestBytes = 65_536;

const optionValue = "a number, true, false, or a text of letters, digits, dots and dashes";
const learningRate = "a number above 0 and at most 1000";
const path = "a path of up to 4,096 characters";
const folderName = "up to 80 letters, digits, dots, dashes and underscores";

const trainingSchema = members({
  model: word(modelNames),
  data: word(namedData),
  epochs: whole(1, mostEpochs),
  seed: whole(0, largestSeed),
  batchSize: whole(1, mostBatchSize).optional(),
  learningRate: z
    .number({ error: learningRate })
    .positive({ error: learningRate })
    .max(1_000, { error: learningRate })
    .optional(),
  validation: whole(1, 10_000_000).optional(),
  threads: whole(1, 256).optional(),
  options: z
    .record(
      z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,40}$/),
      z.union(
        [z.number(), z.boolean(), z.string().regex(/^[\w.-]{1,40}$/, { error: optionValue })],
        {
          error: optionValue,
        },
      ),
      {
        error: ({ code }) =>
          code === "invalid_key"
            ? "an option, named by letters and digits"
            : "an object of options",
      },
    )
    .optional(),
});

const controlSchema = members({
  path: z.string({ error: path }).max(4_096, { error: path }),
  action: word(controlActions),
});

const studySchema = members({
  name: z.string({ error: folderName }).regex(/^[A-Za-z0-9][\w.-]{0,79}$/, { error: folderName }),
  manifest: z.unknown(),
});

/** @throws InputError naming the first member that is wrong, with what is allowed */
export function trainingRequest(body: unknown): TrainingRequest {
  return checked(trainingSchema, body);
}

/** @throws InputError naming the first member that is wrong, with what is allowed */
export function controlRequest(body: unknown): ControlRequest {
  return checked(controlSchema, body);
}

/**
 * A study of networks of the catalogue, on data by name: a request must not make the server run code or read paths.
 *
 * @throws InputError naming the first member that is wrong, with what is allowed
 */
export function studyRequest(body: unknown): { readonly name: string; readonly study: Study } {
  const { name, manifest } = checked(studySchema, body);
  const study = parseManifest(manifest, "study");
  const own = study.models.find(({ model }) => !modelNames.some((known) => known === model));
  if (own) {
    const expected = `models of the catalogue (${listed(modelNames, "or")}); fovea study trains others`;
    throw new InputError("study", expected, excerpt(own.model));
  }
  if (!namedData.some((known) => known === study.data)) {
    throw new InputError("study", `data ${listed(namedData, "or")}`, excerpt(study.data));
  }
  return { name, study };
}

/** The arguments of `fovea train`. Each value stands behind its option's `=`, so that none can be read as an option. */
export function trainingArguments(request: TrainingRequest, out: string): string[] {
  const { model, data, epochs, seed, batchSize, learningRate, validation, threads } = request;
  const values = { data, epochs, seed, batchSize, learningRate, validation, threads, out };
  return [
    "train",
    model,
    ...Object.entries(values).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${dashed(name)}=${value}`],
    ),
    ...Object.entries(request.options ?? {}).map(([name, value]) => `--set=${name}=${value}`),
  ];
}

function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function checked<Value>(schema: z.ZodType<Value>, body: unknown): Value {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw schemaProblem("request", body, result.error);
}

import { z } from "zod";
import { InputError } from "../errors.js";
import { excerpt } from "../excerpt.js";
import { parseJson } from "./json.js";
import type { Weights } from "./weights-codec.js";

/** A rule of a mapping: the names that it is for, and what they become. */
interface NameRule {
  readonly theirs: string;
  /** null leaves the tensor out. */
  readonly ours: string | null;
  readonly pattern: RegExp;
}

/** How tensors of a file are called here. */
export type NameMapping = readonly NameRule[];

const mappingSchema = z.record(z.string().min(1), z.string().min(1).nullable());

/**
 * Reads a mapping of names: JSON of `theirs: ours`. A `*` in `theirs` stands for any characters, and the first, second …
 * `*` of `ours` for what the first, second … of `theirs` stood for. `null` in place of `ours` leaves a tensor out.
 *
 * @param where the file, for messages
 * @throws InputError where it is no such JSON, or `ours` has another number of `*`
 * @example
 * parseMapping('{ "backbone.conv*.weight": "conv*.weight", "head_dist.*": null }', "map.json");
 */
export function parseMapping(text: string, where: string): NameMapping {
  const rules = parseJson(text, mappingSchema, where);
  return Object.entries(rules).map(([theirs, ours]) => {
    const stars = starsIn(theirs);
    if (ours !== null && starsIn(ours) !== stars) {
      const expected = `${excerpt(theirs)} and its name here to have as many *`;
      throw new InputError(where, expected, excerpt(ours));
    }
    const parts = theirs.split("*").map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
    return { theirs, ours, pattern: new RegExp(`^${parts.join("(.*)")}$`, "s") };
  });
}

/**
 * Gives tensors the names of a mapping; of several rules that fit a name the first counts. Names that no rule fits stay.
 *
 * @param where the file of the mapping, for messages
 * @throws InputError where a rule fits no name, or two tensors get the same one
 */
export function mapNames(weights: Weights, mapping: NameMapping, where: string): Weights {
  const used = new Set<NameRule>();
  const origins = new Map<string, string>();
  const renamed = <Value>(tensors: ReadonlyMap<string, Value>): Map<string, Value> => {
    const found = new Map<string, Value>();
    for (const [name, tensor] of tensors) {
      const ours = nameFor(name, mapping, used);
      if (ours === null) continue;
      const other = origins.get(ours);
      if (other !== undefined) {
        const expected = `a name of its own for each tensor, and ${excerpt(ours)} for one`;
        throw new InputError(where, expected, `${excerpt(other)} and ${excerpt(name)}`);
      }
      origins.set(ours, name);
      found.set(ours, tensor);
    }
    return found;
  };
  const parameters = renamed(weights.parameters);
  const integers = renamed(weights.integers);
  const idle = mapping.find((rule) => !used.has(rule));
  if (idle) {
    const names = [...weights.parameters.keys()].slice(0, 3).map((name) => excerpt(name));
    const expected = `a tensor with a name like ${excerpt(idle.theirs)}`;
    throw new InputError(where, expected, names.length > 0 ? `${names.join(", ")} …` : "none");
  }
  return { ...weights, parameters, integers };
}

function nameFor(name: string, mapping: NameMapping, used: Set<NameRule>): string | null {
  for (const rule of mapping) {
    const match = rule.pattern.exec(name);
    if (!match) continue;
    used.add(rule);
    if (rule.ours === null) return null;
    let star = 0;
    return rule.ours.replace(/\*/g, () => match[++star]!);
  }
  return name;
}

function starsIn(text: string): number {
  return text.split("*").length - 1;
}

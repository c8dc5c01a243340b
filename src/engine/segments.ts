import { InputError } from "../errors.js";
import { BUFFERS } from "./control.js";
import type { ParameterPlace } from "./parameter-layout.js";
import type { ParameterGroup, UpdateRule } from "./update-rule.js";

/** A range of the parameters' memory, in values, and the number of its group in `Segments.groups`. */
export interface Segment {
  readonly from: number;
  readonly to: number;
  readonly group: number;
}

export interface Segments {
  /** In the order of the memory; parameters in none of them stay as they are. */
  readonly segments: readonly Segment[];
  /** The groups that train parameters; the first one is of those that no pattern matches. */
  readonly groups: readonly ParameterGroup[];
  /** The places of the parameters that are trained. */
  readonly trained: readonly ParameterPlace[];
}

const others: ParameterGroup = { match: "*", rate: 1, frozen: false };

/**
 * The ranges of the parameters that a step changes. Neighbours of the same group are one range.
 *
 * @throws InputError where a pattern matches no parameter of its own, or all parameters are frozen
 */
export function segmentsOf(
  where: string,
  places: readonly ParameterPlace[],
  rule: Pick<UpdateRule, "groups">,
): Segments {
  const groups = [others, ...rule.groups];
  const patterns = groups.map(({ match }) => globPattern(match));
  const owners = places.map(({ parameter: { name, buffer } }) => {
    if (buffer) return BUFFERS;
    const own = patterns.findIndex((pattern, group) => group > 0 && pattern.test(name));
    return own < 0 ? 0 : own;
  });
  rule.groups.forEach(({ match }, index) => {
    if (owners.includes(index + 1)) return;
    const expected = `groups[${index}].match to match a trained parameter that no group before it matches`;
    throw new InputError(where, expected, JSON.stringify(match));
  });
  const isTrained = (group: number) => group !== BUFFERS && !groups[group]!.frozen;
  if (owners.some((group) => group !== BUFFERS) && !owners.some(isTrained)) {
    throw new InputError(where, "a parameter that is not frozen", "none");
  }
  const segments: Segment[] = [];
  places.forEach(({ offset, size }, index) => {
    const group = owners[index]!;
    if (group !== BUFFERS && !isTrained(group)) return;
    const last = segments.at(-1);
    const joins = last !== undefined && last.to === offset && last.group === group;
    const from = joins ? segments.pop()!.from : offset;
    segments.push({ from, to: offset + size, group });
  });
  return { segments, groups, trained: places.filter((_, index) => isTrained(owners[index]!)) };
}

/** `*` matches any characters, all others themselves. */
function globPattern(glob: string): RegExp {
  const parts = glob.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s");
}

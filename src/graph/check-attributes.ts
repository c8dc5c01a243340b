import { applyRules } from "./ops/attributes.js";
import { type Attributes, type OpName, ops } from "./ops/index.js";
import type { OpDefinition } from "./ops/op.js";

/**
 * An op's attributes, defaults filled in, from a value of which nothing is known.
 *
 * @throws InputError where one is unknown, missing or of a value that the op does not allow
 */
export function checkAttributes<Op extends OpName>(op: Op, attributes: unknown): Attributes<Op> {
  const { attributes: rules } = ops[op] as unknown as OpDefinition<Attributes<Op>>;
  return applyRules(op, rules, attributes);
}

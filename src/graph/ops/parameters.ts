import { InputError } from "../../errors.js";
import type { Shape } from "../graph.js";
import { showShape } from "./shapes.js";

/** `checkParameters` of an op without parameters. */
export function noParameters(op: string) {
  return (_inputs: readonly Shape[], _attributes: unknown, parameters: readonly Shape[]): void =>
    expectParameters(op, [], parameters);
}

/** @throws InputError in the op's name where the parameters do not have exactly these shapes */
export function expectParameters(
  op: string,
  expected: readonly Shape[],
  given: readonly Shape[],
): void {
  const isExpected =
    given.length === expected.length &&
    given.every((shape, index) => shape.join() === expected[index]!.join());
  if (!isExpected) throw parametersError(op, expected.map(showShape).join(" and "), given);
}

/** @param expected the shapes as text; empty for no parameters */
export function parametersError(op: string, expected: string, given: readonly Shape[]): InputError {
  const got = given.length === 0 ? "none" : given.map(showShape).join(" and ");
  return new InputError(op, expected === "" ? "no parameters" : `parameters ${expected}`, got);
}

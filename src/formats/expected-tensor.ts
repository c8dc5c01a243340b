import { InputError } from "../errors.js";
import type { StoredDtype, StoredTensor } from "./stored-tensor.js";

/**
 * A tensor of a file that must be there.
 *
 * @param where the file, for messages
 * @throws InputError where there is none of this name, or its type is another one
 */
export function expectedTensor(
  tensors: ReadonlyMap<string, StoredTensor>,
  name: string,
  dtype: StoredDtype,
  where: string,
): StoredTensor {
  const tensor = tensors.get(name);
  if (tensor?.dtype === dtype) return tensor;
  throw new InputError(where, `${name} of ${dtype}`, tensor?.dtype ?? "no such tensor");
}

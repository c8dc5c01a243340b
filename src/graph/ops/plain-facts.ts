import { noParameters } from "./parameters.js";

/** What image ops have in common that have no parameters, take no random decisions and are no sums of products. */
export function plainFacts(name: string) {
  return {
    name,
    scope: "image",
    parameterLayouts: [],
    checkParameters: noParameters(name),
    role: { kind: "plain" },
    randomUnits: () => 0,
    multiplyAdds: () => 0,
  } as const;
}

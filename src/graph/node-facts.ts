import type { Graph, Node } from "./graph.js";
import { type OpName, ops } from "./ops/index.js";
import type { OpDefinition, Role } from "./ops/op.js";

/** The definition of a node's op. */
export function definitionOf(node: Node): OpDefinition<unknown> {
  return ops[node.op as OpName] as unknown as OpDefinition<unknown>;
}

/** What a node's op is to tools that analyse networks. */
export function roleOf(node: Node): Role<unknown> {
  return definitionOf(node).role;
}

type RoleOf<Kind extends Role<unknown>["kind"]> = Extract<Role<unknown>, { readonly kind: Kind }>;

/** The nodes of one role, in order of evaluation. */
export function nodesOfRole<Kind extends Role<unknown>["kind"]>(
  graph: Graph,
  kind: Kind,
): { readonly node: Node; readonly role: RoleOf<Kind> }[] {
  return graph.nodes.flatMap((node) => {
    const role = roleOf(node);
    return isOfKind(role, kind) ? [{ node, role }] : [];
  });
}

function isOfKind<Kind extends Role<unknown>["kind"]>(
  role: Role<unknown>,
  kind: Kind,
): role is RoleOf<Kind> {
  return role.kind === kind;
}

/** The node that is input number `input` of a node. */
export function inputOf(graph: Graph, node: Node, input: number): Node {
  return graph.nodes[node.inputs[input]!]!;
}

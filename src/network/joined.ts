// Layers that run as one, floor 5: recurrent layers that are alike, and none of which waits for another, are emitted as
// the directions of one. Which they are, in which order all are emitted then, and how their weights lie.

import type { ParameterSpec } from "../plan/arena.js";
import type { Edge } from "./edge.js";
import type { Node } from "./trace.js";

/** The nodes that may run as one, where there are several: alike, of the same steps, each called once. */
export function groupsOf(nodes: readonly Node[]): Node[][] {
  const needs = needsOf(nodes);
  const units = new Map(nodes.map((node) => [node, [node]]));
  /** Whether a node of a unit waits for one of another, directly or by way of units that there are already. */
  const follows = (unit: Node[], other: Node[], seen = new Set([unit])): boolean =>
    unit.flatMap(needs).some((node) => {
      const next = units.get(node) ?? [];
      return next === other || (!seen.has(next) && follows(next, other, seen.add(next)));
    });
  const groups: Node[][] = [];
  for (const [node, unit] of units) {
    if (!node.layer.together || nodes.filter(({ name }) => name === node.name).length > 1) continue;
    // those of a group, being called before, wait for none that comes now
    const group = groups.find((one) => isLike(one[0], node) && !follows(unit, one));
    if (group) group.push(node);
    else groups.push(unit);
    units.set(node, group ?? unit);
  }
  return groups.filter(({ length }) => length > 1);
}

/** Nodes in the order of their calls, but all of a group at once, and what they need before. */
export function inOrder(nodes: readonly Node[], groups: readonly (readonly Node[])[]): (readonly Node[])[] {
  const needs = needsOf(nodes);
  const left = new Set(nodes);
  const order: (readonly Node[])[] = [];
  const visit = (node: Node): void => {
    if (!left.has(node)) return;
    const unit = groups.find((group) => group.includes(node)) ?? [node];
    for (const one of unit) left.delete(one);
    unit.flatMap(needs).forEach(visit);
    order.push(unit);
  };
  nodes.forEach(visit);
  return order;
}

/** A network's parameters as they lie: those of layers that may run as one side by side, block by block. */
export function laidOut(
  specs: readonly ParameterSpec[],
  groups: readonly (readonly Node[])[],
): ParameterSpec[] {
  const byName = new Map(specs.map((spec) => [spec.name, spec]));
  const blocks = groups.flatMap((group) =>
    group[0].layer.parameters.map((block) => group.map(({ name }) => `${name}${block.name}`)),
  );
  const laid = specs.flatMap(({ name }) => blocks.find((names) => names.includes(name)) ?? name);
  return Array.from(new Set(laid), (name) => byName.get(name) as ParameterSpec); // blocks are of their names
}

/** The nodes that give what a node is given; and earlier calls of its layer if that has states: they are numbered by calls. */
function needsOf(nodes: readonly Node[]): (node: Node) => Node[] {
  const makers = new Map<Edge, Node>();
  for (const node of nodes) for (const edge of Object.values(node.gives)) makers.set(edge, node);
  const hasStates = ({ gives }: Node): boolean => Object.keys(gives).length > 1;
  const needs = new Map(
    nodes.map((node, n) => [
      node,
      [
        ...nodes.slice(0, n).filter((one) => one.name === node.name && hasStates(one)),
        ...Object.values(node.given).flatMap((edge) => makers.get(edge) ?? []),
      ],
    ]),
  );
  return (node) => needs.get(node) ?? [];
}

function isLike(a: Node, b: Node): boolean {
  const of = ({ layer: { kind, parameters } }: Node): string => JSON.stringify([kind, parameters]);
  const isSame = a.given.lengths === b.given.lengths && a.given.mask === b.given.mask;
  return isSame && a.layer.together?.cell === b.layer.together?.cell && of(a) === of(b);
}

// Which weights of a network are trained, and how, floor 5: those that are frozen, the groups with rates of
// their own, and the layers by whose norms gradients are clipped; as stretches of the buffer of weights, from
// which the norm and the update are made.

import { nothingElse, ShapeError, unknown } from "../errors.js";
import type { Rate } from "../optimizers/optimizer.js";
import { Arena, type Parameter } from "../plan/arena.js";
import { sizeOf } from "../weights/tensors.js";

/** What one group of weights has in place of the optimizer's own. */
export interface Group {
  readonly lr?: Rate;
  readonly weightDecay?: number;
}

export interface TrainedRequest {
  readonly freeze?: readonly string[];
  readonly groups?: Readonly<Record<string, Group | undefined>>;
  readonly clipLayer?: unknown;
}

/** Neighbours that are trained alike. */
export interface Stretch {
  /** Its first element in the buffer of weights, and among those that are trained. */
  readonly at: number;
  readonly first: number;
  size: number;
  /** By whose norm its gradients are clipped; whose rates it has. */
  readonly layer: number;
  readonly group: number;
}

export interface Trained {
  /** The weights that are trained, side by side as their moments are. */
  readonly arena: Arena;
  readonly frozen: ReadonlySet<string>;
  readonly stretches: readonly Stretch[];
  /** How many layers gradients are clipped by; 1 where it is all of them together. */
  readonly layers: number;
  /** By name, in order; group 0 is of the weights that are in none of them. */
  readonly groups: readonly (readonly [name: string, Group])[];
  /** Whether an update needs to be told the stretches. */
  readonly isRanged: boolean;
}

/** Throws ShapeError for a name that is no layer's and no weight's, and where nothing is left to train. */
export function trainedOf(all: Arena, request: TrainedRequest): Trained {
  const { freeze = [], groups: given = {}, clipLayer } = request;
  const weights = [...all.parameters.values()];
  const groups = Object.entries(given).map(([name, group = {}]) => {
    const { lr, weightDecay, ...rest } = group;
    nothingElse(`trainer: groups.${name}`, group, rest);
    return [name, group] as const;
  });
  ensureKnown("freeze", freeze, weights);
  ensureKnown("groups", Object.keys(given), weights);

  const isFrozen = ({ name }: Parameter): boolean => freeze.some((key) => isUnder(name, key));
  const frozen = new Set(weights.filter(isFrozen).map(({ name }) => name));
  const arena = frozen.size === 0 ? all : new Arena(weights.filter(({ name }) => !frozen.has(name)));
  if (arena.parameters.size === 0 && frozen.size > 0) {
    throw new ShapeError("trainer: freeze names every weight; some must be trained. Name fewer.");
  }

  const layers: string[] = [];
  const stretches: Stretch[] = [];
  for (const { name, at: first } of arena.parameters.values()) {
    const owner = clipLayer === undefined ? "" : name.slice(0, Math.max(0, name.lastIndexOf(".")));
    if (!layers.includes(owner)) layers.push(owner);
    const layer = layers.indexOf(owner);
    const group = groupOf(name, groups);
    const { at, shape } = all.get(name);
    const size = sizeOf(shape);
    append(stretches, { at, first, size, layer, group });
  }
  const isRanged = frozen.size > 0 || groups.length > 0 || clipLayer !== undefined;
  return { arena, frozen, stretches, layers: Math.max(1, layers.length), groups, isRanged };
}

/** Adds a stretch to a list: to the last one, where it goes on from that and is alike. */
export function append(list: Stretch[], next: Stretch): void {
  const last = list.at(-1);
  const goesOn = last && last.at + last.size === next.at;
  if (goesOn && last.layer === next.layer && last.group === next.group) last.size += next.size;
  else list.push(next);
}

/** Rows of [end, shift, layer, group]: what the kernel of an update reads. */
export function rangesOf({ stretches }: Trained): Uint32Array {
  return Uint32Array.from(
    stretches.flatMap(({ at, first, size, layer, group }) => [first + size, at - first, layer, group]),
  );
}

/** Whether a weight is what is named, or belongs to the layer that is. */
function isUnder(weight: string, key: string): boolean {
  return weight === key || weight.startsWith(`${key}.`);
}

/** 1 + the number of the group that says most of a name; 0 where none does. */
function groupOf(weight: string, groups: Trained["groups"]): number {
  let found = 0;
  groups.forEach(([key], k) => {
    if (isUnder(weight, key) && key.length >= (groups[found - 1]?.[0].length ?? 0)) found = k + 1;
  });
  return found;
}

function ensureKnown(option: string, keys: readonly string[], weights: readonly Parameter[]): void {
  const names = weights.map(({ name }) => name);
  const wrong = [...keys].find((key) => !names.some((name) => isUnder(name, key)));
  if (wrong !== undefined) throw unknown(`trainer: ${option}`, "layer or weight", wrong, names);
}

// A network, floor 5: its description, traced once, with its weights' shapes, their initial values and its
// plans.

import { wrong } from "../errors.js";
import { Arena, type ParameterSpec, type Storage } from "../plan/arena.js";
import { Random, seedWord } from "../random.js";
import type { Model, PlanView } from "../types.js";
import { kindOf, sizeOf, type Tensor } from "../weights/tensors.js";
import type { Description } from "./edge.js";
import { laidOut } from "./joined.js";
import { planOf } from "./plan_of.js";
import { Trace } from "./trace.js";

/** The inside of a model. Models are made by layers, sequential() and model() alone. */
export class Network<In extends object, Out extends string, N extends string, Call>
  implements Model<In, Out, N, Call>
{
  declare readonly "~types"?: { in: In; out: Out; names: N; call: Call };
  readonly description: Description;
  #trace: Trace | undefined;
  readonly #arenas = new Map<Storage, Arena>();

  constructor(description: Description) {
    this.description = description;
    if (!("layer" in description)) void this.trace; // a wrong wiring shows where it is written
  }

  get trace(): Trace {
    this.#trace ??= new Trace(this.description);
    return this.#trace;
  }

  get arena(): Arena {
    return this.arenaOf();
  }

  /** Where its weights lie; storage: of the packed copy. */
  arenaOf(storage: Storage = "float32"): Arena {
    const { parameters, groups } = this.trace;
    const arena = this.#arenas.get(storage) ?? new Arena(laidOut(parameters, groups), storage);
    this.#arenas.set(storage, arena);
    return arena;
  }

  get shapes(): ReadonlyMap<string, readonly number[]> {
    return new Map(this.trace.parameters.map(({ name, shape }) => [name, shape]));
  }

  initialWeights({ seed = 0 }: { seed?: number } = {}): Map<string, Tensor> {
    const word = seedWord("initialWeights: seed", seed);
    return new Map(this.trace.parameters.map((spec) => [spec.name, draw(spec, word)]));
  }

  plan(o: Parameters<Model<In, Out, N, Call>["plan"]>[0]): PlanView {
    return planOf(this, o);
  }
}

export type AnyNetwork = Network<object, string, string, unknown>;

/** The inside of a model. */
export function networkOf(net: Model): AnyNetwork {
  if (net instanceof Network) return net;
  throw wrong("net", kindOf(net), "a layer, or made by sequential() or model()");
}

/** Each weight has a stream of its own, by its name, so that adding a layer changes no other's. */
function draw({ name, shape, init, fixed = [] }: ParameterSpec, seed: number): Tensor {
  const random = new Random(hashOf(name, seed));
  const next = (): number => {
    if (init === "normal") return random.normal();
    return "constant" in init ? init.constant : (2 * random.uniform() - 1) * init.bound;
  };
  const data = Float32Array.from({ length: sizeOf(shape) }, next);
  for (const { first, count, value } of fixed) data.fill(value, first, first + count);
  return { shape, data };
}

/** FNV-1a over the name's UTF-16 words, begun from the seed. */
function hashOf(name: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let k = 0; k < name.length; k++) hash = Math.imul(hash ^ name.charCodeAt(k), 0x01000193);
  return hash >>> 0;
}

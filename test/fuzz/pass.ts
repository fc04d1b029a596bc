// The objective of a problem in float64, again and again: one plan of the pass forward alone, whose weights
// and inputs are rewritten between runs. It tells how near a unit came to a kink.

import type { BackendOfMachine } from "../../src/backend.js";
import { cpu } from "../../src/index.js";
import { still } from "../../src/kernels/kernel.js";
import { build } from "../../src/network/build.js";
import { feed } from "../../src/network/feed.js";
import { networkOf } from "../../src/network/network.js";
import { Owned, type Ready } from "../../src/network/owned.js";
import { lossRules } from "../../src/network/planner.js";
import { mix } from "../../src/random.js";
import { toMemory } from "../../src/weights/blocks.js";
import type { FloatArray } from "../../src/weights/tensors.js";
import type { Draw } from "./draws.js";
import { type Watch, watch } from "./kinks.js";
import type { Problem } from "./problem.js";

export const float64 = cpu({ precision: "float64" });
const { machine } = float64 as unknown as BackendOfMachine; // what cpu() gives

export class Pass {
  readonly watch: Watch;
  readonly #problem: Problem;
  readonly #owned: Owned;
  readonly #ready: Ready;
  readonly #seed: number;

  private constructor(problem: Problem, owned: Owned, ready: Ready, seen: Watch, seed: number) {
    this.#problem = problem;
    this.#owned = owned;
    this.#ready = ready;
    this.watch = seen;
    this.#seed = seed;
  }

  static async open(problem: Problem, { training, batchFirst, seed }: Draw): Promise<Pass> {
    const net = networkOf(problem.net);
    const owned = await Owned.open(machine, net, problem.weights);
    const { objective } = problem;
    const built = build(net.trace, owned.store.arena, owned.store.buffers, {
      ...problem.sizes,
      batchFirst,
      differentiate: false,
      training,
      wantOutputs: true,
      open: net.trace.optional,
      ...("loss" in objective && { losses: lossRules(objective.loss) }),
    });
    const seen = watch(built.plan);
    const ready = await owned.build(built);
    return new Pass(problem, owned, ready, seen, mix(seed, 0)); // a trainer's seed in its first step
  }

  /** The objective, of the inputs as they are now. */
  async value(): Promise<number> {
    const { objective, floats, integers } = this.#problem;
    const { built, runnable } = this.#ready;
    const target = "target" in objective ? { target: objective.target } : {};
    feed("fuzz", this.#ready, { ...Object.fromEntries([...floats, ...integers]), ...target });
    await runnable.run({ ...still, seed: this.#seed });
    if (built.loss) return (await runnable.read([built.loss]))[0][0];
    const wanted = "cotangents" in objective ? [...objective.cotangents] : [];
    const buffers = wanted.map(([name]) => {
      const result = built.outputs.get(name);
      if (!result) throw new Error(`fuzz: there is no output ${name}`);
      return result.buffer;
    });
    const contents = await runnable.read(buffers);
    return wanted.reduce((sum, [, { data }], k) => sum + inner(contents[k], data), 0);
  }

  /** Gives a weight other values. */
  async rewrite(name: string, values: FloatArray): Promise<void> {
    const { store } = this.#owned;
    const { at, blocks } = store.arena.get(name);
    store.shared.get(store.buffers.weights)?.write(toMemory(values, blocks), at);
    await store.packAll();
  }

  dispose(): void {
    this.#owned.dispose("session");
  }
}

export function inner(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < b.length; k += 1) sum += a[k] * b[k];
  return sum;
}

// What a trainer or a session is made of, floor 5: weights (its own or shared), plans made ready, and memory for the carried state,
// all freed together.

import { Life } from "../backends/life.js";
import type { Building, Machine, Memory, Runnable } from "../backends/machine.js";
import { DisposedError, WeightsError } from "../errors.js";
import type { Buffer } from "../plan/plan.js";
import type { HasWeights, Weights } from "../types.js";
import type { Tensors } from "../weights/tensors.js";
import type { Built } from "./build.js";
import type { AnyNetwork } from "./network.js";
import { Store } from "./store.js";

/** A trainer or a session: something that has weights to share. */
export abstract class HasStore implements HasWeights {
  readonly "~weights" = true as const;
  abstract readonly store: Store;
}

/** A plan, what runs it, and what it carries from run to run, by name. */
export interface Ready {
  readonly built: Built;
  readonly runnable: Runnable;
  readonly carried: ReadonlyMap<string, Memory>;
}

export class Owned {
  readonly machine: Machine;
  readonly store: Store;
  readonly life = new Life();
  readonly #ownsStore: boolean;
  readonly #things: { dispose(): void }[] = [];

  constructor(machine: Machine, store: Store, ownsStore: boolean) {
    this.machine = machine;
    this.store = store;
    this.#ownsStore = ownsStore;
  }

  /** Takes numbers into memory, or shares what another has. */
  static async open(machine: Machine, net: AnyNetwork, weights: Weights): Promise<Owned> {
    if (!(weights instanceof HasStore)) {
      // What is no trainer or session is tensors: Store.load checks each.
      return new Owned(machine, await Store.load(machine, net, weights as Tensors), true);
    }
    const { store } = weights;
    if (store.machine !== machine) {
      throw new WeightsError(
        "weights: they lie on another backend; share within one backend only. Across backends give await trainer.weights().",
      );
    }
    store.ensureFits(net);
    return new Owned(machine, store, false);
  }

  async allocate(buffer: Buffer): Promise<Memory> {
    return this.#keep(await this.machine.allocate(buffer));
  }

  /** Frees a thing with the others, or at once where they are freed already. */
  #keep<T extends { dispose(): void }>(thing: T): T {
    if (this.life.ended) thing.dispose();
    this.life.ensure("build");
    this.#things.push(thing);
    return thing;
  }

  /** Throws where this, its weights or its machine are no more. */
  ensure(where: string): void {
    this.life.ensure(where);
    this.machine.ensure(where);
    this.store.life.ensure(where);
  }

  /** Makes a plan ready. Its carried states get memory of their own. */
  async build(built: Built, more: ReadonlyMap<Buffer, Memory>, how: Building): Promise<Ready> {
    const carried = new Map<string, Memory>();
    for (const { name, buffer } of built.carried) carried.set(name, await this.allocate(buffer));
    const states = [...carried.values()].map((memory): [Buffer, Memory] => [memory.buffer, memory]);
    const used = new Set(built.plan.buffers);
    const shared = [...this.store.shared, ...more, ...states].filter(([buffer]) => used.has(buffer));
    const runnable = this.#keep(await this.machine.build(built.plan, new Map(shared), how));
    return { built, runnable, carried };
  }

  /** `again`: how to make another, as errors say it. */
  dispose(what: string, again: string): void {
    if (this.life.ended) return;
    this.life.end(
      (where) => new DisposedError(`${where}: this ${what} was disposed; make another with ${again}.`),
    );
    for (const thing of this.#things) thing.dispose();
    if (this.#ownsStore) this.store.dispose();
  }
}

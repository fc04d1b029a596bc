// What a trainer or a session is made of, floor 5: weights (its own or shared), plans made ready, and memory
// for the carried state, all freed together.

import { Life } from "../backends/life.js";
import type { Building, Machine, Memory, Runnable } from "../backends/machine.js";
import { DisposedError, WeightsError } from "../errors.js";
import type { Storage } from "../plan/arena.js";
import type { Buffer, Plan } from "../plan/plan.js";
import type { HasWeights, PlanView, Weights } from "../types.js";
import type { Tensors } from "../weights/tensors.js";
import type { Built } from "./build.js";
import type { AnyNetwork } from "./network.js";
import { CarriedState } from "./state.js";
import { Store } from "./store.js";
import type { Turns } from "./turns.js";
import type { Variants } from "./variants.js";

/** A plan, what runs it, and what it carries from run to run, by name. */
export interface Ready {
  readonly built: Built;
  readonly runnable: Runnable;
  readonly carried: ReadonlyMap<string, Memory>;
  /** Memory that it has not for itself, by the names of its buffers. */
  readonly shared: ReadonlyMap<string, Memory>;
  /** What it was last used for: settles when that is done. */
  last: Promise<unknown>;
}

export class Owned {
  readonly machine: Machine;
  readonly store: Store;
  /** Until it is disposed, or its weights are. */
  readonly life: Life;

  constructor(machine: Machine, store: Store, ownsStore: boolean) {
    this.machine = machine;
    this.store = store;
    this.life = new Life(store.life);
    if (ownsStore) this.life.atEnd(() => store.dispose());
  }

  /** Takes numbers into memory, or shares what another has. */
  static async open(machine: Machine, net: AnyNetwork, weights: Weights, storage?: Storage): Promise<Owned> {
    if (!(weights instanceof HasStore)) {
      // What is no trainer or session is tensors: Store.load checks each.
      return new Owned(machine, await Store.load(machine, net, weights as Tensors, storage), true);
    }
    const { store } = weights;
    if (store.machine !== machine) {
      throw new WeightsError(
        "weights: they lie on another backend; they must lie on this one. Give await trainer.weights().",
      );
    }
    store.ensureFits(net);
    if (storage !== undefined && storage !== store.arena.storage && machine.kind !== "cpu") {
      throw new WeightsError(
        `storage: it is ${storage}; the weights are shared, and stored as ${store.arena.storage}. Leave it out.`,
      );
    }
    return new Owned(machine, store, false);
  }

  async allocate(buffer: Buffer): Promise<Memory> {
    return this.#keep(await this.machine.allocate(buffer));
  }

  /** Frees a thing with the others, or at once where they are freed already. */
  #keep<T extends { dispose(): void }>(thing: T): T {
    this.life.atEnd(() => thing.dispose());
    this.life.ensure("build");
    return thing;
  }

  /** Throws where this, its weights or its machine are no more. */
  ensure(where: string): void {
    this.life.ensure(where);
    this.machine.ensure(where);
  }

  /** Makes a plan ready. Its carried states get memory of their own. */
  async build(built: Built, more: readonly Memory[] = [], how: Building = {}): Promise<Ready> {
    const carried = new Map<string, Memory>();
    for (const { name, buffer } of built.carried) carried.set(name, await this.allocate(buffer));
    const lent = [...more, ...carried.values()];
    const runnable = await this.runnable(built.plan, lent, how);
    const shared = new Map(this.#lent(built.plan, lent).map((memory) => [memory.buffer.name, memory]));
    return { built, runnable, carried, shared, last: Promise.resolve() };
  }

  /** Makes a plan ready over the memory of a larger one of the same kind, with which it lives. */
  variant(where: string, built: Built, first: Ready): Ready | Promise<Ready> {
    const shared = new Map<Buffer, Memory>();
    for (const buffer of built.plan.buffers) {
      const memory = first.shared.get(buffer.name);
      if (memory) shared.set(buffer, memory);
    }
    const ready = (runnable: Runnable): Ready => ({ ...first, built, runnable, last: Promise.resolve() });
    const now = this.machine.buildNow?.(built.plan, shared, first.runnable);
    if (now) return ready(now);
    return this.life.wait(where, this.machine.build(built.plan, shared, {}, first.runnable)).then(ready);
  }

  /** Makes a plan ready that shares the weights and this memory. */
  async runnable(plan: Plan, more: readonly Memory[], how: Building = {}): Promise<Runnable> {
    const shared = new Map(this.#lent(plan, more).map((memory) => [memory.buffer, memory]));
    return this.#keep(await this.machine.build(plan, shared, how));
  }

  /** What a plan uses of the weights' memory, and of this. */
  #lent(plan: Plan, more: readonly Memory[]): Memory[] {
    const used = new Set(plan.buffers);
    return [...this.store.shared.values(), ...more].filter(({ buffer }) => used.has(buffer));
  }

  /** what: "trainer" or "session", as the backend's call that makes one. */
  dispose(what: string): void {
    this.life.end(
      (where) =>
        new DisposedError(`${where}: this ${what} was disposed; make another with backend.${what}(net, …).`),
    );
  }
}

/** A trainer or a session: weights to share, a plan, and the state that it carries. */
export abstract class HasStore implements HasWeights {
  readonly "~weights" = true as const;
  readonly state: CarriedState;
  protected readonly owned: Owned;
  protected readonly variants: Variants;
  /** Calls that must be waited for. */
  protected readonly turns: Turns;
  readonly #what: "trainer" | "session";

  constructor(
    what: "trainer" | "session",
    { owned, variants }: { owned: Owned; variants: Variants },
    turns: Turns,
  ) {
    this.#what = what;
    this.owned = owned;
    this.variants = variants;
    this.turns = turns;
    this.state = new CarriedState(what, this.ready.carried, turns, (where) => owned.ensure(where));
  }

  /** The plan for the declared sizes. */
  protected get ready(): Ready {
    return this.variants.first;
  }

  get store(): Store {
    this.owned.ensure(this.#what);
    return this.owned.store;
  }

  get plan(): PlanView {
    return this.variants.view();
  }

  dispose(): void {
    this.owned.dispose(this.#what);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

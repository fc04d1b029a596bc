// The trainer, floor 5: a plan of one training step, run again and again. A step queues; nothing is read back but by metrics(), evaluate(),
// weights() and save().

import type { Floats32or64, Machine } from "../backends/machine.js";
import type { Run } from "../kernels/kernel.js";
import { copied, feed, type Given } from "../network/feed.js";
import type { AnyNetwork } from "../network/network.js";
import { HasStore } from "../network/owned.js";
import { viewOf } from "../network/plan_of.js";
import { capacity } from "../network/planner.js";
import { CarriedState } from "../network/state.js";
import type { Store } from "../network/store.js";
import { rateAt } from "../optimizers/optimizer.js";
import { mix } from "../random.js";
import type { PlanView } from "../types.js";
import type { Tensor } from "../weights/tensors.js";
import { writeCheckpoint } from "./checkpoint.js";
import { Evaluation } from "./evaluation.js";
import { factsFor, openTraining, type Parts, type TrainRequest } from "./parts.js";

/** A trainer's weights, moments, carried state, and how far it is. */
export class TrainerOfNetwork extends HasStore {
  readonly state: CarriedState;
  readonly #parts: Parts;
  readonly #evaluation: Evaluation;
  #updates: number;
  #read: number;
  #skipped = 0;

  private constructor(parts: Parts) {
    super();
    this.#parts = parts;
    this.#updates = parts.updates;
    this.#read = parts.updates;
    this.state = new CarriedState("trainer", parts.ready.carried, (where) => this.#ensure(where));
    this.#evaluation = new Evaluation(parts.owned, parts.net, parts.request);
  }

  static async make(machine: Machine, net: AnyNetwork, request: TrainRequest): Promise<TrainerOfNetwork> {
    const { parts, resumed } = await openTraining(machine, net, request);
    const trainer = new TrainerOfNetwork(parts);
    if (resumed) trainer.state.write(resumed.state);
    return trainer;
  }

  get store(): Store {
    this.#ensure("trainer");
    return this.#parts.owned.store;
  }

  get updates(): number {
    return this.#updates;
  }

  get plan(): PlanView {
    return viewOf(this.#parts.training.built.plan);
  }

  async step(batch: Given = {}): Promise<void> {
    this.#ensure("trainer.step");
    const { turns } = this.#parts.owned.store;
    const given = turns.busy ? copied(batch) : batch;
    return turns.follow(() => this.#step(given));
  }

  async #step(batch: Given): Promise<void> {
    const { owned, ready } = this.#parts;
    const run = this.#run();
    feed("trainer.step", ready, batch);
    const queued = ready.runnable.run(run);
    this.#updates += 1;
    await owned.life.wait("trainer.step", queued);
  }

  async metrics(): Promise<{
    losses: Float32Array<ArrayBuffer>;
    gradNorms: Float32Array<ArrayBuffer>;
    skipped: number;
  }> {
    this.#ensure("trainer.metrics");
    return this.#parts.owned.store.turns.follow(() => this.#metrics());
  }

  async #metrics(): ReturnType<TrainerOfNetwork["metrics"]> {
    const first = Math.max(this.#read, this.#updates - capacity);
    const last = this.#updates;
    this.#read = last;
    const { owned, metrics } = this.#parts;
    const ring = (await owned.life.wait("trainer.metrics", metrics.read())) as Floats32or64; // metrics are floats
    const entry = (offset: number) => (_: unknown, k: number) => ring[2 * ((first + k) % capacity) + offset];
    const skipped = ring[2 * capacity] - this.#skipped;
    this.#skipped += skipped;
    const length = last - first;
    return {
      losses: Float32Array.from({ length }, entry(0)),
      gradNorms: Float32Array.from({ length }, entry(1)),
      skipped,
    };
  }

  async evaluate(batches: Given | Iterable<Given> | AsyncIterable<Given>): Promise<number> {
    this.#ensure("trainer.evaluate");
    return this.#parts.owned.life.wait("trainer.evaluate", this.#evaluation.mean(batches));
  }

  async weights(): Promise<Map<string, Tensor<Floats32or64>>> {
    this.#ensure("trainer.weights");
    const { life, store } = this.#parts.owned;
    return life.wait(
      "trainer.weights",
      store.turns.follow(() => store.read()),
    );
  }

  async save(): Promise<Uint8Array<ArrayBuffer>> {
    this.#ensure("trainer.save");
    return this.#parts.owned.store.turns.follow(() => this.#save());
  }

  async #save(): Promise<Uint8Array<ArrayBuffer>> {
    const { net, request, owned, moments, ready, seed } = this.#parts;
    const updates = this.#updates;
    // Reads are queued at once, so that all are of the same update.
    const reads = Promise.all([
      owned.store.read(),
      Promise.all(
        [...ready.carried].map(
          async ([name, memory]) => [name, memory.buffer.shape, await memory.read()] as const,
        ),
      ),
      ...[...moments].map(async ([name, memory]) => [name, await memory.read()] as const),
    ]);
    const [weights, state, ...kept] = await owned.life.wait("trainer.save", reads);
    return writeCheckpoint({
      facts: factsFor(net, request),
      updates,
      seed,
      weights,
      moments: new Map(kept.map(([name, data]) => [name, owned.store.named(data as Floats32or64)])),
      state: new Map(state.map(([name, shape, data]) => [name, { shape, data: data as Floats32or64 }])),
    });
  }

  dispose(): void {
    this.#parts.owned.dispose("trainer", "backend.trainer(net, …)");
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #ensure(where: string): void {
    this.#parts.owned.ensure(where);
  }

  /** What changes from update to update. */
  #run(): Run {
    const { request, seed, training } = this.#parts;
    const update = this.#updates;
    const [correction1, correction2] = training.rule.corrections(update);
    return {
      update,
      seed: mix(seed, update),
      lr: rateAt("lr", training.rule.lr, update),
      correction1,
      correction2,
      clip: rateAt(
        request.clipValue === undefined ? "clipNorm" : "clipValue",
        request.clipNorm ?? request.clipValue ?? 0,
        update,
      ),
    };
  }
}

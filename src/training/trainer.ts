// The trainer, floor 5: a plan of one training step, run again and again. A step queues; nothing is read back
// but by metrics(), evaluate(), weights() and save().

import type { Floats32or64, Machine } from "../backends/machine.js";
import { ShapeError } from "../errors.js";
import { feed, type Given } from "../network/feed.js";
import type { AnyNetwork } from "../network/network.js";
import { HasStore, type Ready } from "../network/owned.js";
import { capacity } from "../network/update.js";
import { mix } from "../random.js";
import type { PlanView } from "../types.js";
import type { Tensor } from "../weights/tensors.js";
import { writeCheckpoint } from "./checkpoint.js";
import { Evaluation } from "./evaluation.js";
import { factsFor, openTraining, type Parts, type TrainRequest } from "./parts.js";

/** A trainer's weights, moments, carried state, and how far it is. */
export class TrainerOfNetwork extends HasStore {
  readonly #parts: Parts;
  readonly #evaluation: Evaluation;
  #updates: number;
  /** Batches of the update to come that are in already, and their sequences. */
  #batches = 0;
  #sequences = 0;
  #read: number;
  #skipped = 0;

  private constructor(parts: Parts) {
    super("trainer", parts, parts.owned.store.turns);
    this.#parts = parts;
    this.#updates = parts.updates;
    this.#read = parts.updates;
    this.#evaluation = new Evaluation(parts.owned, parts.net, parts.request);
  }

  static async make(machine: Machine, net: AnyNetwork, request: TrainRequest): Promise<TrainerOfNetwork> {
    const { parts, resumed } = await openTraining(machine, net, request);
    const trainer = new TrainerOfNetwork(parts);
    if (resumed) trainer.state.write(resumed.state);
    return trainer;
  }

  override get plan(): PlanView {
    return this.variants.view(this.#parts.after);
  }

  get updates(): number {
    return this.#updates;
  }

  async step(batch: Given = {}): Promise<void> {
    this.owned.ensure("trainer.step");
    return this.variants.act("trainer.step", this.turns, batch, (ready, given) => this.#step(ready, given));
  }

  async #step(ready: Ready, batch: Given): Promise<void> {
    const { seed, update, updating, after } = this.#parts;
    const numbers = update.runAt(this.#updates);
    const rates = update.rates && update.ratesAt(numbers);
    feed("trainer.step", ready, batch);
    if (update.rates && rates) updating.write(update.rates, rates);
    const run = { ...numbers, seed: mix(seed, this.#updates), first: this.#sequences };
    const queued = [ready.runnable.run(run)];
    this.#batches += 1;
    this.#sequences += ready.built.sizes.batchSize;
    if (this.#batches === update.batches) {
      if (after) queued.push(updating.run(run));
      this.#batches = 0;
      this.#sequences = 0;
      this.#updates += 1;
    }
    await this.owned.life.wait("trainer.step", Promise.all(queued));
  }

  async metrics(): Promise<{
    losses: Float32Array<ArrayBuffer>;
    gradNorms: Float32Array<ArrayBuffer>;
    skipped: number;
  }> {
    this.owned.ensure("trainer.metrics");
    return this.owned.store.turns.follow(() => this.#metrics());
  }

  async #metrics(): ReturnType<TrainerOfNetwork["metrics"]> {
    const first = Math.max(this.#read, this.#updates - capacity);
    const last = this.#updates;
    this.#read = last;
    const ring = (await this.owned.life.wait("trainer.metrics", this.#parts.metrics.read())) as Floats32or64; // metrics are floats
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
    this.owned.ensure("trainer.evaluate");
    return this.owned.life.wait("trainer.evaluate", this.#evaluation.mean(batches));
  }

  async weights(): Promise<Map<string, Tensor<Floats32or64>>> {
    this.owned.ensure("trainer.weights");
    const { life, store } = this.owned;
    return life.wait(
      "trainer.weights",
      store.turns.follow(() => store.read()),
    );
  }

  async save(): Promise<Uint8Array<ArrayBuffer>> {
    this.owned.ensure("trainer.save");
    return this.owned.store.turns.follow(() => this.#save());
  }

  async #save(): Promise<Uint8Array<ArrayBuffer>> {
    const { owned, ready } = this;
    const { net, request, moments, seed, update } = this.#parts;
    if (this.#batches > 0) {
      throw new ShapeError(
        `trainer.save: ${this.#batches} of an update's ${update.batches} batches are in; it must be none or all. ` +
          "Save after a step at which trainer.updates has risen.",
      );
    }
    const updates = this.#updates;
    // Reads are queued at once, so that all are of the same update.
    const reads = Promise.all([
      owned.store.read(),
      Promise.all(
        [...ready.carried].map(
          async ([name, memory]) => [name, memory.buffer.shape, await memory.read()] as const,
        ),
      ),
      ...moments.map(async (memory) => [memory.buffer.name, await memory.read()] as const),
    ]);
    const [weights, state, ...kept] = await owned.life.wait("trainer.save", reads);
    return writeCheckpoint({
      facts: factsFor(net, request),
      updates,
      seed,
      weights,
      moments: new Map(
        kept.map(([name, data]) => [name, owned.store.named(data as Floats32or64, update.trained.arena)]),
      ),
      state: new Map(state.map(([name, shape, data]) => [name, { shape, data: data as Floats32or64 }])),
    });
  }
}

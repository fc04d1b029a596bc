// The trainer, floor 5: a plan of one training step, run again and again. A step queues; nothing is read back
// but by metrics(), evaluate(), weights() and save().

import type { Floats32or64, Machine, Memory } from "../backends/machine.js";
import { ShapeError } from "../errors.js";
import { feed, type Given } from "../network/feed.js";
import type { AnyNetwork } from "../network/network.js";
import { HasStore, type Ready } from "../network/owned.js";
import { readStates } from "../network/state.js";
import { capacity, scaleIn } from "../network/update.js";
import { mix } from "../random.js";
import type { PlanView } from "../types.js";
import type { Tensor } from "../weights/tensors.js";
import { beside, factsOf, ranOf, scaleBeside, stateOf, writeCheckpoint } from "./checkpoint.js";
import { type Batches, evaluation } from "./evaluation.js";
import { openTraining, type Parts, type TrainRequest } from "./parts.js";

/** A trainer's weights, moments, carried state, and how far it is. */
export class TrainerOfNetwork extends HasStore {
  readonly #parts: Parts;
  readonly #evaluate: (batches: Batches) => Promise<number>;
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
    this.#evaluate = evaluation(parts.owned, parts.net, parts.request);
  }

  static async make(machine: Machine, net: AnyNetwork, request: TrainRequest): Promise<TrainerOfNetwork> {
    const { parts, resumed } = await openTraining(machine, net, request);
    const trainer = new TrainerOfNetwork(parts);
    if (resumed) trainer.state.write(stateOf(resumed.file));
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
    lossScale: number | undefined;
  }> {
    return this.#inTurn("metrics", async () => {
      const first = Math.max(this.#read, this.#updates - capacity);
      const length = this.#updates - first;
      this.#read = this.#updates;
      const ring = await this.#parts.metrics.read();
      const column = (offset: 0 | 1) =>
        Float32Array.from({ length }, (_, k) => ring[2 * ((first + k) % capacity) + offset]);
      const skipped = ring[2 * capacity] - this.#skipped;
      this.#skipped += skipped;
      return { losses: column(0), gradNorms: column(1), skipped, lossScale: ring[scaleIn] };
    });
  }

  async evaluate(batches: Batches): Promise<number> {
    this.owned.ensure("trainer.evaluate");
    return this.owned.life.wait("trainer.evaluate", this.#evaluate(batches));
  }

  async weights(): Promise<Map<string, Tensor<Floats32or64>>> {
    return this.#inTurn("weights", () => this.owned.store.read());
  }

  async save(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#inTurn("save", () => this.#save());
  }

  /** Reads what is there when all calls before have ended. */
  async #inTurn<T>(call: string, read: () => Promise<T>): Promise<T> {
    const where = `trainer.${call}`;
    this.owned.ensure(where);
    return this.owned.life.wait(where, this.turns.follow(read));
  }

  async #save(): Promise<Uint8Array<ArrayBuffer>> {
    const { store } = this.owned;
    const { net, request, moments, metrics, seed, update } = this.#parts;
    if (this.#batches > 0) {
      throw new ShapeError(
        `trainer.save: ${this.#batches} of an update's ${update.batches} batches are in; it must be none or all. ` +
          "Save when trainer.updates has risen.",
      );
    }
    const updates = this.#updates;
    const momentsOf = async (memory: Memory) => {
      const all = (await memory.read()) as Floats32or64; // moments are floats
      return beside(memory.buffer.name, store.named(all, update.trained.arena));
    };
    // Reads are queued at once, so that all are of the same update.
    const tensors = await Promise.all([
      store.read(),
      ...moments.map(momentsOf),
      readStates(this.ready.carried).then((states) => beside("state", states)),
      update.scale ? metrics.read().then(scaleBeside) : [],
    ]);
    const all = new Map(tensors.flatMap((some) => [...some]));
    const ran = ranOf(request, this.ready.built, store.arena.storage);
    return writeCheckpoint({ facts: factsOf(net, request), ran, updates, seed }, all);
  }
}

// Held-out loss, floor 5: the same network without dropout or update, over one batch or many, with a state of
// its own.

import { ShapeError } from "../errors.js";
import { still } from "../kernels/kernel.js";
import { copied, feed, type Given } from "../network/feed.js";
import type { AnyNetwork } from "../network/network.js";
import type { Owned, Ready } from "../network/owned.js";
import { inferencePlan, type PlanRequest } from "../network/planner.js";
import { CarriedState } from "../network/state.js";
import { Turns } from "../network/turns.js";
import { Variants } from "../network/variants.js";

export class Evaluation {
  readonly #owned: Owned;
  readonly #net: AnyNetwork;
  readonly #request: PlanRequest;
  /** Built when it is first asked for. */
  #variants: Promise<Variants> | undefined;

  constructor(owned: Owned, net: AnyNetwork, request: PlanRequest) {
    this.#owned = owned;
    this.#net = net;
    this.#request = request;
  }

  /** The mean over batches of their losses. */
  mean(batches: Given | Iterable<Given> | AsyncIterable<Given>): Promise<number> {
    const all = each(batches);
    return this.#owned.store.turns.take(() => this.#mean(all));
  }

  async #mean(batches: Iterable<Given> | AsyncIterable<Given>): Promise<number> {
    this.#variants ??= this.#build();
    this.#variants.catch(() => {
      this.#variants = undefined;
    });
    const variants = await this.#variants;
    new CarriedState("trainer.evaluate", variants.first.carried, new Turns(), () => {}).reset();
    // Read-backs are not waited for one by one, so that the queue does not run dry.
    const losses: Promise<number>[] = [];
    for await (const batch of batches) {
      const ready = await variants.of("trainer.evaluate", batch);
      feed("trainer.evaluate", ready, batch);
      const queued = ready.runnable.run(still);
      const one = lossOf(ready);
      one.catch(() => {}); // all of them are awaited below
      losses.push(one);
      ready.last = one;
      await queued;
    }
    if (losses.length === 0) {
      throw new ShapeError("trainer.evaluate: there are no batches; give at least one.");
    }
    const values = await Promise.all(losses);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  }

  #build(): Promise<Variants> {
    const { arena, buffers } = this.#owned.store;
    const plan = (request: PlanRequest) =>
      inferencePlan(this.#net, arena, buffers, { ...request, largest: this.#owned.machine.largest });
    return Variants.open(this.#owned, this.#net, this.#request, plan);
  }
}

async function lossOf({ built: { loss }, runnable }: Ready): Promise<number> {
  if (!loss) throw new Error("evaluate: the plan has no loss");
  const [data] = await runnable.read([loss]);
  return data[0];
}

/** One batch (copied, since it is read later), or all of them. */
function each(
  batches: Given | Iterable<Given> | AsyncIterable<Given>,
): Iterable<Given> | AsyncIterable<Given> {
  if (Symbol.iterator in batches || Symbol.asyncIterator in batches) {
    return batches as Iterable<Given> | AsyncIterable<Given>; // either symbol makes it one of the two
  }
  return [copied(batches)];
}

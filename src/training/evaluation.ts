// Held-out loss, floor 5: the same network without dropout or update, over one batch or many, with a state of
// its own.

import { ShapeError } from "../errors.js";
import { still } from "../kernels/kernel.js";
import { copied, feed, type Given } from "../network/feed.js";
import type { AnyNetwork } from "../network/network.js";
import type { Owned, Ready } from "../network/owned.js";
import type { PlanRequest } from "../network/planner.js";
import { CarriedState } from "../network/state.js";
import { Turns } from "../network/turns.js";
import { Variants } from "../network/variants.js";
import type { Buffer } from "../plan/plan.js";

const where = "trainer.evaluate";

/** One batch, or many. */
export type Batches = Given | Iterable<Given> | AsyncIterable<Given>;

/** The mean over batches of their losses. What it runs is built when it is first asked for. */
export function evaluation(
  owned: Owned,
  net: AnyNetwork,
  request: PlanRequest,
): (batches: Batches) => Promise<number> {
  let opened: Promise<Variants> | undefined;
  const mean = async (batches: ReturnType<typeof each>): Promise<number> => {
    opened ??= Variants.inference(owned, net, request);
    opened.catch(() => {
      opened = undefined;
    });
    const variants = await opened;
    new CarriedState(where, variants.first.carried, new Turns(), () => {}).reset();
    // Read-backs are not waited for one by one, so that the queue does not run dry.
    const losses: Promise<number>[] = [];
    for await (const batch of batches) {
      const ready = await variants.of(where, batch);
      feed(where, ready, batch);
      const queued = ready.runnable.run(still);
      const one = lossOf(ready);
      one.catch(() => {}); // all of them are awaited below
      losses.push(one);
      ready.last = one;
      await queued;
    }
    if (losses.length === 0) throw new ShapeError(`${where}: there are no batches; give at least one.`);
    const values = await Promise.all(losses);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  return (batches) => {
    const all = each(batches);
    return owned.store.turns.take(() => mean(all));
  };
}

async function lossOf({ built: { loss }, runnable }: Ready): Promise<number> {
  const [data] = await runnable.read([loss as Buffer]); // a trainer's plans have one
  return data[0];
}

/** One batch (copied, since it is read later), or all of them. */
function each(batches: Batches): Iterable<Given> | AsyncIterable<Given> {
  if (Symbol.iterator in batches || Symbol.asyncIterator in batches) {
    return batches as Iterable<Given> | AsyncIterable<Given>; // either symbol makes it one of the two
  }
  return [copied(batches)];
}

// backend.gradients, floor 5: one pass forward and one backward, everything read back. Nothing is dropped
// unless a seed says what.

import type { Contents, Floats32or64, Machine } from "./backends/machine.js";
import { still } from "./kernels/kernel.js";
import type { Loss } from "./losses/loss.js";
import { build } from "./network/build.js";
import { wholeCallOf } from "./network/call.js";
import { copied, feed } from "./network/feed.js";
import type { Result } from "./network/layout.js";
import type { AnyNetwork } from "./network/network.js";
import { HasStore, Owned } from "./network/owned.js";
import { lossRules } from "./network/planner.js";
import type { Means } from "./plan/choice.js";
import type { Buffer } from "./plan/plan.js";
import { mix, seedWord } from "./random.js";
import type { Weights } from "./types.js";
import { asFloats, type FloatArray, type Tensor } from "./weights/tensors.js";

export interface GradientsRequest extends Omit<Means, "seconds"> {
  readonly weights: Weights;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly cotangents?: Readonly<Record<string, Tensor<FloatArray> | undefined>> | undefined;
  readonly loss?: Loss | Readonly<Record<string, Loss | undefined>>;
  readonly batchFirst?: boolean;
  readonly interactive?: boolean;
  readonly seed?: number;
  readonly memory?: "fast" | "small";
  readonly largest: number;
}

/** In its turn among the calls that use the same weights. Inputs are copied at once. */
export function gradients(machine: Machine, net: AnyNetwork, o: GradientsRequest) {
  const { weights } = o;
  const request = {
    ...o,
    inputs: copied(o.inputs),
    cotangents: o.cotangents && (copied(o.cotangents) as typeof o.cotangents), // copies are of the same kind
  };
  const pass = () => onePass(machine, net, request);
  return weights instanceof HasStore ? weights.store.turns.take(pass) : pass();
}

async function onePass(machine: Machine, net: AnyNetwork, o: GradientsRequest) {
  const training = o.seed !== undefined;
  const seed = mix(seedWord("gradients: seed", o.seed ?? 0), 0); // a trainer's in its first step
  const owned = await Owned.open(machine, net, o.weights, o.storage);
  try {
    const { arena, buffers } = owned.store;
    const names = Object.entries(o.cotangents ?? {}).flatMap(([name, value]) => (value ? [name] : []));
    const { sizes, open } = wholeCallOf("gradients", net.trace, o.inputs, o.batchFirst ?? true);
    const built = build(net.trace, arena, buffers, {
      ...o,
      ...sizes,
      differentiate: true,
      training,
      norms: true,
      wantInputs: true,
      wantOutputs: true,
      open: new Set([...net.trace.initial, ...open]),
      cotangents: names,
      // of neither all gradients would be 0
      ...((o.loss || !o.cotangents) && { losses: lossRules(o.loss) }),
    });
    const ready = await owned.build(built);
    const { runnable } = ready;
    feed("gradients", ready, o.inputs);
    for (const [name, { buffer, shape }] of built.cotangents) {
      const value = o.cotangents?.[name];
      if (value) runnable.write(buffer, asFloats(`gradients: cotangent ${name}`, value, shape));
    }
    await runnable.run({ ...still, seed });

    const norms = built.norms.map(({ name, buffer }): [string, Result] => [
      name,
      { buffer, shape: buffer.shape },
    ]);
    const wanted = [...built.outputs, ...built.inputGradients, ...norms].map(([, { buffer }]) => buffer);
    const all = [...new Set([...wanted, built.gradients, built.loss])].filter((one) => one !== undefined);
    const contents = await runnable.read(all);
    const results = new Map<Buffer | undefined, Contents>(all.map((buffer, k) => [buffer, contents[k]]));
    // All of them are read, and none holds integers.
    const of = (buffer: Buffer | undefined) => results.get(buffer) as Floats32or64;
    const tensors = (from: Iterable<readonly [string, Result]>): [string, Tensor<Floats32or64>][] =>
      [...from].map(([name, { buffer, shape }]) => [name, { shape, data: of(buffer) }]);
    const named = owned.store.named(of(built.gradients));
    const own = new Set(net.trace.parameters.map((p) => p.name));
    return {
      outputs: Object.fromEntries(tensors(built.outputs)),
      inputs: Object.fromEntries(tensors(built.inputGradients)),
      weights: new Map([...named].filter(([name]) => own.has(name))),
      stateNorms: new Map(tensors(norms)),
      ...(built.loss && { loss: of(built.loss)[0] }),
    };
  } finally {
    owned.dispose("gradients");
  }
}

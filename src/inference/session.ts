// The session, floor 5: a plan of inference, run again and again, with its state carried on the device where
// asked.

import type { Floats32or64, Machine } from "../backends/machine.js";
import { ShapeError, unknown } from "../errors.js";
import { still } from "../kernels/kernel.js";
import type { Built } from "../network/build.js";
import { copied, feed, type Given } from "../network/feed.js";
import type { Result } from "../network/layout.js";
import type { AnyNetwork } from "../network/network.js";
import { HasStore, Owned, type Ready } from "../network/owned.js";
import type { PlanRequest } from "../network/planner.js";
import { Turns } from "../network/turns.js";
import { Variants } from "../network/variants.js";
import type { Buffer } from "../plan/plan.js";
import { interactiveSeconds } from "../plan/strategy.js";
import type { Building, Weights } from "../types.js";
import { sizeOf } from "../weights/tensors.js";
import { type GenerateRequest, generate } from "./generate.js";
import { Writers } from "./writer.js";

export interface SessionRequest extends PlanRequest, Building {
  readonly weights: Weights;
}

export interface Parts {
  readonly request: SessionRequest;
  readonly owned: Owned;
  readonly variants: Variants;
}

export async function openSession(
  machine: Machine,
  net: AnyNetwork,
  request: SessionRequest,
): Promise<Parts> {
  if (request.weights === undefined) {
    throw new ShapeError(
      "session: weights are missing; a session never invents them. Give tensors, a trainer or a session.",
    );
  }
  const owned = await Owned.open(machine, net, request.weights, request.storage);
  try {
    return { request, owned, variants: await Variants.inference(owned, net, request, request) };
  } catch (error) {
    owned.dispose("session");
    throw error;
  }
}

/** Outputs by name, as a record. */
export type Outputs = Record<string, Floats32or64>;

export class SessionOfNetwork extends HasStore {
  readonly #request: SessionRequest;
  readonly #writers: Writers;

  constructor(parts: Parts) {
    super("session", parts, new Turns());
    this.#request = parts.request;
    this.#writers = new Writers(this.owned, parts.request.interactive ? interactiveSeconds : undefined);
  }

  async run(inputs: Given = {}, outputs?: readonly string[]): Promise<Outputs> {
    this.owned.ensure("session.run");
    return this.variants.act("session.run", this.turns, inputs, (ready, given) =>
      this.#run(ready, given, outputs),
    );
  }

  async #run(ready: Ready, inputs: Given, outputs?: readonly string[]): Promise<Outputs> {
    const { built, runnable } = ready;
    const wanted = outputsOf(built, outputs);
    feed("session.run", ready, inputs);
    const read = runnable.run(
      still,
      wanted.map(({ buffer }) => buffer),
    );
    const data = await this.owned.life.wait("session.run", read);
    return Object.fromEntries(wanted.map(({ name }, k) => [name, data[k] as Floats32or64])); // outputs are floats
  }

  async generate(o: GenerateRequest): Promise<Int32Array<ArrayBuffer>> {
    this.owned.ensure("session.generate");
    const held = { ...o, inputs: copied(o.inputs ?? {}) };
    const calls = {
      of: (inputs: Given) => this.variants.of("session.run", inputs),
      writer: (ready: Ready, input: string) => this.#writers.over(ready, input),
    };
    return this.turns.take(() => generate(calls, this.ready.built, this.#request, held));
  }
}

/** An input or output where it lies. */
export interface Port {
  readonly name: string;
  readonly buffer: Buffer;
  readonly size: number;
}

export function portOf(name: string, { buffer, shape }: Result): Port {
  return { name, buffer, size: sizeOf(shape) };
}

/** The outputs of these names; all of them where none are said. */
export function outputsOf({ outputs }: Built, names: readonly string[] = [...outputs.keys()]): Port[] {
  return names.map((name) => {
    const output = outputs.get(name);
    if (output) return portOf(name, output);
    throw unknown("session.run", "output", name, outputs.keys());
  });
}

// One network in training, of either exercise: its trainer, and what the page wants to know of it. What is read
// and what is shown of it are the exercises' own.

import {
  type Backend,
  type Loss,
  type Model,
  type Tensor,
  type Trainer,
  type Vocabulary,
  verify,
} from "webrnn";
import type { CheckRow, Controls, Costs, Facts, Report } from "../protocol.js";
import type { Settings } from "../settings.js";
import type { Count } from "./baselines.worker.js";
import { type Contents, startFrom } from "./file.js";
import { optimizerOf } from "./optimizer.js";

/** What an exercise reads, as far as both have it. */
export interface Material {
  readonly facts: Facts;
  readonly vocabulary: Vocabulary;
  /** What it takes to count the baselines. */
  readonly count: Count;
}

/** What a network is built with. */
export interface Making {
  readonly backend: Backend;
  readonly settings: Settings;
  readonly file: Contents | undefined;
  /** Its fields are read at every update. */
  readonly controls: Controls;
  /** At most so many held-out characters or names are measured. */
  readonly most: number;
  readonly onProgress: (done: number, of: number) => void;
  readonly signal: AbortSignal;
}

/** No gradient is as long: clipping to it is no clipping. */
const noClip = 1e30;

/** The longest gradient, as the slider stands. */
const clipOf = (controls: Controls) => (): number => Math.min(controls.clip, noClip);

/** What every exercise's trainer is made with. */
export const trainerOf = ({ settings, file, controls, onProgress, signal }: Making) => ({
  batchSize: settings.batch,
  sequenceLength: settings.steps,
  optimizer: optimizerOf(settings.optimizer, controls),
  clipNorm: clipOf(controls),
  onProgress,
  signal,
  ...startFrom(file, settings.seed),
});

export const bits = (nats: number): number => nats / Math.LN2;

export abstract class Run<N extends Model = Model, L = Loss> {
  readonly settings: Settings;
  readonly material: Material;
  readonly trainer: Trainer<N, L>;
  protected readonly backend: Backend;
  protected readonly net: N;

  constructor({ backend, settings }: Making, material: Material, net: N, trainer: Trainer<N, L>) {
    this.settings = settings;
    this.material = material;
    this.backend = backend;
    this.net = net;
    this.trainer = trainer;
  }

  /** How many held-out characters or names are measured. */
  abstract get measured(): number;

  /** One update. */
  abstract step(): Promise<void>;

  /** How good it is on what is held out; nothing where nothing is. */
  abstract measure(): Promise<readonly Report[]>;

  /** What it does for the visitor, as the controls stand. */
  abstract show(controls: Controls): Promise<readonly Report[]>;

  /** |dL/dh_t| of a loss at the last step only, for every t, one array a layer. */
  abstract gradientThroughTime(): Promise<Float32Array[]>;

  get updates(): number {
    return this.trainer.updates;
  }

  get parameters(): number {
    let count = 0;
    for (const shape of this.net.shapes.values()) {
      count += shape.reduce((product, size) => product * size, 1);
    }
    return count;
  }

  get costs(): Costs {
    return this.trainer.plan.cost();
  }

  get plan(): string {
    return this.trainer.plan.print();
  }

  /** Of the updates since the last call: the loss in bits, and gradient norms before clipping. */
  async metrics(): Promise<{ bits: Float32Array; gradNorms: Float32Array; skipped: number }> {
    const { losses, gradNorms, skipped } = await this.trainer.metrics();
    return { bits: losses.map(bits), gradNorms, skipped };
  }

  /** Every kernel of a small network of this kind against the float64 reference. */
  check(): Promise<readonly CheckRow[]> {
    return verify(this.backend, this.net, { batchSize: 4, sequenceLength: 8 });
  }

  dispose(): void {
    this.trainer.dispose();
  }
}

/** The norms of the first state, h, [layers · directions, T], as one array a layer, of its forward direction. */
export function normsOf(stateNorms: ReadonlyMap<string, Tensor>, directions: number): Float32Array[] {
  const norms = stateNorms.get("rnn.h");
  if (norms === undefined) {
    throw new Error(`gradients: there are no norms of rnn.h, only of ${[...stateNorms.keys()].join(", ")}.`);
  }
  const [rows, steps] = norms.shape;
  return Array.from({ length: rows / directions }, (_, layer) => {
    const from = layer * directions * steps;
    return norms.data.slice(from, from + steps);
  });
}

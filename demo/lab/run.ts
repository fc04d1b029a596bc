// One network in training: the trainer, the session that writes with its weights, and where in the text it
// reads.

import { type Backend, crossEntropy, type Session, verify } from "webrnn";
import type { CheckRow, Controls, Costs, Sample } from "../protocol.js";
import type { Settings } from "../settings.js";
import type { Corpus } from "./corpus.js";
import { type Contents, startFrom } from "./file.js";
import { loss, type Network, type NetworkTrainer, networkOf, optimizerOf } from "./network.js";
import { charactersOf, cut, ignored, type Windows } from "./windows.js";

export interface Making {
  readonly backend: Backend;
  readonly settings: Settings;
  readonly corpus: Corpus;
  readonly file: Contents | undefined;
  /** Its fields are read at every update. */
  readonly controls: Controls;
  readonly measured: number;
  readonly onProgress: (done: number, of: number) => void;
  readonly signal: AbortSignal;
}

/** No gradient is as long: clipping to it is no clipping. */
const noClip = 1e30;

const bits = (nats: number): number => nats / Math.LN2;

export class Run {
  readonly settings: Settings;
  readonly corpus: Corpus;
  readonly #backend: Backend;
  readonly #net: Network;
  readonly #trainer: NetworkTrainer;
  readonly #session: Session<Network>;
  readonly #windows: Windows;

  private constructor(
    { backend, settings, corpus }: Making,
    net: Network,
    trainer: NetworkTrainer,
    session: Session<Network>,
    windows: Windows,
  ) {
    this.settings = settings;
    this.corpus = corpus;
    this.#backend = backend;
    this.#net = net;
    this.#trainer = trainer;
    this.#session = session;
    this.#windows = windows;
  }

  /** Builds everything that training needs. Rejects with the signal's reason where it is given up. */
  static async build(making: Making): Promise<Run> {
    const { backend, settings, corpus, file, controls, measured, onProgress, signal } = making;
    const windows = cut(corpus, settings, measured);
    const net = networkOf(settings, corpus.vocabulary.size);
    const trainer = await backend.trainer(net, {
      batchSize: settings.batch,
      sequenceLength: settings.steps,
      stateful: true,
      loss,
      optimizer: optimizerOf(settings.optimizer, controls),
      clipNorm: () => Math.min(controls.clip, noClip),
      onProgress,
      signal,
      ...startFrom(file, settings.seed),
    });
    try {
      const session = await backend.session(net, {
        weights: trainer,
        batchSize: 1,
        sequenceLength: 1,
        stateful: true,
        signal,
      });
      return new Run(making, net, trainer, session, windows);
    } catch (error) {
      trainer.dispose();
      throw error;
    }
  }

  get trainer(): NetworkTrainer {
    return this.#trainer;
  }

  get updates(): number {
    return this.#trainer.updates;
  }

  get parameters(): number {
    let count = 0;
    for (const shape of this.#net.shapes.values()) {
      count += shape.reduce((product, size) => product * size, 1);
    }
    return count;
  }

  get costs(): Costs {
    return this.#trainer.plan.cost();
  }

  get plan(): string {
    return this.#trainer.plan.print();
  }

  /** How many held-out characters are measured. */
  get measured(): number {
    return charactersOf(this.#windows.heldOut);
  }

  /** One update, on the next window; at the end of the text it begins again, with no state. */
  async step(): Promise<void> {
    const { train } = this.#windows;
    const at = this.updates % train.length;
    if (at === 0) {
      this.#trainer.state.reset();
    }
    await this.#trainer.step(train[at]);
  }

  /** Of the updates since the last call: bits per character, and gradient norms before clipping. */
  async metrics(): Promise<{ bits: Float32Array; gradNorms: Float32Array; skipped: number }> {
    const { losses, gradNorms, skipped } = await this.#trainer.metrics();
    return { bits: losses.map(bits), gradNorms, skipped };
  }

  /** Held-out bits per character; undefined where nothing is held out. */
  async heldOutBits(): Promise<number | undefined> {
    const { heldOut } = this.#windows;
    return heldOut.length > 0 ? bits(await this.#trainer.evaluate(heldOut)) : undefined;
  }

  /** |dL/dh_t| of a loss at the last step only, for every t, one array a layer. */
  async gradientThroughTime(): Promise<Float32Array[]> {
    const { probe } = this.#windows;
    const { stateNorms } = await this.#backend.gradients(this.#net, {
      weights: this.#trainer,
      inputs: { x: probe.x, target: probe.target },
      loss: crossEntropy({ ignoreIndex: ignored }),
    });
    const norms = stateNorms.get("rnn.h");
    if (norms === undefined) {
      throw new Error(
        `gradients: there are no norms of rnn.h, only of ${[...stateNorms.keys()].join(", ")}.`,
      );
    }
    const [layers, steps] = norms.shape;
    return Array.from({ length: layers }, (_, layer) => norms.data.slice(layer * steps, (layer + 1) * steps));
  }

  /** Writes as the network would go on from the prompt, with no memory of what it read before. */
  async write(controls: Controls, maxTokens: number): Promise<Sample> {
    const { vocabulary } = this.corpus;
    const update = this.updates;
    const prompt = controls.prompt || this.#opening();
    const symbols: string[] = [];
    const surprise: number[] = [];
    this.#session.state.reset();
    await this.#session.generate({
      prompt: vocabulary.encode(prompt),
      maxTokens,
      temperature: controls.temperature,
      seed: update,
      onTokens(ids, logProbs) {
        symbols.push(vocabulary.symbols[ids[0]]);
        surprise.push(-bits(logProbs[0]));
      },
    });
    return { update, prompt: controls.prompt, symbols, surprise: Float32Array.from(surprise) };
  }

  /** What a text begins with where nothing else is said: a new line, if it has any. */
  #opening(): string {
    const { symbols } = this.corpus.vocabulary;
    return symbols.includes("\n") ? "\n" : symbols[1];
  }

  /** Every kernel of a small network of this kind against the float64 reference. */
  check(): Promise<readonly CheckRow[]> {
    return verify(this.#backend, this.#net, { batchSize: 4, sequenceLength: 8 });
  }

  dispose(): void {
    this.#session.dispose();
    this.#trainer.dispose();
  }
}

// A network that learns to write: it reads the text window after window, and writes with a session that shares
// its weights.

import { crossEntropy, type Session } from "webrnn";
import type { Controls, Report, Sample } from "../../protocol.js";
import { bits, type Making, normsOf, Run, trainerOf } from "../run.js";
import type { Corpus } from "./corpus.js";
import { loss, type Network, networkOf } from "./network.js";
import { charactersOf, cut, ignored, openingOf, type Windows } from "./windows.js";

const sampleLength = 240;

export class WritingRun extends Run<Network, typeof loss> {
  readonly #corpus: Corpus;
  readonly #session: Session<Network>;
  readonly #windows: Windows;
  readonly #opening: Int32Array;

  private constructor(
    making: Making,
    net: Network,
    trainer: WritingRun["trainer"],
    corpus: Corpus,
    session: Session<Network>,
    windows: Windows,
  ) {
    super(making, corpus, net, trainer);
    this.#corpus = corpus;
    this.#session = session;
    this.#windows = windows;
    this.#opening = openingOf(corpus);
  }

  /** Builds everything that training needs. Rejects with the signal's reason where it is given up. */
  static async build(making: Making, corpus: Corpus): Promise<WritingRun> {
    const { backend, settings, most, signal } = making;
    const windows = cut(corpus, settings, most);
    const net = networkOf(settings, corpus.vocabulary.size);
    const trainer = await backend.trainer(net, {
      ...trainerOf(making),
      stateful: true,
      loss,
    });
    try {
      const session = await backend.session(net, {
        weights: trainer,
        batchSize: 1,
        sequenceLength: 1,
        stateful: true,
        signal,
      });
      return new WritingRun(making, net, trainer, corpus, session, windows);
    } catch (error) {
      trainer.dispose();
      throw error;
    }
  }

  get measured(): number {
    return charactersOf(this.#windows.heldOut);
  }

  /** One update, on the next window; at the end of the text it begins again, with no state. */
  async step(): Promise<void> {
    const { train } = this.#windows;
    const at = this.updates % train.length;
    if (at === 0) {
      this.trainer.state.reset();
    }
    await this.trainer.step(train[at]);
  }

  /** Held-out bits per character; nothing where nothing is held out. */
  async measure(): Promise<readonly Report[]> {
    const { heldOut } = this.#windows;
    const update = this.updates;
    return heldOut.length === 0
      ? []
      : [{ kind: "measured", update, heldOut: bits(await this.trainer.evaluate(heldOut)) }];
  }

  async gradientThroughTime(): Promise<Float32Array[]> {
    const { probe } = this.#windows;
    const { stateNorms } = await this.backend.gradients(this.net, {
      weights: this.trainer,
      inputs: { x: probe.x, target: probe.target },
      loss: crossEntropy({ ignoreIndex: ignored }),
    });
    return normsOf(stateNorms, 1);
  }

  /** Writes as the network would go on where a line of the text ends, from the prompt if there is one. */
  async show(controls: Controls): Promise<readonly Report[]> {
    return [{ kind: "sample", ...(await this.#write(controls)) }];
  }

  async #write(controls: Controls): Promise<Sample> {
    const { vocabulary } = this.#corpus;
    const update = this.updates;
    const prompt = vocabulary.encode(controls.prompt);
    const symbols: string[] = [];
    const surprise: number[] = [];
    this.#session.state.reset();
    await this.#session.generate({
      prompt: [...this.#opening, ...prompt],
      maxTokens: sampleLength,
      temperature: controls.temperature,
      seed: update,
      onTokens(ids, logProbs) {
        symbols.push(vocabulary.symbols[ids[0]]);
        surprise.push(-bits(logProbs[0]));
      },
    });
    return { update, prompt: controls.prompt, symbols, surprise: Float32Array.from(surprise) };
  }

  override dispose(): void {
    this.#session.dispose();
    super.dispose();
  }
}

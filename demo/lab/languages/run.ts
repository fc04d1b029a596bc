// A network that learns which language a name is in. A session that shares its weights reads the held-out names,
// and the visitor's name from its first letter to its last.

import type { Session } from "webrnn";
import type { Confusion, Controls, Costs, Reading, Report } from "../../protocol.js";
import { type Making, normsOf, Run, trainerOf } from "../run.js";
import { batchOf, Epochs, inOrder, probeOf } from "./batches.js";
import { evenly, type Item, type Names } from "./names.js";
import { loss, type Network, networkOf } from "./network.js";

/** Names that are read at once. */
const readAtOnce = 64;
/** An example is as long as that, if there is one. */
const exampleLength = 9;

export class LanguagesRun extends Run<Network, typeof loss> {
  readonly #names: Names;
  readonly #session: Session<Network>;
  readonly #epochs: Epochs;

  private constructor(
    making: Making,
    net: Network,
    trainer: LanguagesRun["trainer"],
    names: Names,
    session: Session<Network>,
  ) {
    super(making, names, net, trainer);
    this.#names = names;
    this.#session = session;
    this.#epochs = new Epochs(names.train, making.settings);
  }

  /** Builds everything that training needs. Rejects with the signal's reason where it is given up. */
  static async build(making: Making, names: Names): Promise<LanguagesRun> {
    const { backend, settings, signal } = making;
    const net = networkOf(settings, sizesOf(names));
    const trainer = await backend.trainer(net, {
      ...trainerOf(making),
      loss,
    });
    try {
      const session = await backend.session(net, {
        weights: trainer,
        batchSize: readAtOnce,
        sequenceLength: settings.steps,
        signal,
      });
      return new LanguagesRun(making, net, trainer, names, session);
    } catch (error) {
      trainer.dispose();
      throw error;
    }
  }

  get measured(): number {
    return this.#names.heldOut.length;
  }

  /** Of an update whose names are as long as names are. */
  override get costs(): Costs {
    const { plan } = this.trainer;
    const { batch, steps } = this.settings;
    const { lengths } = batchOf(evenly(this.#names.train, batch), steps);
    const costs = plan.cost({ lengths });
    return { ...costs, spared: 1 - costs.flops / plan.cost().flops };
  }

  async step(): Promise<void> {
    await this.trainer.step(this.#epochs.at(this.updates));
  }

  /** The shares of names that it gets right, and what it takes the held-out ones for. */
  async measure(): Promise<readonly Report[]> {
    const update = this.updates;
    const { heldOut, learnt } = this.#names;
    const confusion = { update, ...(await this.#confusion(heldOut)) };
    const training = rightOf(await this.#confusion(learnt));
    return [
      { kind: "measured", update, heldOut: rightOf(confusion), training },
      { kind: "confusion", ...confusion },
    ];
  }

  async #confusion(items: readonly Item[]): Promise<Pick<Confusion, "counts" | "examples">> {
    const languages = this.#names.languages.length;
    const counts = new Uint32Array(languages ** 2);
    const examples: (string | undefined)[] = Array.from(counts, () => undefined);
    for (const batch of inOrder(items, readAtOnce)) {
      const beliefs = await this.#believe(batch);
      batch.forEach(({ text, label }, i) => {
        const cell = label * languages + likeliest(beliefs[i]);
        counts[cell] += 1;
        if (examples[cell] === undefined || text.length <= exampleLength) {
          examples[cell] = text; // they come short ones first
        }
      });
    }
    return { counts, examples };
  }

  /** Of each name, at most readAtOnce of them, the probability of every language. */
  async #believe(items: readonly Item[]): Promise<Float32Array[]> {
    const languages = this.#names.languages.length;
    const { x, lengths } = batchOf(items, this.settings.steps);
    const { y } = await this.#session.run({ x, lengths });
    return items.map((_, i) => softmax(y.subarray(i * languages, (i + 1) * languages)));
  }

  /** Names of one length, and a loss that sees their last letter alone: how far back does it reach? */
  async gradientThroughTime(): Promise<Float32Array[]> {
    const { settings } = this;
    const { x, target } = batchOf(probeOf(this.#names.heldOut, settings.steps), settings.steps);
    const { stateNorms } = await this.backend.gradients(networkOf(settings, sizesOf(this.#names), "last"), {
      weights: this.trainer,
      inputs: { x, target: { shape: [target.length], data: target } },
      loss,
    });
    return normsOf(stateNorms, settings.directions === "both" ? 2 : 1);
  }

  /** The visitor's name, or without one the first example. */
  async show(controls: Controls): Promise<readonly Report[]> {
    const [example] = this.#names.facts.examples;
    return [{ kind: "reading", ...(await this.#read(controls.name.trim() || example.text)) }];
  }

  /** Every beginning of the name is a name of its own: one batch reads them all. */
  async #read(name: string): Promise<Reading> {
    const letters = Array.from(name.toLowerCase()).slice(0, this.settings.steps);
    const ids = this.#names.vocabulary.encode(letters.join(""));
    const beginnings = letters.map((_, i) => ({ text: "", label: 0, ids: ids.subarray(0, i + 1) }));
    const update = this.updates;
    const beliefs: Float32Array[] = [];
    for (let at = 0; at < beginnings.length; at += readAtOnce) {
      beliefs.push(...(await this.#believe(beginnings.slice(at, at + readAtOnce))));
    }
    return { update, letters, beliefs };
  }

  override dispose(): void {
    this.#session.dispose();
    super.dispose();
  }
}

const sizesOf = ({ vocabulary, languages }: Names) => ({
  symbols: vocabulary.size,
  languages: languages.length,
});

function softmax(scores: Float32Array): Float32Array {
  const highest = scores.reduce((most, score) => Math.max(most, score));
  const powers = scores.map((score) => Math.exp(score - highest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

const likeliest = (beliefs: Float32Array): number =>
  beliefs.reduce((best, belief, i) => (belief > beliefs[best] ? i : best), 0);

/** The share on the diagonal. */
function rightOf({ counts }: Pick<Confusion, "counts">): number {
  const languages = Math.sqrt(counts.length);
  const right = counts.reduce((sum, count, i) => (i % (languages + 1) === 0 ? sum + count : sum), 0);
  return right / counts.reduce((sum, count) => sum + count, 0);
}

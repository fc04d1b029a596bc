// The course of a training: loss and gradient norms over the updates, and now and then how good it is. However
// long it gets, it keeps at most a thousand points: neighbours are joined when there are more.

import type { Measure } from "../protocol.js";

const most = 1_000;

/** A few updates in a row. */
interface Stretch {
  /** The last of them. */
  update: number;
  count: number;
  /** Means over them, of what is finite. */
  bits: number;
  norm: number;
  /** The share of them that was clipped. */
  clipped: number;
}

export class Curve {
  #stretches: Stretch[] = [];
  #length = 1;
  #measures: Measure[] = [];

  get stretches(): readonly Readonly<Stretch>[] {
    return this.#stretches;
  }

  get measures(): readonly Measure[] {
    return this.#measures;
  }

  get lastMeasure(): Measure | undefined {
    return this.#measures.at(-1);
  }

  get lastStretch(): Readonly<Stretch> | undefined {
    return this.#stretches.at(-1);
  }

  /** Adds one update. */
  add(update: number, bits: number, norm: number, isClipped: boolean): void {
    const one = { update, count: 1, bits, norm, clipped: isClipped ? 1 : 0 };
    const last = this.#stretches.at(-1);
    if (last !== undefined && last.count < this.#length) {
      this.#stretches[this.#stretches.length - 1] = joined(last, one);
      return;
    }
    this.#stretches.push(one);
    if (this.#stretches.length > most) {
      this.#stretches = inPairs(this.#stretches);
      this.#length *= 2;
    }
  }

  /** Adds a measure; a second one of the same update takes the first one's place. */
  measure(measure: Measure): void {
    if (this.#measures.at(-1)?.update === measure.update) {
      this.#measures.pop();
    }
    this.#measures.push(measure);
    if (this.#measures.length > most) {
      this.#measures = this.#measures.filter((_, i, all) => i % 2 === 1 || i === all.length - 1);
    }
  }
}

function joined(a: Stretch, b: Stretch): Stretch {
  const count = a.count + b.count;
  const mean = (x: number, y: number): number => {
    if (!Number.isFinite(x)) {
      return y;
    }
    return Number.isFinite(y) ? (x * a.count + y * b.count) / count : x;
  };
  return {
    update: b.update,
    count,
    bits: mean(a.bits, b.bits),
    norm: mean(a.norm, b.norm),
    clipped: mean(a.clipped, b.clipped),
  };
}

function inPairs(stretches: readonly Stretch[]): Stretch[] {
  const pairs: Stretch[] = [];
  for (let i = 0; i + 1 < stretches.length; i += 2) {
    pairs.push(joined(stretches[i], stretches[i + 1]));
  }
  return stretches.length % 2 === 1 ? [...pairs, stretches[stretches.length - 1]] : pairs;
}

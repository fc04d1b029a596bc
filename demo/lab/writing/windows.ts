// Which parts of the text go where: windows to learn from in order, a few held-out ones to measure on, and
// one batch to follow the gradient back through.

import { batches, type Tensor } from "webrnn";
import type { Structure } from "../../settings.js";
import { Refusal } from "../refusal.js";
import type { Corpus } from "./corpus.js";

export interface Window {
  readonly x: Tensor<Int32Array>;
  readonly target: Tensor<Int32Array>;
}

export interface Windows {
  readonly train: readonly Window[];
  /** Always the same: about `measured` characters; none where nothing is held out. */
  readonly heldOut: readonly Window[];
  /** The loss of its last step only: every other target is ignored. */
  readonly probe: Window;
}

/** The target that no loss counts. */
export const ignored = -1;

const mostProbed = 8;

/** Cuts a corpus. Throws Refusal where the text fills not one batch. */
export function cut(corpus: Corpus, { batch, steps }: Structure, measured: number): Windows {
  const needed = batch * steps + 1;
  if (corpus.train.length < needed) {
    throw new Refusal("text", "textTooShort", "", { has: corpus.train.length, needed, batch, steps });
  }
  const train = [...batches(corpus.train, { batchSize: batch, sequenceLength: steps })];
  const heldOut = heldOutWindows(corpus.heldOut, { batch, steps }, measured);
  return { train, heldOut, probe: probeOf(heldOut[0] ?? train[0]) };
}

function heldOutWindows(
  ids: Int32Array,
  { batch, steps }: { batch: number; steps: number },
  measured: number,
): Window[] {
  const sequenceLength = Math.min(steps, ids.length - 1);
  if (sequenceLength < 1) {
    return [];
  }
  const batchSize = Math.min(batch, Math.floor((ids.length - 1) / sequenceLength));
  const most = Math.ceil(measured / (batchSize * sequenceLength));
  return [...batches(ids, { batchSize, sequenceLength })].slice(0, most);
}

function probeOf({ x, target }: Window): Window {
  const [rows, steps] = x.shape;
  const taken = Math.min(rows, mostProbed);
  const shape = [taken, steps];
  const last = new Int32Array(taken * steps).fill(ignored);
  for (let row = 0; row < taken; row += 1) {
    const at = row * steps + steps - 1;
    last[at] = target.data[at];
  }
  return { x: { shape, data: x.data.slice(0, taken * steps) }, target: { shape, data: last } };
}

/** So much is read before something is written: from no state at all no network has learnt to go on. */
const opening = 64;
/** A line that is longer is not waited for. */
const longestLine = 10_000;

/** Where one of the first lines ends, if there are lines; else the text's beginning. */
export function openingOf({ vocabulary, train }: Pick<Corpus, "vocabulary" | "train">): Int32Array {
  const newLine = vocabulary.symbols.indexOf("\n");
  const begins = (id: number, i: number) => i >= opening && train[i - 1] === newLine && id !== newLine;
  const end = Math.max(train.subarray(0, longestLine).findIndex(begins), opening);
  return train.slice(Math.max(0, end - opening), end);
}

/** How many characters windows hold. */
export const charactersOf = (windows: readonly Window[]): number =>
  windows.reduce((sum, { x }) => sum + x.data.length, 0);

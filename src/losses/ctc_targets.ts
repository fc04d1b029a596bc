// What the host makes of the labels of a call for CTC, floor 4: checked, and laid out as src/kernels/ctc.ts
// reads them.

import { ShapeError, wrong } from "../errors.js";

/** Labels of all sequences, as a call brings them. */
interface Labels {
  /** [B, columns], of which the first lengths[b] count. */
  readonly data: ArrayLike<number>;
  readonly lengths: ArrayLike<number>;
  /** The rows m = t·B + b that there are, in increasing order. */
  readonly rows: Uint32Array;
}

interface Sizes {
  readonly B: number;
  readonly V: number;
  /** The most labels that are kept. */
  readonly S: number;
  /** The most labels that there may be. */
  readonly most: number | undefined;
  readonly blank: number;
}

/** By sequence: how many labels there are, whether any path leads through them, whether it is there at all. */
export interface Sequence {
  readonly count: number;
  readonly fits: boolean;
  readonly isThere: boolean;
}

/** The table [B, 2 + S]: how many steps, how many labels, the labels. */
export function ctcTargets(
  where: string,
  { data, lengths, rows }: Labels,
  { B, V, S, most, blank }: Sizes,
): { table: Uint32Array; sequences: Sequence[] } {
  const width = 2 + S;
  const table = new Uint32Array(B * width);
  for (const m of rows) {
    const b = m % B;
    if (table[b * width] !== (m - b) / B) {
      throw new ShapeError(
        `${where}: a step of sequence ${b} is masked before its end; ctc knows lengths alone.`,
      );
    }
    table[b * width] += 1;
  }
  const columns = data.length / B;
  const longest = Math.min(columns, most ?? columns);
  const sequences = Array.from({ length: B }, (_, b): Sequence => {
    const count = lengths[b];
    if (count < 0 || count > longest) {
      throw wrong(`${where}: targetLengths ${b}`, count, `from 0 to ${longest}`);
    }
    const labels = Array.from({ length: count }, (_, s) => data[b * columns + s]);
    const at = labels.findIndex((label) => label < 0 || label >= V || label === blank);
    if (at >= 0) {
      const must = `from 0 to ${V - 1}, of the size of the output, and not ${blank}, the blank`;
      throw wrong(`${where}: the number at ${b * columns + at}`, labels[at], must);
    }
    const row = b * width;
    const steps = table[row];
    const kept = labels.slice(0, S); // more do not fit in so few steps
    table[row + 1] = kept.length;
    table.set(kept, row + 2);
    // between two that are the same there must be a blank
    const repeated = labels.filter((label, s) => label === labels[s - 1]).length;
    return { count, fits: count + repeated <= steps, isThere: steps + count > 0 };
  });
  return { table, sequences };
}

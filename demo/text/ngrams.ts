// What counting achieves: interpolated n-grams with Witten and Bell's smoothing (1991), in bits per character
// of text that was held out. They are the page's dashed lines and the benches' measure: a network that has
// learnt more than pairs of letters is below the bigram.

/** Of n-grams of one length, in the training text. */
interface Counts {
  /** From a shorter context's id and one more symbol to the longer context's id. */
  readonly ids: Map<number, number>;
  /** By id: how often it was seen; how often something followed it; how many different symbols did. */
  readonly seen: Float64Array;
  readonly followed: Float64Array;
  readonly followers: Float64Array;
}

/**
 * Held-out bits per character of the n-grams for n = 1 to `longest`: 1 is character frequencies, 2 the
 * bigram, 3 the trigram. Ids are of a vocabulary of `size`. Each n leans on the one below where its context
 * was seldom seen, the lowest on equal shares: p(c | h) = (seen(hc) + followers(h) · p(c | h without its
 * first)) / (seen(h) + followers(h)). A million characters take about half a second for n = 3.
 */
export function ngramBits(train: Int32Array, heldOut: Int32Array, size: number, longest: number): number[] {
  // By position: the id of the context of n - 1 symbols that ends before it, and -1 where that was never
  // seen. Before the first symbol there is the empty context, 0, and every text begins with it.
  let trainContexts = new Int32Array(train.length);
  let heldOutContexts = new Int32Array(heldOut.length);
  let below = new Float64Array(heldOut.length).fill(1 / size);
  const bits: number[] = [];
  for (let n = 1; n <= longest; n += 1) {
    const counts = countNgrams(train, trainContexts, size);
    below = probabilities(heldOut, heldOutContexts, size, counts, below);
    bits.push(meanBits(below));
    trainContexts = extend(train, trainContexts, size, counts);
    heldOutContexts = extend(heldOut, heldOutContexts, size, counts);
  }
  return bits;
}

/**
 * Counts of each context with the symbol after it. Positions with context -1 (a text's beginning) do not
 * count.
 */
function countNgrams(text: Int32Array, contexts: Int32Array, size: number): Counts {
  const ids = new Map<number, number>();
  const seen = new Float64Array(text.length);
  const followed = new Float64Array(text.length + 1);
  const followers = new Float64Array(text.length + 1);
  for (let i = 0; i < text.length; i += 1) {
    const context = contexts[i];
    if (context < 0) {
      continue;
    }
    const key = context * size + text[i];
    let id = ids.get(key);
    if (id === undefined) {
      id = ids.size;
      ids.set(key, id);
      followers[context] += 1;
    }
    seen[id] += 1;
    followed[context] += 1;
  }
  return { ids, seen, followed, followers };
}

/** Of every symbol of the text after its context; `below` are those after the context shorter by one. */
function probabilities(
  text: Int32Array,
  contexts: Int32Array,
  size: number,
  counts: Counts,
  below: Float64Array<ArrayBuffer>,
): Float64Array<ArrayBuffer> {
  const { ids, seen, followed, followers } = counts;
  return below.map((shorter, i) => {
    const context = contexts[i];
    if (context < 0 || followed[context] === 0) {
      return shorter;
    }
    const id = ids.get(context * size + text[i]);
    const times = id === undefined ? 0 : seen[id];
    return (times + followers[context] * shorter) / (followed[context] + followers[context]);
  });
}

/** By position the id of the context longer by one symbol: that of the n-gram which ends before it. */
function extend(
  text: Int32Array,
  contexts: Int32Array,
  size: number,
  counts: Counts,
): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(text.length).fill(-1);
  for (let i = 1; i < text.length; i += 1) {
    const context = contexts[i - 1];
    if (context >= 0) {
      longer[i] = counts.ids.get(context * size + text[i - 1]) ?? -1;
    }
  }
  return longer;
}

function meanBits(probabilities: Float64Array): number {
  let bits = 0;
  for (const probability of probabilities) {
    bits -= Math.log2(probability);
  }
  return bits / probabilities.length;
}

// What counting achieves on the same text, computed beside the training so that nobody waits for it.

import { ngramBits } from "../text/ngrams.js";

export interface Count {
  readonly train: Int32Array;
  readonly heldOut: Int32Array;
  readonly size: number;
}

const longest = 5;

addEventListener("message", ({ data }: MessageEvent<Count>) => {
  const { train, heldOut, size } = data;
  const ngrams = heldOut.length > 0 ? ngramBits(train, heldOut, size, longest) : [];
  postMessage([Math.log2(size), ...ngrams]);
});

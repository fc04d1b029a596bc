// The words of the page in English. A sentence with numbers is a function of them, already formatted.

import { enLanguages } from "./en_languages.js";
import { enWriting } from "./en_writing.js";

export const en = {
  code: "en",
  name: "English",
  writing: enWriting,
  languages: enLanguages,

  exercise: "Exercise",
  exercises: { writing: "Writing", languages: "Which language?" },
  readme: "Read me",
  licence: "Licence",
  source: "Source",
  pageLanguage: "Language of the page",

  device: "Device",
  deviceChoice: { auto: "Automatic", webgpu: "WebGPU", cpu: "CPU" },
  noDevice: "No device",
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
  gaveUp: "Building was given up. Train or Reset builds again.",
  updates: "updates",
  updatesPerSecond: "updates/s",
  announceTraining: "Training",
  skipped: (count: string) =>
    `${count} updates were left out because their gradient was not finite. Lower the learning rate, or clip.`,

  is: "What it is",
  cell: "Cell",
  cells: { rnn: "RNN", lstm: "LSTM", gru: "GRU" },
  cellNotes: {
    rnn: "one state h, overwritten at each step",
    lstm: "gates i, f and o guard a memory c",
    gru: "a gate z decides how much of h to keep",
  },
  hidden: "Hidden units",
  layers: "Layers",
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
  pending: (names: string) =>
    `Changed: ${names}. The network is still the old one; Reset builds the new one.`,
  structureNames: {
    exercise: "exercise",
    backend: "device",
    text: "text",
    language: "language",
    languages: "languages",
    directions: "directions",
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
  legendTraining: "training",
  legendHeldOut: "held out",
  normTitle: "Gradient norm",
  normHelp:
    "How long the gradient of an update is, over all weights. Where it is longer than the clip line, it is shortened to that.",
  clipTrials: "An RNN that learns far too fast:",
  explode: "Let it explode",
  hold: "Hold it by clipping",
  clipLine: "clip",
  clipped: "clipped",
  chartNorm: (norm: string, clip: string) =>
    `Gradient norm over the updates, logarithmic: now ${norm}, clip at ${clip}.`,

  time: "The gradient through time",
  layer: (layer: string) => `layer ${layer}`,
  vanishes: (steps: string, share: string) =>
    `${steps} steps back, ${share} of the gradient is left: it vanishes.`,
  fades: (steps: string, share: string) =>
    `${steps} steps back, ${share} of the gradient is left: it fades, but gets there.`,
  holds: (steps: string, share: string) => `${steps} steps back, ${share} of the gradient is left: it holds.`,
  explodes: (steps: string, times: string) =>
    `${steps} steps back it has grown ${times}-fold: this explodes.`,
  perStep: (factor: string) => `On average each step back multiplies it by ${factor}.`,
  cellTrials: "Train the same as",
  comparedWith: (name: string, steps: string, share: string) => `${name} before: ${share} at ${steps} steps.`,
  noGradientYet: "The line appears as soon as there is a network.",
  noGradient: "There is no gradient: nothing reaches the last step.",

  hood: "Under the hood",
  planTitle: "The plan of one update",
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
  speedTitle: "Measure this device",
  speedHelp:
    "How long this device takes for what webrnn is measured by beside other libraries. Shapes are sequences × steps, inputs → units. Training goes on in between.",
  measure: "Measure this device",
  measuring: (done: string, of: string) => `Measuring: ${done} of ${of}`,
  speedVerdict: (milliseconds: string, characters: string, operations: string) =>
    `Here an LSTM of 128 units learns from 32 sequences of 64 steps in ${milliseconds} ms, ${characters} characters a second. At best this device computes ${operations} operations a second.`,
  stacked: (layers: string, isBoth: boolean) => `${layers} layers${isBoth ? ", both directions" : ""}`,
  workload: "workload",
  kinds: {
    forward: "forward",
    each: "single steps, each read",
    last: "single steps",
    train: "training step",
    generate: "generation",
  },
  codeTitle: "Copy as code",
  codeHelp: "The program that does what this page does, with these settings.",
  copy: "Copy as code",
  copied: "Copied",
  copyFailed: "The browser did not allow copying: select the text below.",
  showCode: "Show the program",

  askTitle: "What was learnt is not saved",
  ask: (updates: string) => `Reset forgets ${updates} updates.`,
  askTurn: (updates: string) => `Turning to the other exercise forgets ${updates} updates.`,
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
      `This text has ${has} characters to learn from; one update needs ${needed} (sequences × steps: ${batch} × ${steps}). Choose fewer sequences or steps, or a longer text.`,
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

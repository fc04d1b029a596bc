// The options of trainers, sessions, gradients and plans, floor 5: what they are called, and what those may be that are
// one of a few words. All calls know all of them, so that a trainer's may go to a session as they are.

import { oneOf, unknown } from "../errors.js";

const words = {
  strategy: ["scan", "step"],
  storage: ["float32", "float16"],
  arithmetic: ["float32", "float16"],
  memory: ["fast", "small"],
};

const names = [
  ...["batchSize", "sequenceLength", "loss", "optimizer", "weights", "seed", "resume", "stateful"],
  ...["freeze", "groups", "accumulate", "clipNorm", "clipValue", "clipLayer", "clipRecurrent", "cutEvery"],
  "lossScale",
  ...["batchFirst", "interactive", "onProgress", "signal", "inputs", "cotangents", "limits"],
  ...Object.keys(words),
];

/** Throws ShapeError where an option has a name or a word that there is not: it would do nothing, and not say so. */
export function ensureOptions(where: string, given: object): void {
  for (const name of Object.keys(given)) {
    if (!names.includes(name)) throw unknown(where, "option", name, names);
  }
  for (const [name, some] of Object.entries(words)) {
    oneOf(where, name, (given as Readonly<Record<string, string | undefined>>)[name] ?? some[0], some);
  }
}

// A refusal is an error that the page has its own words for; any other error is turned into one at the
// worker's door.

import { DeviceError, LimitError, WeightsError } from "webrnn";
import type { Failure, Trouble } from "../protocol.js";

export class Refusal extends Error {
  readonly failure: Failure;

  constructor(about: Failure["about"], trouble: Trouble, detail: string, numbers: Failure["numbers"] = {}) {
    super(detail);
    this.failure = { about, trouble, detail, numbers };
  }
}

/** What the page is told of an error. `about` is where it happened, unless the error knows better. */
export function failureOf(error: unknown, about: Failure["about"]): Failure {
  if (error instanceof Refusal) {
    return error.failure;
  }
  const detail = error instanceof Error ? error.message : String(error);
  const plain = (where: Failure["about"], trouble: Trouble) => ({
    about: where,
    trouble,
    detail,
    numbers: {},
  });
  if (error instanceof WeightsError) {
    return plain("file", "wrongWeights");
  }
  if (error instanceof LimitError) {
    return plain("model", "tooLarge");
  }
  if (error instanceof DeviceError) {
    return plain("device", "deviceLost");
  }
  return plain(about, "other");
}

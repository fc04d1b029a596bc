// The scheduler of one pass through time, floor 4: a scan of all steps, or of so many at a time; or a step's kernels,
// dispatched T times in order. E kernels a step; a pass whose first phase does something has one dispatch more, in
// front, and one less at the end where nobody needs the last exchange.

import { LimitError, smaller } from "../errors.js";
import type { StepKernel, StepParams } from "../kernels/step.js";
import { NONE } from "../kernels/step_part.js";
import type { Buffer, Plan } from "../plan/plan.js";
import type { Recurrence } from "./recurrence.js";

/** Time steps that may be a dispatch each: so many take the host 2 GB to hold, and a minute to list. */
const mostSteps = 2 ** 20;

export type StepSizes = Omit<StepParams, "tail" | "head" | "steps">;

/**
 * The steps of a chunk, from `first` on in the order of this pass. `finish`: whether what the last exchange gives is
 * wanted even if it is only the state before the first step.
 */
export function unroll(
  plan: Plan,
  recurrence: Recurrence,
  buffers: Readonly<Record<string, Buffer>>,
  sizes: StepSizes,
  first: number,
  finish: boolean,
): void {
  const end = first + sizes.chunk;
  const { kernels, prologue, epilogue, choice } = recurrence;
  const isScan = choice.strategy === "scan";
  const dispatch = (kernel: StepKernel, tail: number, head: number, steps: number): void => {
    const bound = Object.fromEntries(Object.keys(kernel.bindings).map((name) => [name, buffers[name]]));
    const seconds = (choice.seconds / sizes.T) * (isScan ? steps : 1 / kernels.length);
    plan.dispatch(kernel, bound, { ...sizes, tail, head, steps }, seconds);
  };
  const last = kernels[kernels.length - 1];
  if (isScan) {
    for (let n = first; n < end; n += choice.steps) dispatch(last, NONE, n, Math.min(choice.steps, end - n));
    return;
  }
  if (sizes.T > mostSteps) {
    throw new LimitError(`${sizes.T} steps are a dispatch each, ${mostSteps} at most; ${smaller}.`);
  }
  if (prologue) dispatch(last, NONE, first, 1);
  for (let n = first; n < end; n++) {
    for (const kernel of kernels) {
      const isLast = kernel === last;
      const isEnd = n === end - 1;
      if (isLast && isEnd && !finish && !epilogue) continue;
      const next = isLast && prologue && !isEnd ? n + 1 : NONE;
      dispatch(kernel, n, next, next === NONE ? 0 : 1);
    }
  }
}

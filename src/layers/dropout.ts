// Dropout, floor 4: while training each number is dropped with probability p, and the others are scaled by 1
// / (1 - p). Srivastava et al. (2014). Which ones is hashed from the run's seed, the place and the position:
// nothing is stored, and CPU and GPU agree.

import { dropout, dropoutParams } from "../kernels/dropout.js";
import type { LayerDefinition } from "./definition.js";
import type { Emitter } from "./emitter.js";
import { counts, type Rows, type Signal, strides } from "./signal.js";

export function dropoutDefinition(p: number): LayerDefinition {
  return {
    kind: `dropout(${p})`,
    parameters: [],
    takes: { x: { type: "float", features: undefined } },
    gives: ({ x }) => ({ y: x }),
    emit: (e, name, { x }) => ({ y: drop(e, `${name}y`, x, p) }),
  };
}

/**
 * Emits it if the plan is one that drops: one dispatch forward, one backward. once: the same numbers at all times
 * of a sequence (Gal and Ghahramani 2016).
 */
export function drop(e: Emitter, name: string, x: Signal, p: number, once: 0 | 1 = 0): Signal {
  if (!e.purpose.training || p === 0) return x;
  const y = e.signal(name, x.rows, e.purpose.differentiate && x.wanted, x.live);
  const layer = e.nextDropout();
  const emit = (from: Rows, to: Rows, accumulate: 0 | 1): void => {
    e.plan.dispatch(
      dropout,
      { input: from.buffer, out: to.buffer },
      {
        ...counts(from),
        ...strides("in", from),
        ...strides("out", to),
        layer,
        ...dropoutParams(p),
        sequences: 1,
        once,
        transposed: 0,
        accumulate,
      },
    );
  };
  emit(x.rows, y.rows, 0);
  return e.mirror(x, y, emit);
}

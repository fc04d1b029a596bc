// A value turned about in time, floor 4: a reversed layer's output in the order in which it was computed, each
// sequence from its own end, as Keras gives it with go_backwards.

import { copyByLength, copyTurned } from "../kernels/by_length.js";
import type { Emitter } from "./emitter.js";
import { counts, type Live, type Rows, type Signal, strides } from "./signal.js";

/** One dispatch forward, one backward. `live` says where sequences end. */
export function turned(e: Emitter, name: string, x: Signal, live: Live | undefined): Signal {
  const y = e.signal(name, x.rows, x.wanted, x.live);
  const emit = (from: Rows, to: Rows, accumulate: 0 | 1): void => {
    const bound = { input: from.buffer, out: to.buffer };
    const params = {
      ...counts(from),
      T: from.T,
      ...strides("in", from),
      in_len: 0,
      ...strides("out", to),
      out_len: 0,
      turned: 1,
      accumulate,
    };
    if (live) e.plan.dispatch(copyByLength, { ...bound, live: live.table }, params);
    else e.plan.dispatch(copyTurned, bound, params);
  };
  emit(x.rows, y.rows, 0);
  return e.mirror(x, y, emit, live);
}

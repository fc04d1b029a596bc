// Cells of as many states as one likes, which bind as many buffers: of one exchange, of two in a row, and of two of which
// a step's dispatches bind less than a scan.

import { type Cell, defineCell, sigmoid, tanh } from "../src/index.js";

const names = ["h", "c", "m", "s", "u", "v", "w"];

/** One exchange a step; states but the output are what came before, each with a little of its neighbour. */
export function plain(S: number): Cell {
  const state = names.slice(0, S);
  return defineCell({
    name: `plain${S}`,
    gates: { a: "sum" },
    state,
    step({ a }, s) {
      const next = state.map((name, k) => s[name].mul(0.5).add(s[state[(k + 1) % S]].mul(0.1)));
      return { ...Object.fromEntries(state.map((name, k) => [name, next[k]])), h: tanh(next[0].add(a)) };
    },
  });
}

/** Two exchanges, one after the other: what is between them lies in memory. */
export function fed(S: number): Cell {
  const state = names.slice(0, S);
  return defineCell({
    name: `fed${S}`,
    gates: { r: "sum", n: "fed" },
    state,
    step({ r, n }, s) {
      const next = state.map((name, k) => s[name].mul(0.5).add(s[state[(k + 1) % S]].mul(0.1)));
      const h = tanh(n.x.add(n.h(sigmoid(r).mul(s.h))).add(next[0]));
      return { ...Object.fromEntries(state.map((name, k) => [name, next[k]])), h };
    },
  });
}

/** Two exchanges and a parameter: its step's dispatches bind less than a scan, which binds what all of them do. */
export function normed(S: number): Cell {
  const state = names.slice(0, S);
  return defineCell({
    name: `normed${S}`,
    gates: { a: "sum" },
    state,
    parameters: ["gain"],
    step({ a }, s, { gain }, { mean }) {
      const next = state.map((name, k) => s[name].mul(0.5).add(s[state[(k + 1) % S]].mul(0.1)));
      const d = a.sub(mean(a));
      return { ...Object.fromEntries(state.map((name, k) => [name, next[k]])), h: tanh(gain.mul(d)) };
    },
  });
}

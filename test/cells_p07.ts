// Cells of one's own for the tests: those of the program p07 (a minimal gated unit, an LSTM with peepholes, a
// GRU that resets before the product, a normalized RNN, minGRU, a leaky unit), and further ones that use
// everything a cell may use, in the worst places.

import {
  abs,
  clamp,
  constant,
  defineCell,
  exp,
  log,
  max,
  min,
  relu,
  select,
  sigmoid,
  sqrt,
  tanh,
} from "../src/index.js";

export const mgu = defineCell({
  name: "mgu",
  gates: { f: "sum", n: "split" },
  state: ["h"],
  step({ f, n }, { h }) {
    const k = sigmoid(f);
    return { h: h.add(k.mul(tanh(n.x.add(k.mul(n.h))).sub(h))) };
  },
});

export const peephole = defineCell({
  name: "peephole",
  gates: { i: "sum", f: "sum", g: "sum", o: "sum" },
  state: ["h", "c"],
  parameters: ["pi", "pf", "po"],
  step({ i, f, g, o }, { c }, { pi, pf, po }) {
    const next = sigmoid(f.add(pf.mul(c)))
      .mul(c)
      .add(sigmoid(i.add(pi.mul(c))).mul(tanh(g)));
    return { h: sigmoid(o.add(po.mul(next))).mul(tanh(next)), c: next };
  },
});

export const resetBefore = defineCell({
  name: "gru_reset_before",
  gates: { r: "sum", z: "sum", n: "fed" },
  state: ["h"],
  step({ r, z, n }, { h }) {
    const candidate = tanh(n.x.add(n.h(sigmoid(r).mul(h))));
    return { h: candidate.add(sigmoid(z).mul(h.sub(candidate))) };
  },
});

export const normed = defineCell({
  name: "normed_rnn",
  gates: { a: "split" },
  state: ["h"],
  parameters: ["gain"],
  step({ a }, _, { gain }, { mean }) {
    const d = a.h.sub(mean(a.h));
    return { h: tanh(a.x.add(gain.mul(d).div(sqrt(mean(d.mul(d)).add(1e-5))))) };
  },
});

export const minGru = defineCell({
  name: "min_gru",
  gates: { z: "input", n: "input" },
  state: ["h"],
  step({ z, n }, { h }) {
    return { h: h.add(sigmoid(z).mul(n.sub(h))) };
  },
});

export const leaky = defineCell({
  name: "leaky",
  gates: { a: "sum" },
  state: ["h"],
  step: ({ a }, { h }) => ({ h: h.mul(0.9).add(tanh(a).mul(0.1)) }),
});

/** Further matrices fed with what no exchange gave, a sum of such, and parameters in front of both. */
export const mixed = defineCell({
  name: "mixed",
  gates: { a: "sum", b: "input" },
  state: ["h"],
  parameters: ["p", "q"],
  matrices: ["m", "k"],
  step({ a, b }, { h }, { p, q }, { product, sum, mean }) {
    const early = product("m", p.mul(tanh(b)).add(h));
    const level = mean(q.mul(h).mul(sigmoid(b)));
    const late = product("k", early.mul(level));
    return { h: tanh(a.add(late).add(sum(h.mul(p)).mul(0.1))).add(level.mul(0.5)) };
  },
});

/** Three states; a gate fed with the third, a matrix fed with the second. */
export const threeStates = defineCell({
  name: "three_states",
  gates: { f: "sum", n: "fed", s: "split" },
  state: ["h", "c", "m"],
  matrices: ["u"],
  parameters: ["p"],
  step({ f, n, s }, { h, c, m }, { p }, { product }) {
    const k = sigmoid(f);
    const c1 = c.mul(k).add(tanh(n.x.add(n.h(m))).mul(p));
    const m1 = m.mul(0.7).add(product("u", c).mul(s.h));
    return { h: tanh(c1.add(s.x)).mul(sigmoid(m1)).add(h.mul(0.1)), c: c1, m: m1 };
  },
});

/** States that move on as they are: backward their gradients change places. */
export const delayed = defineCell({
  name: "delayed",
  gates: { i: "input" },
  state: ["h", "s", "u"],
  step({ i }, { h, s, u }) {
    return { h: tanh(i.add(s.mul(0.5))), s: u, u: h };
  },
});

/** Products of two states, by rows of R that lie side by side. */
export const twoFed = defineCell({
  name: "two_fed",
  gates: { a: "sum", n: "fed" },
  state: ["h", "m"],
  step({ a, n }, { m }) {
    const h = tanh(a).mul(sigmoid(n.x.add(n.h(m))));
    return { h, m: m.mul(0.5).add(h) };
  },
});

/** Products fed with pre-activations as they are, with what a product gave, and with one number twice. */
export const chained = defineCell({
  name: "chained",
  gates: { a: "sum", b: "input", n: "split" },
  state: ["h"],
  matrices: ["m", "k", "l", "o"],
  step({ a, b, n }, { h }, _, { product }) {
    const ofInput = product("m", b);
    const ofSum = product("k", a);
    const ofProduct = product("l", n.h);
    const twice = product("o", ofInput).add(product("o", h.mul(b)));
    return { h: tanh(ofInput.add(ofSum).add(ofProduct).add(twice).add(n.x)).add(h.mul(0.2)) };
  },
});

/** Every smooth function, and division. */
export const smooth = defineCell({
  name: "smooth",
  gates: { a: "sum", b: "split" },
  state: ["h"],
  step({ a, b }, { h }) {
    const softplus = log(exp(a).add(1));
    const scaled = softplus.div(sqrt(h.mul(h).add(b.x.mul(b.x)).add(1)));
    return { h: scaled.sub(constant(0.3)).neg().mul(0.8).add(tanh(b.h)) };
  },
});

/**
 * Every function that has a kink. Parameters keep units away from zero where there are neither biases nor
 * initial states.
 */
const kinky = { gates: { a: "sum", b: "split" }, parameters: ["p", "q"] } as const;
export const kinks = defineCell({
  ...kinky,
  name: "kinks",
  state: ["h"],
  step: ({ a, b }, { h }, { p, q }) => ({
    h: select(a, relu(b.x), abs(b.h.add(p)))
      .mul(0.5)
      .add(clamp(max(a, b.x), -0.4, 0.4))
      .add(min(b.h.add(p), h.add(q))),
  }),
});

/** The same; `margin` becomes the least distance from a kink so far, by which tests stay away from them. */
export const kinksWithMargin = defineCell({
  ...kinky,
  name: "kinks",
  state: ["h", "margin"],
  step({ a, b }, { h, margin }, { p, q }) {
    const [largest, ofH] = [max(a, b.x), b.h.add(p)];
    const ends = [largest.add(0.4), largest.sub(0.4)];
    const distances = [a, b.x, ofH, a.sub(b.x), ofH.sub(h.add(q)), ...ends].map((d) => abs(d));
    return {
      h: select(a, relu(b.x), abs(ofH))
        .mul(0.5)
        .add(clamp(largest, -0.4, 0.4))
        .add(min(ofH, h.add(q))),
      margin: distances.reduce((least, d) => min(least, d), margin),
    };
  },
});

/** A projection of the memory before: products of P numbers and of H side by side. */
export const projectedLate = defineCell({
  name: "projected_late",
  gates: { i: "sum", g: "sum" },
  state: ["h", "c"],
  matrices: ["weight_hr"],
  projected: { matrix: "weight_hr" },
  step: ({ i, g }, { c }, _, { product }) => ({
    h: product("weight_hr", c),
    c: sigmoid(i).mul(c).add(tanh(g)),
  }),
});

export const reluWithMargin = defineCell({
  name: "rnn_relu",
  gates: { a: "sum" },
  state: ["h", "margin"],
  step: ({ a }, { margin }) => ({ h: relu(a), margin: min(margin, abs(a)) }),
});

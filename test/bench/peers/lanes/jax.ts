// jax-js's lane on WebGPU. It has no scan: a whole sequence is unrolled inside one jit, a single step is one.

import { dataOf, learningRate, type Workload, weightsOf } from "../../../../demo/measure/workloads.js";
import type { Arr, Jax, Tree } from "./jax_types.js";
import { type Lane, type Prepared, peer, sample, stepInput } from "./lane.js";

export function jaxLane(): Lane {
  let jax: Jax;
  return {
    async start() {
      jax = await import(/* @vite-ignore */ peer("@jax-js/jax/dist/index.js"));
      await jax.init();
      jax.defaultDevice("webgpu");
      return "";
    },
    async prepare(workload) {
      if (workload.kind === "forward") return forward(jax, workload);
      return workload.kind === "train" ? train(jax, workload) : oneByOne(jax, workload);
    },
  };
}

/** k [in, G H], u [H, G H] and b; both biases as one but for a GRU, whose candidate keeps its own, bh. */
function layer({ numpy: np }: Jax, workload: Workload, suffix: string): Tree {
  const all = weightsOf(workload);
  const get = (kind: string) => all.get(`rnn.${kind}_${suffix}`) ?? { shape: [], data: new Float32Array() };
  const [wih, whh] = ["weight_ih", "weight_hh"].map(get);
  const [bih, bhh] = ["bias_ih", "bias_hh"].map((kind) => get(kind).data);
  const isGru = workload.cell === "gru";
  return {
    k: np.array(wih.data, { shape: wih.shape }).transpose(),
    u: np.array(whh.data, { shape: whh.shape }).transpose(),
    b: np.array(isGru ? bih : bih.map((value, n) => value + bhh[n])),
    ...(isGru && { bh: np.array(bhh) }),
  };
}

function head({ numpy: np }: Jax, workload: Workload): Tree {
  const all = weightsOf(workload);
  const [weight, bias] = ["weight", "bias"].map((kind) => all.get(`head.${kind}`));
  if (!weight || !bias) throw new Error(`${workload.name} has no linear layer; it must have one.`);
  return { fw: np.array(weight.data, { shape: weight.shape }).transpose(), fb: np.array(bias.data) };
}

const zeroState = ({ numpy: np }: Jax, { cell, B, H }: Workload): Tree => ({
  h: np.zeros([B, H]),
  ...(cell === "lstm" && { c: np.zeros([B, H]) }),
});

/** One step. xw [B, G H]: W x + b, used up as the state is; p is lent. */
function step({ numpy: np, nn }: Jax, { cell, H }: Workload, p: Tree, xw: Arr, state: Tree): Tree {
  const part = (a: Arr, gate: number) => a.slice([], [gate * H, (gate + 1) * H]);
  if (cell === "rnn") return { h: np.tanh(xw.add(np.matmul(state.h, p.u.ref))) };
  if (cell === "gru") {
    const hw = np.matmul(state.h.ref, p.u.ref).add(p.bh.ref);
    const r = nn.sigmoid(part(xw.ref, 0).add(part(hw.ref, 0)));
    const z = nn.sigmoid(part(xw.ref, 1).add(part(hw.ref, 1)));
    const n = np.tanh(part(xw, 2).add(r.mul(part(hw, 2))));
    return { h: n.ref.add(z.mul(state.h.sub(n))) };
  }
  const a = xw.add(np.matmul(state.h, p.u.ref));
  const kept = nn.sigmoid(part(a.ref, 1)).mul(state.c);
  const c = kept.add(nn.sigmoid(part(a.ref, 0)).mul(np.tanh(part(a.ref, 2))));
  return { h: nn.sigmoid(part(a, 3)).mul(np.tanh(c.ref)), c };
}

/** All steps over x [T, B, in], which is used up; p is lent. */
function unrolled(jax: Jax, workload: Workload, p: Tree, x: Arr, isReverse = false): Arr {
  const { T, B } = workload;
  const { numpy: np } = jax;
  const xw = np
    .matmul(x.reshape([T * B, -1]), p.k.ref)
    .add(p.b.ref)
    .reshape([T, B, -1]);
  const hs: Arr[] = [];
  let state = zeroState(jax, workload);
  for (let n = 0; n < T; n += 1) {
    const t = isReverse ? T - 1 - n : n;
    state = step(jax, workload, p, xw.ref.slice(t), state);
    hs[t] = state.h.ref;
  }
  jax.tree.dispose([xw, state]);
  return np.stack(hs);
}

function forward(jax: Jax, workload: Workload): Prepared {
  const { T, B, I, layers, directions } = workload;
  const { numpy: np, tree } = jax;
  const suffixes = ["", "_reverse"].slice(0, directions);
  const all = Array.from({ length: layers }, (_, l) =>
    suffixes.map((suffix) => layer(jax, workload, `l${l}${suffix}`)),
  );
  const whole = jax.jit((params: Tree[][], x: Arr) => {
    let y = x;
    for (const sides of params) {
      const ys = sides.map((p, d) => unrolled(jax, workload, p, y.ref, d === 1));
      y.dispose();
      y = ys.length === 1 ? ys[0] : np.concatenate(ys, 2);
    }
    tree.dispose(params);
    return y;
  });
  const { x } = dataOf(workload);
  return { run: () => whole(tree.ref(all), np.array(x, { shape: [T, B, I] })).data() };
}

const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];

/** Loss, gradients and Adam in one jit. What depends on the update comes in as numbers, so that it is traced once. */
function train(jax: Jax, workload: Workload): Prepared {
  const { T, B, I, H, classes } = workload;
  const { numpy: np, nn, tree } = jax;
  const lossOf = (p: Tree, x: Arr, target: Arr): Arr => {
    const y = unrolled(jax, workload, p, x);
    const logits = np.matmul(y.reshape([T * B, H]), p.fw.ref).add(p.fb.ref);
    tree.dispose(p);
    return nn
      .logSoftmax(logits, -1)
      .mul(target)
      .sum()
      .mul(-1 / (T * B));
  };
  const update = jax.jit((p: Tree, m: Tree, v: Tree, x: Arr, labels: Arr, rates: Arr) => {
    const [value, gradients] = jax.valueAndGrad(lossOf)(tree.ref(p), x, nn.oneHot(labels, classes));
    const [rate, correction] = [rates.ref.slice(0), rates.slice(1)];
    const m1 = tree.map((m, g) => m.mul(beta1).add(g.ref.mul(1 - beta1)), m, gradients);
    const v1 = tree.map((v, g) => v.mul(beta2).add(np.square(g).mul(1 - beta2)), v, gradients);
    const moved = (p: Arr, m: Arr, v: Arr) =>
      p.sub(rate.ref.mul(m.ref).div(np.sqrt(v.ref.mul(correction.ref)).add(epsilon)));
    const p1 = tree.map(moved, p, m1, v1);
    tree.dispose([rate, correction]);
    return [value, p1, m1, v1] as const;
  });
  let p: Tree = { ...layer(jax, workload, "l0"), ...head(jax, workload) };
  const zeros = () => tree.map((leaf) => np.zeros(leaf.shape), p);
  let [m, v] = [zeros(), zeros()];
  const { x, target } = dataOf(workload);
  let updates = 0;
  return {
    async run() {
      updates += 1;
      const rates = Float32Array.of(learningRate / (1 - beta1 ** updates), 1 / (1 - beta2 ** updates));
      const inputs = [np.array(x, { shape: [T, B, I] }), np.array(target), np.array(rates)] as const;
      let value: Arr;
      [value, p, m, v] = update(p, m, v, ...inputs);
      return value.data();
    },
  };
}

function oneByOne(jax: Jax, workload: Workload): Prepared {
  const { kind, T, I, H } = workload;
  const { numpy: np, tree } = jax;
  const isWriter = kind === "generate";
  const params: Tree = { ...layer(jax, workload, "l0"), ...(isWriter && head(jax, workload)) };
  const jitted = jax.jit((p: Tree, x: Arr, state: Tree) => {
    const next = step(jax, workload, p, np.matmul(x, p.k.ref).add(p.b.ref), state);
    const y = isWriter ? np.matmul(next.h.ref, p.fw.ref).add(p.fb.ref) : next.h.ref;
    tree.dispose(p);
    return [y, next] as const;
  });
  const { x, draws } = dataOf(workload);
  return {
    async run() {
      const out = new Float32Array(isWriter ? T : T * H);
      let state = zeroState(jax, workload);
      let [y, token]: [Arr | undefined, number] = [undefined, 0];
      for (let t = 0; t < T; t += 1) {
        y?.dispose();
        const X = np.array(stepInput(workload, x, t, token), { shape: [1, I] });
        [y, state] = jitted(tree.ref(params), X, state);
        if (kind === "last") continue;
        const values = await y.data(); // which uses it up
        y = undefined;
        if (isWriter) token = sample(values, draws[t]);
        out.set(isWriter ? [token] : values, isWriter ? t : t * H);
      }
      const last = y ? await y.data() : out;
      tree.dispose(state);
      return last;
    },
  };
}

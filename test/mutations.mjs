// Faults that are planted one at a time by `npm run test:mutations`, with the tests that should notice: in
// equations, the orders of gates, lengths, masks, merges, directions, initial states, losses and optimizers.
// A unit test says whether every text is still there.

/**
 * @typedef {object} Mutation
 * @property {string} fault
 * @property {string} file
 * @property {string} text stands once in the file
 * @property {string} becomes
 * @property {readonly string[]} tests files of the project "unit"
 */

const meaning = ["test/unit/recurrent_meaning.test.ts"];
const recurrent = ["test/unit/goldens_recurrent.test.ts"];
const fuzz = ["test/unit/fuzz.test.ts"];
const both = [...recurrent, ...fuzz];
const training = ["test/unit/goldens_training.test.ts"];
const scaling = ["test/unit/loss_scale.test.ts"];
const joined = ["test/unit/joined.test.ts"];
const losses = ["test/unit/goldens_loss.test.ts", "test/unit/losses.test.ts"];

/** @type {readonly Mutation[]} */
export const mutations = [
  // equations and the orders of gates
  {
    fault: "the LSTM's gates i and f change places",
    file: "src/cells/lstm.ts",
    text: '{ i: "sum", f: "sum", g: "sum", o: "sum" } as const;',
    becomes: '{ f: "sum", i: "sum", g: "sum", o: "sum" } as const;',
    tests: recurrent,
  },
  {
    fault: "a coupled forget gate is i, not 1 - i",
    file: "src/cells/lstm.ts",
    text: "coupled ? constant(1).sub(i)",
    becomes: "coupled ? i",
    tests: ["test/unit/cell_options.test.ts", "test/unit/onnx.test.ts"],
  },
  {
    fault: "the output gate's peephole sees the memory before",
    file: "src/cells/lstm.ts",
    text: 'open("o", next)',
    becomes: 'open("o", c)',
    tests: ["test/unit/onnx.test.ts"],
  },
  {
    fault: "the GRU's gates r and z change places",
    file: "src/cells/gru.ts",
    text: 'const sums = { r: "sum", z: "sum" } as const;',
    becomes: 'const sums = { z: "sum", r: "sum" } as const;',
    tests: recurrent,
  },
  {
    fault: "the GRU keeps what it should replace",
    file: "src/cells/gru.ts",
    text: "candidate.add(f.z(clip.hold(z)).mul(h.sub(candidate)))",
    becomes: "h.add(f.z(clip.hold(z)).mul(candidate.sub(h)))",
    tests: recurrent,
  },
  {
    fault: "the derivative of tanh is that of sigmoid",
    file: "src/cells/derivative.ts",
    text: "tanh: (g, y) => [g.mul(constant(1).sub(y.mul(y)))],",
    becomes: "tanh: (g, y) => [g.mul(y.mul(constant(1).sub(y)))],",
    tests: both,
  },
  {
    fault: "the gradient of a quotient by its divisor has the other sign",
    file: "src/cells/derivative.ts",
    text: "g.mul(y).div(b).neg()",
    becomes: "g.mul(y).div(b)",
    tests: ["test/unit/cell_options.test.ts"],
  },
  {
    fault: "the gradient of min goes to the larger",
    file: "src/cells/derivative.ts",
    text: "min: (g, _, a, b) => [where(b.sub(a), g, zero), where(b.sub(a), zero, g)],",
    becomes: "min: (g, _, a, b) => [where(a.sub(b), g, zero), where(a.sub(b), zero, g)],",
    tests: ["test/unit/cell_options.test.ts"],
  },
  // losses
  {
    fault: "a smoothed target gives its share to nobody",
    file: "src/losses/cross_entropy.ts",
    text: "const share = (factor * smoothing) / V;",
    becomes: "const share = (factor * smoothing) / (V - 1);",
    tests: losses,
  },
  {
    fault: "the mean weighs every class alike",
    file: "src/losses/cross_entropy.ts",
    text: "total += classes[id];",
    becomes: "total += 1;",
    tests: losses,
  },
  {
    fault: "steps that are ignored count in the mean",
    file: "src/losses/cross_entropy.ts",
    text: "            if (id === ignoreIndex) continue;",
    becomes: "            if (id === ignoreIndex) { total += 1; continue; }",
    tests: losses,
  },
  {
    fault: "Huber's tangent begins half as high",
    file: "src/losses/elementwise.ts",
    text: "size.sub(delta / 2).mul(delta)",
    becomes: "size.sub(delta).mul(delta)",
    tests: ["test/unit/losses.test.ts"],
  },
  // optimizers
  {
    fault: "Adam's eps stands inside the root",
    file: "src/optimizers/adam.ts",
    text: ".div(sqrt(scale.div(correction2)).add(eps));",
    becomes: ".div(sqrt(scale.div(correction2).add(eps)));",
    tests: training,
  },
  {
    fault: "Adam corrects the bias by the number of updates before",
    file: "src/optimizers/adam.ts",
    text: "1 - beta2 ** (update + 1)]",
    becomes: "1 - beta2 ** (update + 2)]",
    tests: training,
  },
  {
    fault: "AdamW decays as Adam does",
    file: "src/optimizers/adam.ts",
    text: 'const isCoupled = kind === "adam";',
    becomes: "const isCoupled = true;",
    tests: training,
  },
  {
    fault: "AMSGrad divides by the smallest average",
    file: "src/optimizers/adam.ts",
    text: "max(before, squares)",
    becomes: "max(squares, squares)",
    tests: training,
  },
  {
    fault: "Nesterov's momentum looks no step ahead",
    file: "src/optimizers/sgd.ts",
    text: "nesterov ? gradient.add(last.mul(momentum)) : last",
    becomes: "last",
    tests: training,
  },
  {
    fault: "RMSprop is not centered",
    file: "src/optimizers/rmsprop.ts",
    text: "max(rest.sub(mean.mul(mean)), 0)",
    becomes: "rest",
    tests: training,
  },
  {
    fault: "the norm is clipped to its square",
    file: "src/kernels/clip.ts",
    text: "Math.min(1, run.clip / (norm + 1e-6))",
    becomes: "Math.min(1, run.clip / (norm * norm + 1e-6))",
    tests: training,
  },
  {
    fault: "the bound between steps is of gradients that are not scaled",
    file: "src/kernels/step_drawn.ts",
    text: "scale * clip_recurrent",
    becomes: "clip_recurrent",
    tests: scaling,
  },
  {
    fault: "the update of several batches knows no loss scale",
    file: "src/network/planner.ts",
    text: "  plan.scale = scale;",
    becomes: "",
    tests: scaling,
  },
  // lengths and masks
  {
    fault: "a sequence has one step more than its length",
    file: "src/kernels/live.ts",
    text: "t < lengths[b] ? codes.live",
    becomes: "t <= lengths[b] ? codes.live",
    tests: both,
  },
  {
    fault: "masks are read the other way round",
    file: "src/layers/emitter.ts",
    text: "ids[(first + t) * rows.t + b * rows.b] !== 0",
    becomes: "ids[(first + t) * rows.t + b * rows.b] === 0",
    tests: meaning,
  },
  // directions and initial states
  {
    fault: "a reversed layer reads the state after, not before",
    file: "src/kernels/step_places.ts",
    text: "(((isReversed ? kept + 2 : kept) * B + b) * D + d) * width;",
    becomes: "((kept * B + b) * D + d) * width;",
    tests: recurrent,
  },
  // products
  {
    fault: "a product's second level of strides is left out",
    file: "src/layers/affine_backward.ts",
    text: "a_k1: B * D * width,",
    becomes: "a_k1: D * width,",
    tests: recurrent,
  },
  {
    fault: "what is dropped is not made up for",
    file: "src/kernels/dropout.ts",
    text: "1 / (1 - p)",
    becomes: "1",
    tests: ["test/unit/training.test.ts", "test/unit/kernels_cpu.test.ts"],
  },
  // merges, pooling, attention
  {
    fault: "the mean of two directions is their sum",
    file: "src/layers/stack_emit.ts",
    text: "a.add(b).mul(0.5)",
    becomes: "a.add(b)",
    tests: meaning,
  },
  {
    fault: "the product of two directions is their sum",
    file: "src/layers/stack_emit.ts",
    text: 'how === "product"',
    becomes: 'how === "none"',
    tests: meaning,
  },
  {
    fault: "the mean over time counts the steps that are not there",
    file: "src/kernels/pool.ts",
    text: "value / Math.max(count, 1)",
    becomes: "value / T",
    tests: ["test/unit/steps.test.ts"],
  },
  {
    fault: "the gradient of the last step goes to the first",
    file: "src/kernels/pool.ts",
    text: "Number(t === chosen)",
    becomes: "Number(t === 0)",
    tests: ["test/unit/steps.test.ts"],
  },
  {
    fault: "normalization leaves out what goes along the mean",
    file: "src/kernels/layer_norm.ts",
    text: "f[d + n] * weightAt(n) - plain - normed * along",
    becomes: "f[d + n] * weightAt(n) - normed * along",
    tests: ["test/unit/steps.test.ts", "test/unit/kernels_cpu.test.ts"],
  },
  // initial states
  {
    fault: "a reversed direction begins with zero, not its initial state",
    file: "src/layers/states.ts",
    text: "isReversed(layer.reversed, d) ? { beyond: 1 } : { at: 0 }",
    becomes: "{ at: 0 }",
    tests: recurrent,
  },
  {
    fault: "final states are those after T steps, whatever the length",
    file: "src/layers/states.ts",
    text: "place.beyond + (byLength ? 0 : T)",
    becomes: "place.beyond + T",
    tests: recurrent,
  },
  {
    fault: "learned states of both directions are the first's",
    file: "src/layers/states.ts",
    text: "layer.learned(s, d), tape",
    becomes: "layer.learned(s, 0), tape",
    tests: meaning,
  },
  {
    fault: "a longer sequence before leaves its state as the initial one",
    file: "src/layers/states.ts",
    text: "else if (to.byLength)",
    becomes: "else if (to.rows.T === 0)",
    tests: fuzz,
  },
  // masks, and what is drawn while training
  {
    fault: "a masked step's output takes no gradient",
    file: "src/kernels/step_live.ts",
    text: "adds && code === codes.repeated",
    becomes: "adds && code === codes.held",
    tests: meaning,
  },
  {
    fault: "a gradient goes back over a cut where the step before is masked",
    file: "src/kernels/step_live.ts",
    text: "bounds && k < count",
    becomes: "false",
    tests: ["test/unit/update.test.ts"],
  },
  {
    fault: "a learned state is trained by the gradient of the call before",
    file: "src/layers/states.ts",
    text: "!initial[s] || e.purpose.adds",
    becomes: "true",
    tests: ["test/unit/learned_state.test.ts"],
  },
  {
    fault: "layers that read one mask in two ways share what is made of it",
    file: "src/layers/emitter.ts",
    text: "[input, T, masked, first, count].join()",
    becomes: "[input, T, first, count].join()",
    tests: meaning,
  },
  {
    fault: "both directions miss the same recurrent weights",
    file: "src/layers/drop_connect.ts",
    text: "layer: layer + d,",
    becomes: "layer,",
    tests: meaning,
  },
  {
    fault: "a cut counts from the last step of all, not from a sequence's own",
    file: "src/kernels/step_drawn.ts",
    text: "live === undefined ? T :",
    becomes: "live !== undefined || T > 0 ? T :",
    tests: ["test/unit/fuzz_trained.test.ts"],
  },
  {
    fault: "states' norms are all the first layer's",
    file: "src/layers/recurrent_backward.ts",
    text: "out_0: l * parts",
    becomes: "out_0: 0",
    tests: ["test/unit/state_norms.test.ts"],
  },
  {
    fault: "units that are zoned out move, the others stay",
    file: "src/cells/trace.ts",
    text: "next.mul(moves).add(before.mul(constant(1).sub(moves)))",
    becomes: "before.mul(moves).add(next.mul(constant(1).sub(moves)))",
    tests: meaning,
  },
  {
    fault: "recurrent dropout draws anew at each step",
    file: "src/cells/trace.ts",
    text: 'each: "sequence"',
    becomes: 'each: "step"',
    tests: meaning,
  },
  {
    fault: "attention sees the steps that are not there",
    file: "src/kernels/softmax.ts",
    text: "const isThere = isLive(ops, at.live, codes, t * B + (m % B));",
    becomes: "const isThere = true;",
    tests: ["test/unit/steps.test.ts"],
  },
  {
    fault: "a path skips the blank between equal labels",
    file: "src/kernels/ctc.ts",
    text: "isThere(far) && labelOf(s) !== labelOf(far)",
    becomes: "isThere(far)",
    tests: ["test/unit/goldens_loss.test.ts", "test/unit/losses.test.ts"],
  },
  // layers that run as one
  {
    fault: "layers that run as one wait for each other",
    file: "src/network/joined.ts",
    text: "isLike(one[0], node) && !follows(unit, one)",
    becomes: "isLike(one[0], node)",
    tests: joined,
  },
  {
    fault: "layers that run as one wait for each other by way of others",
    file: "src/network/joined.ts",
    text: "(!seen.has(next) && follows(next, other, seen.add(next)))",
    becomes: "false",
    tests: ["test/unit/fuzz_wirings.test.ts"],
  },
  {
    fault: "layers run as one whose weights lie apart",
    file: "src/network/build.ts",
    text: "return isNext && ",
    becomes: "return ",
    tests: joined,
  },
  {
    fault: "layers run as one of which one is frozen",
    file: "src/network/build.ts",
    text: "isNext && frozen?.has(one[k].name) === frozen?.has(p.name)",
    becomes: "isNext",
    tests: joined,
  },
  {
    fault: "layers of several parameters run as one",
    file: "src/layers/stack.ts",
    text: "cell.parameters.length < 2 && cell.matrices.length < 2",
    becomes: "true",
    tests: joined,
  },
  {
    fault: "learned states of layers that run as one are the first's",
    file: "src/layers/stack.ts",
    text: "calls[bidirectional ? 0 : d]",
    becomes: "calls[0]",
    tests: joined,
  },
  {
    fault: "states' norms of layers that run as one change places",
    file: "src/layers/recurrent_backward.ts",
    text: "(s * members + m) * n",
    becomes: "(s * members + members - 1 - m) * n",
    tests: joined,
  },
  {
    fault: "each of the layers that run as one reads the first one's input",
    file: "src/layers/chunks.ts",
    text: "x: inputs[d] ?? x",
    becomes: "x",
    tests: joined,
  },
  {
    fault: "the gradient of one of the layers that run as one takes the place of all",
    file: "src/layers/emitter.ts",
    text: "emit(within.part(rows), 1)",
    becomes: "emit(rows, 1)",
    tests: joined,
  },
  {
    fault: "a layer's norm is that of its last stretch of weights",
    file: "src/network/update.ts",
    text: "alike.findIndex((one) => one.layer === layer) < k",
    becomes: "alike[k - 1]?.layer === layer",
    tests: joined,
  },
  {
    fault: "layers that run as one are dropped from otherwise",
    file: "src/network/build.ts",
    text: "e.drops = drops.get(first) ?? e.drops",
    becomes: "void drops",
    tests: joined,
  },
  {
    fault: "states of a layer's later call have the name of the first one's",
    file: "src/network/joined.ts",
    text: "one.name === node.name && hasStates(one)",
    becomes: "false",
    tests: joined,
  },
  {
    fault: "layers run as one whose buffers cannot be bound",
    file: "src/network/build.ts",
    text: "4 * size(buffer) <= largest",
    becomes: "true",
    tests: joined,
  },
];

// A plan that runs a second time: what a first run left behind must not show. The first is of all steps, with
// numbers that are none in everything that goes in, so that every row past a length, every slot and every
// gradient is ruined; the second must give, bit for bit, what a plan gives that never ran before.

import type { BackendOfMachine } from "../../src/backend.js";
import type { Machine } from "../../src/backends/machine.js";
import { still } from "../../src/kernels/kernel.js";
import { build } from "../../src/network/build.js";
import { feed } from "../../src/network/feed.js";
import { networkOf } from "../../src/network/network.js";
import { Owned } from "../../src/network/owned.js";
import { lossRules } from "../../src/network/planner.js";
import { mix } from "../../src/random.js";
import { toMemory } from "../../src/weights/blocks.js";
import type { AnyBackend } from "../goldens_check.js";
import type { Draw } from "./draws.js";
import { type Problem, problemOf } from "./problem.js";

/** The name of a result that is another the second time; undefined where there is none. */
export async function checkAgain(backend: AnyBackend, draw: Draw): Promise<string | undefined> {
  const { machine } = backend as unknown as BackendOfMachine; // what cpu() and webgpu() give
  const problem = problemOf(draw, 0);
  const used = await resultsOf(machine, problem, draw, true);
  const fresh = await resultsOf(machine, problem, draw, false);
  for (const [name, want] of fresh) {
    const got = used.get(name) ?? [];
    for (let k = 0; k < want.length; k += 1) if (!Object.is(got[k], want[k])) return `${name}[${k}]`;
  }
  return undefined;
}

/** Everything that comes out of a pass forward and backward; after another run, where that is asked for. */
async function resultsOf(
  machine: Machine,
  problem: Problem,
  draw: Draw,
  again: boolean,
): Promise<ReadonlyMap<string, ArrayLike<number>>> {
  const { batchFirst, training, memory } = draw;
  const { objective, weights, floats, integers } = problem;
  const net = networkOf(problem.net);
  const owned = await Owned.open(machine, net, weights);
  const { arena, buffers, shared } = owned.store;
  const cotangents = "cotangents" in objective ? objective.cotangents : new Map();
  const built = build(net.trace, arena, buffers, {
    ...problem.sizes,
    batchFirst,
    differentiate: true,
    training,
    norms: true,
    memory,
    wantInputs: true,
    wantOutputs: true,
    open: net.trace.optional,
    cotangents: [...cotangents.keys()],
    ...("loss" in objective && { losses: lossRules(objective.loss) }),
  });
  const ready = await owned.build(built);
  const { runnable } = ready;
  const run = async (spoiled: boolean): Promise<void> => {
    const as = (data: Float64Array): Float64Array => (spoiled ? data.map(() => Number.NaN) : data);
    for (const [name, { data }] of weights) {
      const { at, blocks } = arena.get(name);
      shared.get(buffers.weights)?.write(toMemory(as(data), blocks), at);
    }
    await owned.store.packAll();
    const given: Record<string, unknown> = {};
    for (const [name, { shape, data }] of floats) given[name] = { shape, data: as(data) };
    for (const [name, one] of integers) given[name] = one;
    const every = { lengths: draw.T, mask: 1 } as const;
    for (const [name, steps] of Object.entries(every)) {
      const which = integers.get(name);
      if (which && spoiled) given[name] = { ...which, data: which.data.map(() => steps) };
    }
    if ("target" in objective) given.target = objective.target;
    feed("fuzz", ready, given);
    for (const [name, { buffer }] of built.cotangents) {
      runnable.write(buffer, as(cotangents.get(name)?.data ?? new Float64Array()));
    }
    await runnable.run({ ...still, seed: mix(draw.seed, 0) });
  };
  if (again) await run(true);
  await run(false);

  const results = [
    ...[...built.outputs].map(([name, { buffer }]) => ({ name: `output ${name}`, buffer })),
    ...[...built.inputGradients].map(([name, { buffer }]) => ({ name: `d ${name}`, buffer })),
    ...built.norms,
    ...(built.loss ? [built.loss] : []).map((buffer) => ({ name: "loss", buffer })),
    ...(built.gradients ? [built.gradients] : []).map((buffer) => ({ name: "weights' gradients", buffer })),
  ];
  const contents = await runnable.read(results.map(({ buffer }) => buffer));
  owned.dispose("session");
  return new Map(results.map(({ name }, k) => [name, contents[k]]));
}

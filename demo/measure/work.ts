// A workload made ready on a backend of webrnn, to be run again and again: from host arrays to a host array.

import { adam, type Backend, type Session } from "webrnn";
import { dataOf, learningRate, loss, reader, type Workload, weightsOf, writer } from "./workloads.js";

type PlanView = Session["plan"];

export interface Work {
  /** y [T, B, D·H], the last y [H], the loss, or the tokens [T]. */
  run(): Promise<ArrayLike<number>>;
  /** Of one run. */
  readonly flops: number;
  readonly dispatches: number;
  readonly plan: PlanView;
  dispose(): void;
}

export function prepare(backend: Backend<ArrayLike<number>>, workload: Workload): Promise<Work> {
  const makers = { forward, each: steps, last: steps, train, generate };
  // numbers are all that is read, of either precision
  return makers[workload.kind](backend as Backend, workload);
}

async function forward(backend: Backend, workload: Workload): Promise<Work> {
  const session = await backend.session(reader(workload), {
    ...sizesOf(workload),
    weights: weightsOf(workload),
  });
  const { x } = dataOf(workload);
  return { ...costsOf(session, 1), run: async () => (await session.run({ x })).y };
}

/** Calls that are queued ahead where nothing is read. */
const ahead = 8;

/** One step a call. Where only the last y is wanted, nothing is read before, and calls are awaited some steps behind. */
async function steps(backend: Backend, workload: Workload): Promise<Work> {
  const { kind, T, B, I, H } = workload;
  const weights = weightsOf(workload);
  const session = await backend.session(reader(workload), {
    ...sizesOf(workload, 1),
    weights,
    stateful: true,
  });
  const { x } = dataOf(workload);
  const xs = Array.from({ length: T }, (_, t) => ({ x: x.subarray(t * B * I, (t + 1) * B * I) }));
  const all = new Float32Array(T * B * H);
  return {
    ...costsOf(session, T),
    async run() {
      session.state.reset();
      if (kind === "each") {
        for (const [t, step] of xs.entries()) all.set((await session.run(step)).y, t * B * H);
        return all;
      }
      const runs: Promise<unknown>[] = [];
      for (const step of xs.slice(0, T - 1)) {
        runs.push(session.run(step, []));
        await runs[runs.length - ahead];
      }
      return (await session.run(xs[T - 1])).y;
    },
  };
}

/** One bias is trained, as in libraries that have one. */
async function train(backend: Backend, workload: Workload): Promise<Work> {
  const trainer = await backend.trainer(reader(workload), {
    ...{ ...sizesOf(workload), weights: weightsOf(workload), freeze: ["rnn.bias_hh_l0"] },
    ...{ loss, optimizer: adam({ lr: learningRate }) },
  });
  const { x, target } = dataOf(workload);
  return {
    ...costsOf(trainer, 1),
    async run() {
      await trainer.step({ x, target });
      return (await trainer.metrics()).losses;
    },
  };
}

async function generate(backend: Backend, workload: Workload): Promise<Work> {
  const weights = weightsOf(workload);
  const session = await backend.session(writer(workload), {
    ...sizesOf(workload, 1),
    weights,
    stateful: true,
  });
  return {
    ...costsOf(session, workload.T),
    run() {
      session.state.reset();
      return session.generate({ prompt: [0], maxTokens: workload.T, seed: 7 });
    },
  };
}

const sizesOf = ({ B, T }: Workload, sequenceLength = T) => ({
  batchSize: B,
  sequenceLength,
  batchFirst: false,
});

/** Of so many calls. */
function costsOf(owner: { readonly plan: PlanView; dispose(): void }, calls: number) {
  const { flops, dispatches } = owner.plan.cost();
  return {
    flops: calls * flops,
    dispatches: calls * dispatches,
    plan: owner.plan,
    dispose: () => owner.dispose(),
  };
}

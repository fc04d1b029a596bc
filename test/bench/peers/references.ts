// What every lane must compute: each workload on the CPU in float64, which goldens hold to PyTorch.

import { cpu, gru } from "webrnn";
import { prepare } from "../../../demo/measure/work.js";
import { dataOf, reader, type Workload, weightsOf } from "../../../demo/measure/workloads.js";
import { sample, stepInput } from "./lanes/lane.js";

export type Kind = "own" | "reset_before" | "generated";

const known = new Map<string, Promise<Float64Array>>();

/** Computed when it is first asked for. */
export function reference(workload: Workload, kind: Kind): Promise<Float64Array> {
  const key = `${workload.name} ${kind}`;
  const found = known.get(key) ?? compute(workload, kind);
  known.set(key, found);
  return found;
}

async function compute(workload: Workload, kind: Kind): Promise<Float64Array> {
  if (kind === "reset_before") return resetBefore(workload);
  if (workload.kind === "generate" && kind === "own") return tokens(workload);
  const backend = cpu({ precision: "float64" });
  const work = await prepare(backend, workload);
  const out = Float64Array.from(await work.run());
  if (workload.kind === "train") {
    const [second, third] = [await work.run(), await work.run()];
    return Float64Array.of(out[0], second[0], third[0]);
  }
  backend.dispose();
  return out;
}

/** A GRU whose reset gate acts before the product. */
async function resetBefore(workload: Workload): Promise<Float64Array> {
  const { B, T, I, H } = workload;
  const net = gru(I, H, { resetAfter: false });
  const weights = new Map(
    Array.from(weightsOf(workload), ([name, tensor]) => [name.replace("rnn.", ""), tensor]),
  );
  const sizes = { batchSize: B, sequenceLength: T, batchFirst: false };
  const session = await cpu({ precision: "float64" }).session(net, { ...sizes, weights });
  return session.runSync({ x: dataOf(workload).x }).y;
}

/** Tokens drawn by the workload's own numbers, as the libraries do that have no generation. */
async function tokens(workload: Workload): Promise<Float64Array> {
  const { x, draws } = dataOf(workload);
  const options = { batchSize: 1, sequenceLength: 1, stateful: true, weights: weightsOf(workload) };
  const session = await cpu({ precision: "float64" }).session(reader(workload), options);
  let token = 0;
  return Float64Array.from(draws, (draw, t) => {
    const { y } = session.runSync({ x: stepInput(workload, x, t, token) });
    token = sample(y, draw);
    return token;
  });
}

// `npm run bench:native [-- A_last,C_lstm]`: the bench's workloads on node's Dawn, with WEBRNN_GPU=hardware on the
// machine's own GPU: what every kernel takes beside what the device can do, measured in the same run, and where there
// is PyTorch with CUDA what that takes. Prints tables and writes them to test/bench/results/native.md.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { webgpu } from "webrnn";
import { prepare } from "../../../demo/measure/work.js";
import { type Workload, workloads } from "../../../demo/measure/workloads.js";
import { root } from "../../../scripts/setup.mjs";
import { cost } from "../../../src/plan/cost.js";
import type { Plan } from "../../../src/plan/plan.js";
import { ceilingsOf } from "./ceilings.js";
import { clockOf, least, seconds } from "./clock.js";
import { openDawn } from "./dawn.js";
import { machineOf, plansOf, sharesOf } from "./kernels.js";
import { type Measured, pageOf, type Torch } from "./report.js";

const repeats = 5;

export async function main([names]: readonly string[]): Promise<void> {
  const chosen = workloads.filter(({ name }) => names === undefined || names.split(",").includes(name));
  if (chosen.length === 0) {
    const all = workloads.map(({ name }) => name).join();
    throw new Error(`bench:native: the workloads are "${names}"; they must be some of ${all}.`);
  }
  const dawn = await openDawn();
  const backend = await webgpu({ device: dawn.device });
  const plans = plansOf(backend);
  // kernels run on a device of their own, where nothing is compiled yet
  const alone = await openDawn();
  const machine = machineOf(await webgpu({ device: alone.device }));
  const clock = await clockOf(alone);
  console.error(`${dawn.name}: measuring what it can do`);
  const ceilings = await ceilingsOf(alone.device, clock);

  const measured: Measured[] = [];
  for (const workload of chosen) {
    console.error(workload.name);
    plans.length = 0;
    const work = await prepare(backend, workload);
    await work.run();
    const plan = largest(plans); // of generation it is made by the first run
    const run = await least(() => seconds(work.run), repeats);
    const { flops, dispatches } = work;
    work.dispose();
    const shares = await sharesOf(machine, plan, clock);
    measured.push({ workload, run, flops, dispatches, plan, shares });
  }
  const date = new Date().toISOString().slice(0, 10);
  const where = `${date}, ${dawn.name}, ${cpus()[0].model}, ${cpus().length} cores, node ${process.versions.node}`;
  const text = pageOf({ where, clock: clock.by, ceilings, measured, torch: torch(chosen) });
  console.log(text);
  writeFileSync(join(root, "test/bench/results/native.md"), text);
  process.exit(0); // Dawn's device keeps node alive
}

/** The plan that computes: others pack weights, or clear. */
function largest(plans: readonly Plan[]): Plan {
  const flops = (plan: Plan) => cost([plan]).flops;
  return plans.reduce((most, plan) => (flops(plan) > flops(most) ? plan : most));
}

function torch(chosen: readonly Workload[]): Torch {
  const script = join(root, "test/bench/native/torch.py");
  const { status, stdout } = spawnSync("python3", [script, JSON.stringify(chosen)], { encoding: "utf8" });
  return status === 0 ? JSON.parse(stdout) : { none: "python3 did not run it" };
}

// Is this device right? Floor 5: every kernel of a network's plan, forward and backward, against the float64
// reference.

import type { BackendOfMachine } from "./backend.js";
import { plainMachine } from "./backends/cpu/machine.js";
import type { Floats32or64, Machine } from "./backends/machine.js";
import { still } from "./kernels/kernel.js";
import { build } from "./network/build.js";
import { feed } from "./network/feed.js";
import type { Sizes as BuildSizes } from "./network/layout.js";
import { type AnyNetwork, networkOf } from "./network/network.js";
import { Owned, type Ready } from "./network/owned.js";
import type { Buffer, Dispatch } from "./plan/plan.js";
import { Random } from "./random.js";
import type { Backend, F64, Model, Sizes } from "./types.js";
import { sizeOf } from "./weights/tensors.js";

export interface Check {
  readonly kernel: string;
  /** Its sizes in letters. */
  readonly shape: string;
  /**
   * The largest difference from the reference, in units of max(1, largest value), in either pass; 0 where it
   * has no part.
   */
  readonly forward: number;
  readonly backward: number;
  readonly ok: boolean;
}

/** What float32 may be off. */
const tolerance = { forward: 2e-5, backward: 1e-4 };

/**
 * Runs a network with random weights and inputs on a backend and on the float64 CPU, dropout included, and
 * compares all that its kernels write.
 */
export async function verify(
  backend: Backend | Backend<F64>,
  net: Model,
  sizes: Sizes<object> = { batchSize: 5, sequenceLength: 7 },
): Promise<readonly Check[]> {
  const { machine } = backend as unknown as BackendOfMachine; // what webgpu(), cpu() and bestBackend() give
  const network = networkOf(net);
  const reference = plainMachine("float64", "verify() asked for it");
  const rows = new Map<string, { shape: string; forward: number; backward: number }>();
  for (const pass of ["forward", "backward"] as const) {
    const how = { ...(sizes as BuildSizes), device: machine.costs, limits: machine.limits };
    const got = await written(machine, network, how, pass);
    const want = await written(reference, network, how, pass);
    got.forEach(({ dispatch, data }, k) => {
      const kernel = nameOf(dispatch);
      const row = rows.get(kernel) ?? { shape: shapeOf(dispatch), forward: 0, backward: 0 };
      row[pass] = Math.max(row[pass], deviation(data, want[k].data));
      rows.set(kernel, row);
    });
  }
  reference.dispose();
  return [...rows].map(([kernel, row]) => {
    const ok = row.forward <= tolerance.forward && row.backward <= tolerance.backward;
    return { kernel, ...row, ok };
  });
}

/** What the dispatches of a pass have written, once all have run. */
async function written(
  machine: Machine,
  net: AnyNetwork,
  sizes: BuildSizes,
  pass: "forward" | "backward",
): Promise<{ dispatch: Dispatch; data: Floats32or64 }[]> {
  const owned = await Owned.open(machine, net, net.initialWeights({ seed: 1 }));
  try {
    const differentiate = pass === "backward";
    const built = build(net.trace, owned.store.arena, owned.store.buffers, {
      ...sizes,
      differentiate,
      training: true,
      norms: differentiate,
      wantInputs: differentiate,
      wantOutputs: true,
      open: net.trace.initial,
      cotangents: differentiate ? [...net.trace.outputs.keys()] : [],
    });
    const ready = await owned.build(built);
    const { runnable } = ready;
    fill(ready, sizes);
    await runnable.run({ ...still, seed: 1 });
    const { dispatches } = built.plan;
    const checked = differentiate ? dispatches.slice(built.forward) : dispatches;
    const outputs = checked.flatMap((dispatch) => writesOf(dispatch).map((buffer) => ({ dispatch, buffer })));
    const buffers = [...new Set(outputs.map(({ buffer }) => buffer))];
    const contents = await runnable.read(buffers);
    return outputs.map(({ dispatch, buffer }) => ({
      dispatch,
      data: contents[buffers.indexOf(buffer)] as Floats32or64, // kernels write floats
    }));
  } finally {
    owned.dispose("verify");
  }
}

function writesOf({ kernel, bound }: Dispatch): Buffer[] {
  const names = Object.entries(kernel.bindings).filter(([, access]) => access.startsWith("read_write"));
  return names.map(([name]) => bound[name]);
}

/** The same random inputs and cotangents on every machine. */
function fill(ready: Ready, { sequenceLength: T }: BuildSizes): void {
  const random = new Random(1);
  const normals = (shape: readonly number[]) =>
    Float32Array.from({ length: sizeOf(shape) }, () => random.normal());
  const given: Record<string, unknown> = {};
  const { inputs } = ready.built;
  const steps = typeof T === "number" ? T : Math.min(...Object.values(T).filter((t) => t !== undefined));
  for (const [name, { shape, type, vocabulary }] of inputs) {
    const whole = () => (vocabulary ? random.below(vocabulary) : 1 + random.below(steps)); // or a length
    const integers = () => Int32Array.from({ length: sizeOf(shape) }, whole);
    given[name] = type === "float" ? normals(shape) : integers();
  }
  feed("verify", ready, given);
  for (const { buffer, shape } of ready.built.cotangents.values()) {
    ready.runnable.write(buffer, normals(shape));
  }
}

function deviation(got: Floats32or64, want: Floats32or64): number {
  let [worst, largest] = [0, 1];
  for (let k = 0; k < want.length; k++) {
    const off = Math.abs(got[k] - want[k]);
    if (Number.isNaN(off)) return Number.POSITIVE_INFINITY;
    worst = Math.max(worst, off);
    largest = Math.max(largest, Math.abs(want[k]));
  }
  return worst / largest;
}

/** "step(lstm)" of all its variants. */
function nameOf({ kernel }: Dispatch): string {
  return kernel.name.replace(/^(step[^,]*),.*$/, "$1)");
}

function shapeOf({ params }: Dispatch): string {
  const letters = ["T", "B", "H", "D", "M", "N", "K", "V"];
  return letters
    .flatMap((letter) => (params[letter] === undefined ? [] : [`${letter}=${params[letter]}`]))
    .join(" ");
}

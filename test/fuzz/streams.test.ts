// PyTorch's cases as streams: one sequence after the other, one step a call, the session carrying the state. On a GPU
// that is no program each step is one dispatch a layer, added up by subgroups where the adapter has some.

import { afterAll, beforeAll, expect, test } from "vitest";
import { isSoftware } from "../../src/backends/webgpu/device.js";
import { type GpuBackend, type Tensor, webgpu } from "../../src/index.js";
import { ordinary } from "../../src/plan/device_class.js";
import { calls } from "../agree_check.js";
import { type CellCase, cases, type ModuleCase } from "../fixtures/goldens.js";
import { callOfGolden, deviation } from "../goldens_check.js";

/** Of several steps in both directions: the last step's output hangs on all others, so that no stream gives it. */
const backwards = ["m05", "m06", "m09", "m10", "packed01", "packed02", "packed03"];
const leftOut = new Set([
  ...["rnn_tanh", "rnn_relu", "lstm", "gru"].flatMap((kind) => backwards.map((id) => `${kind}/${id}`)),
  "lstm_proj/p02",
]);

type Golden = ModuleCase | CellCase;
const all: readonly Golden[] = [...cases("module"), ...cases("packed"), ...cases("cell")];
const streamed = all.filter(({ id }) => !leftOut.has(id));

let gpu: GpuBackend;
beforeAll(async () => {
  gpu = await webgpu({ costs: ordinary } as object);
});
afterAll(() => gpu.dispose());

test("59 cases are streamed, all but those of several steps in both directions", () => {
  const goesBack = (one: Golden): boolean => one.kind !== "cell" && one.args.bidirectional && one.T > 1;
  expect(all.filter(goesBack).map(({ id }) => id)).toEqual(
    all.filter(({ id }) => leftOut.has(id)).map(({ id }) => id),
  );
  expect([all.length, leftOut.size, streamed.length]).toEqual([88, 29, 59]);
});

test.runIf(isSoftware(await infoOfAdapter()))("a software adapter has subgroups", () => {
  expect(gpu.device.features.has("subgroups")).toBe(true);
});

test.each(streamed.map((one) => [one.id, one] as const))("%s", async (_, golden) => {
  const { net, weights, inputs, batchFirst, outputs } = await callOfGolden(golden);
  const [rows, columns, I] = inputs.x.shape;
  const [B, T] = batchFirst ? [rows, columns] : [columns, rows];
  const sizes = { batchSize: 1, sequenceLength: 1, stateful: true };
  const session = await calls(gpu).session(net, { ...sizes, weights });
  const printed = session.plan.print();
  if (gpu.device.features.has("subgroups")) {
    expect(printed).toContain("step_subgroups(");
    expect(printed).not.toMatch(/\b(step|scan|matmul)\(/);
  } else {
    expect(printed).toMatch(/step\(.*fused/);
  }

  const at = (t: number, b: number): number => (batchFirst ? b * T + t : t * B + b);
  const got = Object.fromEntries(
    Object.entries(outputs).map(([name, { data }]) => [name, data.map(() => 0)]),
  );
  const F = outputs.y.data.length / (B * T);
  const states = [...(await session.state.read()).keys()];
  for (let b = 0; b < B; b += 1) {
    session.state.reset();
    const given = states.filter((s) => inputs[`${s}0`]);
    const first = given.map((s) => [s, ofSequence(inputs[`${s}0`], b)] as const);
    if (given.length > 0) session.state.write(new Map(first));
    const length = Number(inputs.lengths?.data[b] ?? T);
    for (let t = 0; t < length; t += 1) {
      const x = inputs.x.data.slice(at(t, b) * I, (at(t, b) + 1) * I);
      const { y } = await session.run({ x }, ["y"]);
      got.y.set(Float32Array.from(y), at(t, b) * F);
    }
    for (const [s, { shape, data }] of await session.state.read()) {
      const [LD, , P] = shape;
      for (let n = 0; n < LD; n += 1) {
        got[`${s}n`].set(Float32Array.from(data).subarray(n * P, (n + 1) * P), (n * B + b) * P);
      }
    }
  }
  session.dispose();
  for (const [name, { data }] of Object.entries(outputs)) {
    expect(deviation(got[name], data), name).toBeLessThanOrEqual(2e-5);
  }
});

/** Of a state [L·D, B, P], one sequence's, [L·D, 1, P]. */
function ofSequence({ shape, data }: Tensor<Float32Array | Int32Array>, b: number): Tensor {
  const [LD, B, P] = shape;
  const own = Float32Array.from(
    { length: LD * P },
    (_, k) => data[(Math.floor(k / P) * B + b) * P + (k % P)],
  );
  return { shape: [LD, 1, P], data: own };
}

async function infoOfAdapter(): Promise<GPUAdapterInfo | undefined> {
  return (await navigator.gpu.requestAdapter())?.info;
}

// A plan cut into several submits computes what it computes in one, bit for bit.

import { expect, test } from "vitest";
import { openGpu } from "../../src/backends/webgpu/machine.js";
import { lstm } from "../../src/index.js";
import { still } from "../../src/kernels/kernel.js";
import { networkOf } from "../../src/network/network.js";
import { Owned } from "../../src/network/owned.js";
import { inferencePlan } from "../../src/network/planner.js";

test("cut and whole give the same bits", async () => {
  const machine = await openGpu();
  const net = networkOf(lstm(3, 5, { numLayers: 2 }));
  const owned = await Owned.open(machine, net, net.initialWeights({ seed: 1 }));
  const outputs: (ArrayLike<number> | undefined)[] = [];
  for (const cuts of [[], [1, 5, 12]]) {
    const built = inferencePlan(net, owned.store.arena, owned.store.buffers, {
      batchSize: 2,
      sequenceLength: 7,
    });
    built.plan.cuts = cuts;
    const { runnable } = await owned.build(built);
    const x = built.inputs.get("x");
    const y = built.outputs.get("y");
    if (!x || !y) throw new Error("an lstm takes x and gives y");
    runnable.write(
      x.buffer,
      Float32Array.from({ length: 42 }, (_, k) => Math.sin(k)),
    );
    await runnable.run(still);
    outputs.push((await runnable.read([y.buffer]))[0]);
  }
  expect(outputs[0]?.length).toBe(70);
  expect(outputs[1]).toEqual(outputs[0]);
  machine.dispose();
});

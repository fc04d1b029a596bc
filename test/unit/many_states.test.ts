// Cells of many states on a device that binds no more than WebGPU's 8 storage buffers at a time: how they run hangs
// on what that binds, and a cell is refused where no way is left.

import { describe, expect, test } from "vitest";
import {
  type Cell,
  input,
  LimitError,
  type Model,
  model,
  recurrent,
  sgd,
  squaredError,
} from "../../src/index.js";
import { networkOf } from "../../src/network/network.js";
import { type PlanRequest, planFor } from "../../src/network/planner.js";
import { portable } from "../../src/plan/check.js";
import { ordinary, software } from "../../src/plan/device_class.js";
import { print } from "../../src/plan/print.js";
import { fed, normed, plain } from "../cells_many_states.js";

const training = { loss: squaredError(), optimizer: sgd({ lr: 0.1 }) };

/** As a plan prints, where the device's subgroups can add: of public options no word says so. */
function printedOf(layer: Model, { subgroups, ...request }: { readonly subgroups?: boolean }): string {
  if (!subgroups) return layer.plan(request as never).print();
  const net = networkOf(layer);
  return print(
    planFor(net, net.arena, { ...(request as PlanRequest), subgroups, limits: portable }).built.plan,
  );
}

/** How a layer runs, as its plan says; or the number of buffers for want of which it does not. */
function wayOf(layer: Model, request: object): string {
  try {
    const printed = printedOf(layer, request);
    const [, kind, how] = /(scan|step)(?:_subgroups)?\((.*)\)/.exec(printed) ?? [];
    return how.includes("fused") ? "fused" : kind;
  } catch (error) {
    expect(error).toBeInstanceOf(LimitError);
    return (
      /maxStorageBuffersPerShaderStage of \d+/.exec(String(error))?.[0].slice(-2).trim() ?? String(error)
    );
  }
}

describe("a single step of inference", () => {
  const single = { batchSize: 3, sequenceLength: 1, device: ordinary };

  test("multiplies by W too where that can be bound, else by a product of its own", () => {
    const ways = [2, 3, 4, 5].map((S) => wayOf(recurrent(fed(S), 4, 8) as Model, single));
    expect(ways).toEqual(["fused", "fused", "scan", "9"]);
    expect([4, 5, 6].map((S) => wayOf(recurrent(plain(S), 4, 8) as Model, single))).toEqual([
      "fused",
      "fused",
      "9",
    ]);
  });

  test("of one sequence binds one fewer where subgroups add, or rows are read as they lie", () => {
    const one = { ...single, batchSize: 1 };
    const layer = recurrent(fed(4), 4, 256) as Model;
    expect(wayOf(layer, one)).not.toBe("fused");
    expect(wayOf(layer, { ...one, subgroups: true })).toBe("fused");
    expect(wayOf(layer, { ...one, device: software })).toBe("fused");
  });

  test("a plan says of one way alone how it runs", () => {
    const printed = (recurrent(fed(4), 4, 8) as Model).plan(single as never).print();
    expect(printed.match(/layer 0 forward/g)).toHaveLength(1);
  });
});

describe("a pass of many steps", () => {
  const many = { batchSize: 3, sequenceLength: 5, device: ordinary };

  test("is a dispatch a step where a scan would bind too much, and its plan says why", () => {
    const layer = (S: number): Model => recurrent(normed(S), 4, 8, { bias: false }) as Model;
    expect([4, 5, 6, 7].map((S) => wayOf(layer(S), many))).toEqual(["scan", "scan", "step", "9"]);
    const printed = layer(6).plan(many as never);
    expect(printed.print()).toContain("a scan does not fit");
    expect(wayOf(layer(6), { ...many, strategy: "scan" })).toBe("9");
  });

  test("trains cells of as many states as it runs", () => {
    const ways = (make: (S: number) => Cell, most: number): string[] =>
      [most, most + 1].map((S) => wayOf(recurrent(make(S), 4, 8) as Model, { ...many, ...training }));
    expect(ways(plain, 5)).toEqual(["scan", "9"]);
    expect(ways(fed, 4)).toEqual(["scan", "9"]);
    const ofLengths = (S: number): Model =>
      model(
        { rnn: recurrent(plain(S), 4, 8) },
        { x: input.features(4), lengths: input.lengths() },
        ({ rnn }, { x, lengths }) => rnn(x, { lengths }).y,
      ) as unknown as Model;
    expect([4, 5].map((S) => wayOf(ofLengths(S), { ...many, ...training }))).toEqual(["scan", "9"]);
  });
});

// Plans as text: one dispatch a line, steps folded, copies where they stand, and the totals.

import { expect, test } from "vitest";
import type { Kernel } from "../../src/kernels/kernel.js";
import { Plan } from "../../src/plan/plan.js";
import { print } from "../../src/plan/print.js";
import { si } from "../../src/plan/units.js";
import { smallPlan } from "../small_kernels.js";

/** A kernel of which only its declaration matters. */
function declared(name: string, bindings: readonly string[], params: readonly string[]): Kernel {
  return {
    name,
    wgsl: "",
    bindings: Object.fromEntries(bindings.map((b) => [b, b === "s" || b === "da" ? "read_write" : "read"])),
    params: Object.fromEntries(params.map((p) => [p, p === "p" ? "f32" : "u32"])),
    workgroups: () => [1, 1, 1],
    cpu: () => {},
    flops: () => 1000,
  };
}

test("a plan reads as the algorithm: copies, dispatches, totals", () => {
  expect(print(smallPlan().plan)).toBe(
    [
      "copy        total -> before    n=5",
      "scale       x y=tripled        n=5 factor=3",
      "accumulate  x=tripled y=total  n=5 factor=1",
      "count       counts             n=3 step=2",
      "clear       counts[1]          n=1",
      "",
      "3 dispatches, 1 submit, 5 buffers, 864 B, 15 FLOP",
    ].join("\n"),
  );
});

test("steps fold: forward, backward, by more than one, and blocks of several kernels", () => {
  const plan = new Plan();
  const [R, a, s, da] = ["R", "a", "s", "da"].map((name) => plan.buffer(name, [8]));
  const step = declared("step(lstm)", ["R", "a", "s"], ["t", "T", "B", "p"]);
  const back = declared("step_backward(lstm)", ["R", "s", "da"], ["tail", "T"]);
  const reset = declared("reset", ["a", "s"], ["t"]);
  const fed = declared("fed", ["R", "s"], ["at"]);
  for (let t = 0; t < 64; t += 1) {
    plan.dispatch(step, { R, a, s }, { t, T: 64, B: 2, p: 0.5 });
  }
  for (let t = 63; t >= 0; t -= 1) {
    plan.dispatch(back, { R, s, da }, { tail: t, T: 64 });
  }
  for (let t = 0; t < 5; t += 1) {
    plan.dispatch(reset, { a, s }, { t });
    plan.dispatch(fed, { R, s }, { at: 16 * t });
  }
  expect(print(plan)).toBe(
    [
      "step(lstm)           R a s   t=0..63 T=64 B=2 p=0.5",
      "step_backward(lstm)  R s da  tail=63..0 T=64",
      "5 times:",
      "  reset              a s     t=0..4",
      "  fed                R s     at=0,16..64",
      "",
      "138 dispatches, 1 submit, 4 buffers, 35.5 kB, 138 kFLOP",
    ].join("\n"),
  );
});

test("what is no step stays apart: other buffers, other strides, two of a kind", () => {
  const plan = new Plan();
  const [a, b] = ["a", "b"].map((name) => plan.buffer(name, [8]));
  const kernel = declared("k", ["x"], ["t"]);
  for (const t of [1, 2, 6]) {
    plan.dispatch(kernel, { x: a }, { t });
  }
  for (const [t, x] of [b, a, b].entries()) {
    plan.dispatch(kernel, { x }, { t: 7 + t });
  }
  for (let n = 0; n < 3; n += 1) {
    plan.dispatch(kernel, { x: a }, { t: 10 });
  }
  expect(print(plan).split("\n").slice(0, 8)).toEqual([
    "k         x=a  t=1",
    "k         x=a  t=2",
    "k         x=a  t=6",
    "k         x=b  t=7",
    "k         x=a  t=8",
    "k         x=b  t=9",
    "3 times:",
    "  k       x=a  t=10",
  ]);
});

test("columns are as wide as the longest of what is in them", () => {
  const plan = new Plan();
  const name = "step_backward(lstm, dy, norms, bounded, live, tile 16 by 4, 4 split)";
  const bound = "a buffer whose name takes more than half of a line";
  plan.dispatch(declared(name, ["x"], ["n"]), { x: plan.buffer("x", [8]) }, { n: 8 });
  plan.dispatch(declared("k", ["x"], ["n"]), { x: plan.buffer(bound, [8]) }, { n: 9 });
  expect(print(plan).split("\n").slice(0, 2)).toEqual([
    `${name}  x${" ".repeat(bound.length + 1)}  n=8`,
    `k${" ".repeat(name.length - 1)}  x=${bound}  n=9`,
  ]);
});

test("an offset of 0 and a step that is none are left out", () => {
  const plan = new Plan();
  const x = plan.buffer("x", [8]);
  plan.dispatch(declared("k", ["x"], ["at", "step", "n"]), { x }, { at: 0, step: 0x3fffffff, n: 8 });
  expect(print(plan).split("\n")[0]).toBe("k  x  n=8");
});

test("an empty plan says so", () => {
  expect(print(new Plan())).toBe("0 dispatches, 0 submits, 0 buffers, 16 B, 0 FLOP");
});

test("numbers as people read them", () => {
  expect([0, 7, 999, 999.6, 1000, 268_435_456, 1.234e9].map((n) => si(n, "B"))).toEqual([
    "0 B",
    "7 B",
    "999 B",
    "1 kB",
    "1 kB",
    "268 MB",
    "1.23 GB",
  ]);
});

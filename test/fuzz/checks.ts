// The two checks that every draw is put through: gradients against central differences in float64, and a
// backend against another. Numbers that bring a unit too near a kink are drawn anew.

import { Random } from "../../src/random.js";
import { type AnyGradients, calls, difference, parts } from "../agree_check.js";
import type { AnyBackend } from "../goldens_check.js";
import type { Draw } from "./draws.js";
import { float64, inner, Pass } from "./pass.js";
import { type Problem, problemOf } from "./problem.js";

/** Truncation grows with its square, rounding with its inverse. */
const step = 3e-6;
/** Of four points, where two do not do: truncation grows with the fourth power. */
const wide = 2e-5;

/** The worst deviation, in units of max(1, the tensor's largest gradient), and where it is. */
export interface Report {
  readonly worst: number;
  readonly where: string;
}

/** Of every weight and every input of floats: one direction through all of it, and one number. */
export async function checkDifferences(draw: Draw): Promise<Report> {
  const { problem, pass } = await awayFromKinks(draw, 1e-3);
  const got = await gradientsOf(float64, problem, draw);
  const random = new Random(draw.seed);
  let report: Report = { worst: 0, where: "" };
  const note = (where: string, worst: number): void => {
    if (!(worst <= report.worst)) report = { worst, where };
  };
  const probe = async (
    name: string,
    { data }: { readonly data: Float64Array },
    gradient: ArrayLike<number> | undefined,
    rewrite: () => Promise<void>,
  ): Promise<void> => {
    if (gradient?.length !== data.length) throw new Error(`fuzz: ${name} and its gradient differ in size`);
    const before = data.slice();
    const largest = Math.max(1, ...Array.from(gradient, Math.abs));
    const lossAt = async (direction: ArrayLike<number>, e: number): Promise<number> => {
      for (let k = 0; k < data.length; k += 1) data[k] = before[k] + e * direction[k];
      await rewrite();
      return pass.value();
    };
    const check = async (what: string, direction: ArrayLike<number>): Promise<void> => {
      const across = async (e: number): Promise<number> =>
        ((await lossAt(direction, e)) - (await lossAt(direction, -e))) / (2 * e);
      const off = (slope: number): number => Math.abs(slope - inner(gradient, direction)) / largest;
      const two = off(await across(step));
      note(what, two < 5e-8 ? two : off((4 * (await across(wide)) - (await across(2 * wide))) / 3));
    };
    const all = data.map(() => random.normal());
    const length = Math.sqrt(inner(all, all));
    await check(
      name,
      all.map((v) => v / length),
    );
    const one = random.below(data.length);
    await check(
      `${name}[${one}]`,
      data.map((_, k) => Number(k === one)),
    );
    data.set(before);
    await rewrite();
  };
  const still = async (): Promise<void> => {};
  for (const [name, tensor] of problem.floats) await probe(name, tensor, got.inputs[name]?.data, still);
  for (const [name, tensor] of problem.weights) {
    await probe(name, tensor, got.weights.get(name)?.data, () => pass.rewrite(name, tensor.data));
  }
  pass.dispose();
  return report;
}

/** The worst deviations of a backend from another, of outputs and of everything backward. */
export async function checkAgreement(
  backend: AnyBackend,
  other: AnyBackend,
  draw: Draw,
): Promise<{ forward: Report; backward: Report }> {
  const { problem, pass } = await awayFromKinks(draw, 1e-4);
  pass.dispose();
  const got = await gradientsOf(backend, problem, draw);
  const want = await gradientsOf(other, problem, draw);
  const [ours, theirs] = [parts(got), parts(want)];
  const of = ({ loss = 0 }: AnyGradients): (readonly [string, { shape: number[]; data: number[] }])[] => [
    ["loss", { shape: [], data: [loss] }],
  ];
  return {
    forward: difference([...ours.forward, ...of(got)], [...theirs.forward, ...of(want)]),
    backward: difference(ours.backward, theirs.backward),
  };
}

async function gradientsOf(backend: AnyBackend, problem: Problem, draw: Draw): Promise<AnyGradients> {
  const { net, weights, floats, integers, objective } = problem;
  const { batchFirst, memory, training, seed } = draw;
  const inputs = Object.fromEntries([...floats, ...integers]);
  return calls(backend).gradients(net, {
    weights,
    batchFirst,
    memory,
    ...(training && { seed }),
    ...("loss" in objective
      ? { inputs: { ...inputs, target: objective.target }, loss: objective.loss }
      : { inputs, cotangents: Object.fromEntries(objective.cotangents) }),
  });
}

/** The problem of a draw with numbers that are so far from every kink and jump, and its pass forward. */
async function awayFromKinks(draw: Draw, distance: number): Promise<{ problem: Problem; pass: Pass }> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const problem = problemOf(draw, attempt);
    const pass = await Pass.open(problem, draw);
    await pass.value();
    if (pass.watch.distance > distance) return { problem, pass };
    pass.dispose();
  }
  throw new Error("fuzz: every draw of numbers lies near a kink");
}

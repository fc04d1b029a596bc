// ONNX's Adagrad, Adam and Momentum: one update of a trainer that goes on from a checkpoint with the case's
// moments in it. A tensor is the weight of a linear layer whose input is 1, so that targets make its gradient.

import {
  adagrad,
  adam,
  input,
  linear,
  model,
  type Optimizer,
  readSafetensors,
  sgd,
  squaredError,
  writeSafetensors,
} from "webrnn";
import type { Place } from "./backends.js";
import { expectClose, type Values } from "./cases.js";

export interface UpdateCase {
  readonly op: string;
  readonly attributes: { readonly [name: string]: unknown };
  readonly inputs: readonly (Values & { readonly slot: string })[];
  readonly outputs: readonly (Values & { readonly slot: string })[];
}

/** As optimizers name their moments; the slots of ONNX, in the same order. */
const moments: { readonly [op: string]: { readonly [moment: string]: string } } = {
  Adagrad: { squares: "H" },
  Adam: { m: "V", v: "H" },
  Momentum: { momentum: "V" },
};

/** Of the first update (T is 0), for which ONNX does without Adam's corrections. */
function optimizerOf({ op, attributes }: UpdateCase, lr: number): Optimizer {
  const number = (name: string): number => Number(attributes[name] ?? 0);
  const weightDecay = number("norm_coefficient");
  if (op === "Adagrad") {
    return adagrad({ lr, lrDecay: number("decay_factor"), eps: number("epsilon"), weightDecay });
  }
  if (op === "Momentum") {
    const momentum = number("alpha");
    return sgd({ lr, momentum, nesterov: attributes.mode === "nesterov", weightDecay });
  }
  const [beta1, beta2] = [number("alpha"), number("beta")];
  const root = Math.sqrt(1 - beta2);
  const plain = { lr: (lr * (1 - beta1)) / root, eps: number("epsilon") / root };
  return adam({ ...plain, betas: [beta1, beta2], weightDecay });
}

export async function checkUpdate(
  given: UpdateCase,
  { calls, least }: Place,
  tolerance: number,
): Promise<void> {
  const find = (slot: string): Values | undefined => given.inputs.find((one) => one.slot === slot);
  const present = (slot: string): Values => {
    const values = find(slot);
    if (!values) throw new Error(`there is no ${slot}`);
    return values;
  };
  const names = find("X") ? [""] : ["1", "2"];
  const net = model(
    Object.fromEntries(names.map((n) => [`x${n}`, linear(1, present(`X${n}`).data.length, { bias: false })])),
    { one: input.features(1) },
    (layers, { one }) => Object.fromEntries(names.map((n) => [`y${n}`, layers[`x${n}`](one)])),
  );
  const of = (data: readonly number[]) => ({
    shape: [data.length, 1],
    data: Float64Array.from(data),
  });
  const weights = Object.fromEntries(names.map((n) => [`x${n}.weight`, of(present(`X${n}`).data)]));
  const options = {
    batchSize: 1,
    sequenceLength: 1,
    loss: Object.fromEntries(names.map((n) => [`y${n}`, squaredError({ reduction: "sum" })])),
    optimizer: optimizerOf(given, present("R").data[0]),
  };
  const fresh = readSafetensors(await (await calls.trainer(net, { ...options, weights })).save());
  const file = new Map(fresh);
  const slots = Object.entries(moments[given.op]);
  for (const [moment, slot] of slots) {
    // one case of Momentum calls its V an H
    for (const n of names)
      file.set(`~${moment}/x${n}.weight`, of((find(`${slot}${n}`) ?? present(`H${n}`)).data));
  }
  const trainer = await calls.trainer(net, { ...options, resume: writeSafetensors(file, fresh.metadata) });
  // the derivative of (w - target)² is twice their difference
  const target = Object.fromEntries(
    names.map((n) => {
      const gradient = present(`G${n}`).data;
      return [`y${n}`, Float64Array.from(present(`X${n}`).data, (w, k) => w - gradient[k] / 2)];
    }),
  );
  await trainer.step({ one: Float32Array.of(1), target });
  const after = readSafetensors(await trainer.save());
  for (const { slot, data } of given.outputs) {
    const [, kind, n] = /^(.)(\d?)_new$/.exec(slot) ?? [];
    const moment = slots.find(([, one]) => one === kind)?.[0];
    const name = `${moment ? `~${moment}/` : ""}x${n}.weight`;
    expectClose(after.get(name)?.data ?? [], data, Math.max(least, tolerance), slot);
  }
}

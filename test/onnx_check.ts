// A node of ONNX as fromOnnx has it, and whether it gives what ONNX says: for the tests of our own cases, on
// every backend, and for the peers'.

import { expect } from "vitest";
import { fromOnnx, type OnnxLayer, type OnnxNode, type OnnxOperator, type Tensor } from "../src/index.js";
import { calls } from "./agree_check.js";
import { type AnyBackend, deviation } from "./goldens_check.js";

export interface OnnxCase {
  readonly name: string;
  readonly op: OnnxOperator;
  readonly attributes: NonNullable<OnnxNode["attributes"]>;
  /** By ONNX's names: X, W, R, B, sequence_lens, initial_h, …; what is left out is not there. */
  readonly inputs: ReadonlyMap<string, Tensor<ArrayLike<number>>>;
  /** Those of Y, Y_h, Y_c that are to be compared. */
  readonly outputs: ReadonlyMap<string, Tensor<ArrayLike<number>>>;
}

type Numbers = ArrayLike<number>;

/** What one layer gave, of D directions. */
interface Part {
  readonly D: number;
  readonly outputs: Readonly<Record<string, Numbers>>;
}

/** Runs the node and compares all of its outputs: |got - want| ≤ tolerance · max(1, largest |want|). */
export async function checkOnnx(backend: AnyBackend, given: OnnxCase, tolerance: number): Promise<void> {
  const { op, attributes, inputs, name } = given;
  const [X, W, R] = ["X", "W", "R"].map((slot) => floats(inputs.get(slot)));
  if (!X || !W || !R) throw new Error(`${name} has no X, W or R`);
  const [b, p] = [floats(inputs.get("B")), floats(inputs.get("P"))];
  const { reverse, batchFirst, ...first } = fromOnnx({ op, attributes, W, R, B: b, P: p });
  const [B, T] = batchFirst ? X.shape : [X.shape[1], X.shape[0]];
  const [D, , H] = R.shape;

  const wanted = ["y", "hn", ...(op === "LSTM" ? ["cn"] : [])];
  /** Directions from the `from`-th on, `of` many. */
  const run = async ({ layer, weights }: OnnxLayer<"h">, from: number, of: number): Promise<Part> => {
    const session = await calls(backend).session(layer, {
      weights,
      batchSize: B,
      sequenceLength: T,
      batchFirst,
    });
    const state = (slot: string): Float32Array | undefined => {
      const data = inputs.get(slot)?.data;
      const at = (d: number, b: number): number => (batchFirst ? b * D + from + d : (from + d) * B + b);
      return data && gathered([of, B, H], ([d, b, h]) => data[at(d, b) * H + h]);
    };
    const lengths = inputs.get("sequence_lens")?.data;
    const [h0, c0] = [state("initial_h"), state("initial_c")];
    const outputs = await session.run(
      {
        x: X.data,
        ...(lengths && { lengths: Int32Array.from(lengths) }),
        ...(h0 && { h0 }),
        ...(c0 && { c0 }),
      },
      wanted,
    );
    session.dispose();
    return { D: of, outputs };
  };
  const parts = reverse ? [await run(first, 0, 1), await run(reverse, 1, 1)] : [await run(first, 0, D)];

  /** Of a direction: the part that has it, and where it is there. */
  const whose = (d: number): readonly [Part, number] => (reverse ? [parts[d], 0] : [parts[0], d]);
  const y = (t: number, b: number, d: number, h: number): number => {
    const [part, own] = whose(d);
    return part.outputs.y[((batchFirst ? b * T + t : t * B + b) * part.D + own) * H + h];
  };
  const final = (name: string, d: number, b: number, h: number): number => {
    const [part, own] = whose(d);
    return part.outputs[name][(own * B + b) * H + h];
  };
  for (const [slot, want] of given.outputs) {
    const state = slot === "Y_c" ? "cn" : "hn";
    const got = gathered(want.shape, (at) => {
      if (slot === "Y") {
        return batchFirst ? y(at[1], at[0], at[2], at[3]) : y(at[0], at[2], at[1], at[3]);
      }
      return batchFirst ? final(state, at[1], at[0], at[2]) : final(state, at[0], at[1], at[2]);
    });
    expect(deviation(got, want.data), `${name}: ${slot}`).toBeLessThanOrEqual(tolerance);
  }
  expect(given.outputs.size, `${name}: outputs compared`).toBeGreaterThan(0);
}

function floats(tensor: Tensor<Numbers> | undefined): Tensor<Float32Array<ArrayBuffer>> | undefined {
  return tensor && { shape: tensor.shape, data: Float32Array.from(tensor.data) };
}

/** Numbers in row-major order, each by its place. */
function gathered(shape: readonly number[], number: (at: readonly number[]) => number): Float32Array {
  const length = shape.reduce((n, size) => n * size, 1);
  return Float32Array.from({ length }, (_, k) => {
    let rest = k;
    const at = shape.map(() => 0);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis] = rest % shape[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    return number(at);
  });
}

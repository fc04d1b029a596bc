// ONNX's recurrent operators through fromOnnx, on every kind of CPU: against what onnxruntime computed, and what
// it refuses.

import { describe, expect, expectTypeOf, test } from "vitest";
import { fromOnnx, type OnnxNode, type Recurrent, ShapeError } from "../../src/index.js";
import { cpuBackends } from "../cpu_kinds.js";
import { onnxCases } from "../fixtures/onnx.js";
import { checkOnnx } from "../onnx_check.js";

const cases = await onnxCases();

test("there are 68 cases", () => expect(cases).toHaveLength(68));

describe.each(cpuBackends)("CPU, $name", ({ backend }) => {
  test.each(cases)("$name", (given) => checkOnnx(backend, given, 1e-5));
});

const zeros = (...shape: number[]) => ({
  shape,
  data: new Float32Array(shape.reduce((n, size) => n * size, 1)),
});
const counted = (...shape: number[]) => ({ shape, data: zeros(...shape).data.map((_, k) => k) });

describe("fromOnnx", () => {
  const [H, I] = [1, 1];
  const LSTM = { op: "LSTM", W: counted(1, 4, I), R: counted(1, 4, H) } as const;

  test("gates in PyTorch's order, biases apart, peepholes one by one", () => {
    const { layer, weights } = fromOnnx({ ...LSTM, B: counted(1, 8), P: counted(1, 3) });
    const numbers = Object.fromEntries([...weights].map(([name, { data }]) => [name, [...data]]));
    expect(numbers).toEqual({
      weight_ih_l0: [0, 2, 3, 1],
      weight_hh_l0: [0, 2, 3, 1],
      bias_ih_l0: [0, 2, 3, 1],
      bias_hh_l0: [4, 6, 7, 5],
      peephole_i_l0: [0],
      peephole_o_l0: [1],
      peephole_f_l0: [2],
    });
    expect(new Map([...weights].map(([name, { shape }]) => [name, shape]))).toEqual(new Map(layer.shapes));
  });

  test.each([
    ["RNN", 1, {}],
    ["RNN", 1, { direction: "bidirectional" }],
    ["LSTM", 4, { direction: "bidirectional", input_forget: 1 }],
    [
      "LSTM",
      4,
      { direction: "bidirectional", activations: ["Sigmoid", "Tanh", "Tanh", "Relu", "Elu", "Tanh"] },
    ],
    ["GRU", 3, { direction: "reverse", linear_before_reset: 1 }],
  ] as const)("%s: weights are those that the layer has, directions apart", (op, G, attributes) => {
    const D = "direction" in attributes && attributes.direction === "bidirectional" ? 2 : 1;
    const P = op === "LSTM" ? counted(D, 3 * 2) : undefined;
    const node: OnnxNode = {
      op,
      attributes,
      W: counted(D, G * 2, 3),
      R: counted(D, G * 2, 2),
      B: counted(D, 2 * G * 2),
      P,
    };
    const { reverse, ...first } = fromOnnx(node);
    const parts = reverse ? [first, reverse] : [first];
    for (const { layer, weights } of parts) {
      const shapes = [...weights].map(([name, { shape }]) => [name, shape] as const);
      expect(new Map(shapes)).toEqual(new Map(layer.shapes));
    }
    // every number of W is somewhere once, but those of a gate that is coupled
    const W = parts.flatMap(({ weights }) =>
      [...weights].filter(([name]) => name.startsWith("weight_ih")).flatMap(([, { data }]) => [...data]),
    );
    const coupled = "input_forget" in attributes ? [12, 13, 14, 15, 16, 17] : [];
    const kept = Array.from(node.W.data).filter((k) => !coupled.includes(k % 24));
    expect(W.sort((a, b) => a - b)).toEqual(kept);
  });

  test("alpha and beta go to the activations that have them, in order", () => {
    const { layer } = fromOnnx({
      ...LSTM,
      attributes: {
        activations: ["HardSigmoid", "Tanh", "leakyrelu"],
        activation_alpha: [0.25, 0.125],
        activation_beta: [0.75],
      },
    });
    const same = fromOnnx({ ...LSTM, attributes: { activations: ["HardSigmoid", "Tanh", "LeakyRelu"] } });
    const kind = (of: Recurrent<"h" | "c">) => of.plan({ batchSize: 1, sequenceLength: 1 }).print();
    expect(kind(layer)).not.toBe(kind(same.layer));
    expect(kind(layer)).toContain("0.125");
  });

  test("weights stay in their precision, and are copies", () => {
    const R = { shape: [1, 1, 1], data: Float64Array.of(0.1) };
    const { weights } = fromOnnx({ op: "RNN", W: R, R });
    R.data[0] = 2;
    expect(weights.get("weight_hh_l0")?.data).toEqual(Float64Array.of(0.1));
  });

  test("types know the states of an operator", () => {
    expectTypeOf(fromOnnx(LSTM).layer).toEqualTypeOf<Recurrent<"h" | "c">>();
    const RNN = { op: "RNN", W: zeros(1, 1, 1), R: zeros(1, 1, 1) } as const;
    expectTypeOf(fromOnnx(RNN).layer).toEqualTypeOf<Recurrent<"h">>();
  });

  test("refuses what is no such node", () => {
    const refused = (node: OnnxNode, because: string) => expect(() => fromOnnx(node)).toThrow(because);
    expect(() => fromOnnx({ ...LSTM, W: zeros(1, 3, 1) })).toThrow(
      new ShapeError("fromOnnx: W is [1, 3, 1]; it must be [1, 4, 1] of LSTM, forward."),
    );
    refused({ ...LSTM, attributes: { hidden_size: 2 } }, "fromOnnx: W is [1, 4, 1]");
    refused({ ...LSTM, attributes: { direction: "bidirectional" } }, "must be [2, 4, 1]");
    refused({ op: "RNN", W: zeros(1, 1, 1), R: zeros(1, 1, 1), P: zeros(1, 3) }, "it must be [0, 3]");
    refused({ ...LSTM, attributes: { activations: ["Tanh"] } }, "it must be 3 for each of 1 directions");
    const activations = ["Tanh", "Tanh", "Gelu"];
    refused({ ...LSTM, attributes: { activations } }, 'there is no activation "Gelu"');
    // @ts-expect-error no such operator
    refused({ ...LSTM, op: "Scan" }, 'there is no operator "Scan"');
    // @ts-expect-error no such direction
    refused({ ...LSTM, attributes: { direction: "both" } }, 'there is no direction "both"');
  });
});

// ONNX's recurrent operators through fromOnnx, on WebGPU: against what onnxruntime computed.

import { afterAll, expect, test } from "vitest";
import { webgpu } from "../../src/index.js";
import { onnxCases } from "../fixtures/onnx.js";
import { checkOnnx } from "../onnx_check.js";

const gpu = await webgpu();
afterAll(() => gpu.dispose());

const cases = await onnxCases();
/** For lengths in recurrent layers. */
const waiting = cases.filter(({ inputs }) => inputs.has("sequence_lens"));
test("17 cases of 68 wait for lengths", () => expect([cases.length, waiting.length]).toEqual([68, 17]));

test.each(cases.filter((one) => !waiting.includes(one)))("$name", (given) => checkOnnx(gpu, given, 1e-5));

// ONNX's recurrent operators through fromOnnx, on WebGPU: against what onnxruntime computed.

import { afterAll, test } from "vitest";
import { webgpu } from "../../src/index.js";
import { onnxCases } from "../fixtures/onnx.js";
import { checkOnnx } from "../onnx_check.js";

const gpu = await webgpu();
afterAll(() => gpu.dispose());

const cases = await onnxCases();

test.each(cases)("$name", (given) => checkOnnx(gpu, given, 1e-5));

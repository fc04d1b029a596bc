// Other projects' own test data, from a folder outside of this repository, by the public API, on the CPU in float64 and
// on WebGPU. It holds some of keras-js, tfjs, webnn and onnx-node, or is itself a folder of ONNX cases.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folder, readJson } from "./cases.js";
import { kerasSuite } from "./keras.js";
import { onnxSuite } from "./onnx.js";
import { tfjsSuite } from "./tfjs.js";
import { webnnSuite } from "./webnn.js";

const suites: { readonly [name: string]: (path: string) => void } = {
  "keras-js": kerasSuite,
  tfjs: tfjsSuite,
  webnn: webnnSuite,
  "onnx-node": (path) => onnxSuite("ONNX", path, 26),
};

const found = Object.keys(suites).filter((name) => existsSync(join(folder(), name)));
const isOnnx = found.length === 0 && existsSync(join(folder(), "index.json")) && isList("index.json");

function isList(file: string): boolean {
  return Array.isArray(readJson(folder(), file));
}

test("the folder holds cases", () => {
  expect(found.length > 0 || isOnnx, `${folder()} holds ${Object.keys(suites).join(" or ")}`).toBe(true);
});

for (const name of found) {
  describe(name, () => suites[name](join(folder(), name)));
}
if (isOnnx) {
  describe("ONNX cases", () => onnxSuite("ONNX", folder(), 0));
}

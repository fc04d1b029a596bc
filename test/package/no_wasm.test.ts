// The installed package in a node without WebAssembly: on plain loops, and it says so.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";

const source = `
  import { cpu, lstm } from "webrnn";
  const backend = cpu();
  const net = lstm(2, 5);
  const weights = net.initialWeights({ seed: 1 });
  const session = await backend.session(net, { weights, batchSize: 1, sequenceLength: 3 });
  const { y } = session.runSync({ x: new Float32Array(6).fill(0.5) });
  console.log(JSON.stringify({ name: backend.name, reason: backend.reason, y: [...y] }));
`;

function run(...flags: string[]): { name: string; reason: string; y: number[] } {
  const path = join(inject("consumer"), "no_wasm.mjs");
  writeFileSync(path, source);
  return JSON.parse(execFileSync(process.execPath, [...flags, path], { encoding: "utf8" }));
}

test("without WebAssembly there are plain loops", () => {
  const [present, without] = [run(), run("--no-expose-wasm")];
  expect(present.name).toMatch(/^CPU, SIMD/);
  expect(without.name).toBe("CPU, plain loops");
  expect(without.reason).toBe("cpu() asked for it; no SIMD: WebAssembly is not defined");
  expect(without.y).toHaveLength(15);
  expect(without.y.map((value, k) => value - present.y[k]).filter((off) => Math.abs(off) > 1e-6)).toEqual([]);
});

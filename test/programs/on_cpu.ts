// The programs that run on the CPU, or end there: for two test files, of which one refuses WebAssembly before
// anything is loaded, so that the same programs run by SIMD and by plain loops.

import { describe, expect, test, vi } from "vitest";
import {
  adam,
  cpu,
  gru,
  linear,
  lstm,
  type Model,
  sequential,
  squaredError,
  webgpu,
  writeSafetensors,
} from "webrnn";
import { difference, largest, runProgram, wave, windows } from "./supply.js";

/** runs: the name of what cpu() gives here. */
export function checkOnCpu(runs: RegExp): void {
  test("the CPU is the one that is meant", () => expect(cpu().name).toMatch(runs));

  describe("on the CPU", () => {
    test("p04 streams frames through PyTorch's weights", async () => {
      const net = sequential({ rnn: gru(9, 8, { numLayers: 2 }), head: linear(8, 6) });
      const weights = net.initialWeights({ seed: 4 });
      const saved = new Map([...weights].map(([name, tensor]) => [`module.${name}`, tensor]));
      const read: Float32Array[] = [];
      const drawn: Float32Array[] = [];
      let frames = 0;
      const { printed } = await runProgram("p04_pytorch_stream_60fps", {
        fetch: async () => new Response(writeSafetensors(saved, { format: "pt" })),
        readSensor: () => read[read.push(wave(9, read.length)) - 1],
        draw: (pose: Float32Array) => drawn.push(pose),
        requestAnimationFrame: (frame: () => void) => {
          frames += 1;
          if (frames <= 20) {
            setTimeout(frame, 5);
          }
        },
      });
      await vi.waitFor(() => expect(drawn).toHaveLength(20), { timeout: 10_000 });
      expect(printed).toEqual([["pt"]]);
      const plain = cpu({ simd: false });
      const session = await plain.session(net, { weights, batchSize: 1, sequenceLength: 1, stateful: true });
      const results = read.map((x) => session.runSync({ x }).y);
      const shown = drawn.filter((pose) => largest(pose) > 0);
      expect(shown.length).toBeGreaterThan(0);
      // every picture is one of the results, and none is older than the one before it
      const order = shown.map((pose) => results.findIndex((y) => difference(y, pose) < 1e-5));
      expect(order).not.toContain(-1);
      expect(order).toEqual([...order].sort((a, b) => a - b));
    });

    test("p07 has cells that train on every backend", async () => {
      const { exports, printed, refused } = await runProgram("p07_custom_cell", {});
      expect(printed[0][1]).toEqual([20, 5]);
      expect(refused.map(({ name }) => name)).toEqual(["ShapeError", "ShapeError", "ShapeError"]);
      const net = exports.net as Model<{ x: Float32Array }, "y">;
      const losses: Float32Array[] = [];
      for (const backend of [cpu(), cpu({ simd: false }), await webgpu()]) {
        using trainer = await backend.trainer(net, {
          batchSize: 2,
          sequenceLength: 4,
          loss: squaredError(),
          optimizer: adam({ lr: 1e-2 }),
          seed: 7,
        });
        for (let update = 0; update < 10; update += 1) {
          await trainer.step({ x: wave(2 * 4 * 4), target: wave(2 * 4 * 3, 1) });
        }
        losses.push((await trainer.metrics()).losses);
        backend.dispose();
      }
      expect(difference(losses[0], losses[1])).toBeLessThan(1e-4);
      expect(difference(losses[0], losses[2])).toBeLessThan(1e-4);
      expect(losses[0][9]).toBeLessThan(losses[0][0]);
    });

    test("p13 trains on batches of changing sizes as trainers of just these sizes do", async () => {
      const sizes = [
        [12, 4],
        [5, 4],
        [9, 2],
        [12, 4],
        [1, 1],
        [5, 4],
      ];
      const batches = sizes.map(([T, B], k) => ({ T, B, x: wave(T * B * 4, k), y: wave(T * B * 2, k + 1) }));
      const { printed } = await runProgram("p13_dynamic_T", { batches });
      const net = sequential({ rnn: lstm(4, 6), head: linear(6, 2) });
      const losses: number[] = [];
      let saved: Uint8Array<ArrayBuffer> | undefined;
      for (const { T, B, x, y } of batches) {
        using trainer = await cpu().trainer(net, {
          batchSize: B,
          sequenceLength: T,
          loss: squaredError(),
          optimizer: adam(),
          clipValue: 1,
          ...(saved && { resume: saved }),
        });
        await trainer.step({ x, target: y });
        losses.push(...(await trainer.metrics()).losses);
        saved = await trainer.save();
      }
      expect(printed).toEqual([[Float32Array.from(losses)]]);
      expect(new Set(losses).size).toBe(sizes.length);
    });

    test("p12 goes on with the CPU when the GPU is lost", async () => {
      document.body.append(document.createElement("output"));
      const devices: GPUDevice[] = [];
      const { requestDevice } = GPUAdapter.prototype;
      const request = vi.spyOn(GPUAdapter.prototype, "requestDevice").mockImplementation(async function (
        this: GPUAdapter,
        ...all
      ) {
        const device = await requestDevice.apply(this, all);
        devices.push(device);
        return device;
      });
      const batches = windows(7, 2, 5, 9);
      const lossy = new Proxy(batches, {
        get(target, key) {
          if (key === "5") {
            devices[0].destroy();
          }
          return Reflect.get(target, key);
        },
      });
      const { printed } = await runProgram("p12_cpu_fallback", { V: 9, batches: lossy });
      request.mockRestore();
      expect(document.querySelector("output")?.textContent).toMatch(/^On /);
      expect(devices).toHaveLength(1);
      // why it was lost, the outputs for one token, and a limit of the device that was
      expect(printed).toHaveLength(3);
      expect(printed[0][0]).toMatch(/destroy/);
      expect(printed[1]).toEqual([9]);
    });
  });
}

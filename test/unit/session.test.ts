// Sessions on the CPU: what every session does, and runSync, which needs no promise.

import { describe, expect, test, vi } from "vitest";
import { CpuRunnable } from "../../src/backends/cpu/runnable.js";
import { cpu, embedding, gru, linear, lstm, sequential, sgd, squaredError } from "../../src/index.js";
import { floats } from "../agree_check.js";
import { sessionSuite } from "../session_check.js";

describe("float32", () => sessionSuite(() => float32));
describe("float64", () => sessionSuite(() => float64));

const float32 = cpu();
const float64 = cpu({ precision: "float64" });
const net = lstm(3, 4);
const sizes = { weights: net.initialWeights(), batchSize: 2, sequenceLength: 5, stateful: true };
const x = floats([2, 5, 3], 1);

describe("runSync", () => {
  test("gives what run gives, into arrays where such are given", async () => {
    const [session, twin] = [await float32.session(net, sizes), await float32.session(net, sizes)];
    const into = { y: new Float32Array(2 * 5 * 4), cn: new Float32Array(8) };
    for (let n = 0; n < 3; n += 1) {
      const want = await twin.run({ x: x.data });
      const got = session.runSync({ x: x.data }, into);
      expect(got.y).toBe(into.y);
      expect(got.cn).toBe(into.cn);
      expect(got).toEqual(want);
    }
    const fresh = session.runSync({ x });
    expect(fresh.y).not.toBe(into.y);
    expect(fresh).toEqual(await twin.run({ x }));
  });

  test("takes initial states, and float64 goes in and out as it is", async () => {
    const session = await float64.session(net, sizes);
    const [h0, c0] = [new Float64Array(8).fill(1 / 3), new Float64Array(8).fill(-1 / 7)];
    const first = session.runSync({ x, h0, c0 });
    const { hn } = session.runSync({ x });
    expect(hn).toBeInstanceOf(Float64Array);
    expect(hn.some((value) => value !== Math.fround(value))).toBe(true);
    session.state.write({
      h: { shape: [1, 2, 4], data: h0 },
      c: { shape: [1, 2, 4], data: c0 },
    });
    expect(session.runSync({ x })).toEqual(first);
  });

  test("an array of another length is refused before anything runs", async () => {
    const [session, twin] = [await float32.session(net, sizes), await float32.session(net, sizes)];
    expect(() => session.runSync({ x: x.data }, { y: new Float32Array(3) })).toThrow(
      "session.runSync: y goes into 3 numbers; it has 40. Give an array of that length.",
    );
    expect(session.runSync({ x })).toEqual(await twin.run({ x }));
  });
});

describe("a session warms up when it is opened", () => {
  /** How often plans run meanwhile, on a clock that goes so many milliseconds forward whenever it is read. */
  async function runsIn(act: () => Promise<unknown>, tick = 0): Promise<number> {
    let time = 0;
    const now = vi.spyOn(Date, "now").mockImplementation(() => {
      time += tick;
      return time;
    });
    const run = vi.spyOn(CpuRunnable.prototype, "runNow");
    await act();
    const { length } = run.mock.calls;
    run.mockRestore();
    now.mockRestore();
    return length;
  }
  /** Weights are packed. */
  const once = 1;

  test("once for the kernels that it runs, a trainer never", async () => {
    const backend = cpu();
    const training = { ...sizes, loss: squaredError(), optimizer: sgd({ lr: 1 }) };
    const open = (o: object = {}) => backend.session(net, { ...sizes, ...o });
    expect(await runsIn(() => backend.trainer(net, training))).toBe(once);
    expect(await runsIn(open)).toBe(once + 1000);
    expect(await runsIn(open)).toBe(once);
    expect(await runsIn(() => open({ batchSize: 1, sequenceLength: 9 }))).toBe(once);
    const other = gru(3, 4);
    const openOther = () => backend.session(other, { ...sizes, weights: other.initialWeights() });
    expect(await runsIn(openOther)).toBe(once + 1000);
    expect(await runsIn(openOther)).toBe(once);
    expect(await runsIn(() => cpu().session(net, sizes))).toBe(once + 1000);
  });

  test("in twenty milliseconds, and not where one run is long", async () => {
    const wide = lstm(64, 128);
    const o = { weights: wide.initialWeights(), batchSize: 4 };
    expect(await runsIn(() => cpu().session(wide, { ...o, sequenceLength: 4 }), 5)).toBe(once + 3);
    expect(await runsIn(() => cpu().session(wide, { ...o, sequenceLength: 256 }), 5)).toBe(once);
  });

  test.each([
    { name: "float64", open: () => cpu({ precision: "float64" }) },
    { name: "plain loops", open: () => cpu({ simd: false }) },
    { name: "SIMD", open: () => cpu() },
  ])("and its results are bit for bit as without: $name", async ({ open }) => {
    const backend = open();
    const text = sequential({
      embed: embedding(9, 4),
      rnn: lstm(4, 5, { numLayers: 2 }),
      head: linear(5, 9),
    });
    const o = { weights: text.initialWeights(), batchSize: 2, sequenceLength: 3, stateful: true };
    const sessions: Awaited<ReturnType<typeof backend.session<typeof text>>>[] = [];
    const add = async () => sessions.push(await backend.session(text, o));
    expect(await runsIn(add)).toBe(once + 1000);
    expect(await runsIn(add)).toBe(once);
    const [warm, cold] = sessions;
    const x = Int32Array.of(1, 8, 3, 4, 5, 0);
    const begin = await warm.state.read();
    expect([...begin.keys()]).toEqual(["rnn.h", "rnn.c"]);
    for (const { data } of begin.values()) expect(new Set(data)).toEqual(new Set([0]));
    for (let n = 0; n < 3; n += 1) {
      const [{ y }, want] = [await warm.run({ x }), await cold.run({ x })];
      expect(y).toEqual(want.y);
      expect(new Set(y).size).toBeGreaterThan(40);
    }
    expect(await warm.state.read()).toEqual(await cold.state.read());
  });
});

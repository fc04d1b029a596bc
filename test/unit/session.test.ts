// Sessions on the CPU: what every session does, and runSync, which needs no promise.

import { describe, expect, test } from "vitest";
import { cpu, lstm } from "../../src/index.js";
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

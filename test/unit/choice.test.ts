// How a recurrent layer's pass is run, on devices of every class.

import { describe, expect, test } from "vitest";
import { type Cell, graphOf } from "../../src/cells/cell.js";
import { gruCell } from "../../src/cells/gru.js";
import { lstmCell } from "../../src/cells/lstm.js";
import { rnnCell } from "../../src/cells/rnn.js";
import { LimitError } from "../../src/errors.js";
import { adam, crossEntropy, embedding, linear, lstm, sequential } from "../../src/index.js";
import { exchangedOf, partsOf } from "../../src/kernels/parts.js";
import { scan } from "../../src/kernels/scan.js";
import { programOf } from "../../src/kernels/step_options.js";
import { textOf } from "../../src/kernels/texts.js";
import { choose, type Means, type Pass } from "../../src/plan/choice.js";
import { type DeviceClass, hardware, ordinary, software } from "../../src/plan/device_class.js";
import { holds, scanBytes } from "../../src/plan/estimate.js";
import { chained, normed } from "../cells_p07.js";

const classes = [software, ordinary, ...hardware];

/** Forward, of a cell with one product of G gates a step: fed with h. */
function forward(G: number, B: number, T: number, H: number, D = 1): Pass {
  return { T, B, H, D, gives: G, exchanges: [{ rows: G * H, depth: H, words: G * H * H, fed: H, sums: 0 }] };
}

/** Its mirror: G terms of one product, fed with the gradients of G gates. */
function backward(G: number, B: number, T: number, H: number, D = 1): Pass {
  const exchanges = [{ rows: G * H, depth: H, words: G * H * H, fed: G * H, sums: 0 }];
  return { T, B, H, D, gives: 1, exchanges };
}

describe("a scan's workgroup", () => {
  test.each([
    ["LSTM H=64", forward(4, 4, 1, 64), backward(4, 4, 1, 64), 1, 5120, 8192],
    ["GRU H=64", forward(3, 4, 1, 64), backward(3, 4, 1, 64), 1, 4096, 6144],
    ["RNN H=128", forward(1, 4, 1, 128), backward(1, 4, 1, 128), 2, 6144, 6144],
    ["LSTM H=128", forward(4, 4, 1, 128), backward(4, 4, 1, 128), 1, 10240, 16384],
  ])("%s of four sequences", (_, there, back, parts, bytes, bytesBack) => {
    for (const [pass, wanted] of [[there, bytes] as const, [back, bytesBack] as const]) {
      const [{ rows, depth }] = pass.exchanges;
      expect(partsOf(rows, depth, 256)).toBe(parts);
      expect(scanBytes(pass.exchanges, 256, 4)).toBe(wanted);
    }
  });

  test("a part has at least four numbers, and there is one at least", () => {
    expect([partsOf(4, 20, 256), partsOf(1, 3, 256), partsOf(257, 64, 256)]).toEqual([4, 1, 1]);
  });
});

test("a cell without exchange is scanned whatever is asked", () => {
  const pass: Pass = { T: 512, B: 4, H: 32, D: 1, gives: 0, exchanges: [] };
  for (const device of classes) {
    for (const strategy of [undefined, "scan", "step"] as const) {
      expect(choose(pass, { device, strategy }).strategy).toBe("scan");
    }
  }
});

test("one is what is asked for, or refused where it does not fit", () => {
  const pass = forward(4, 32, 64, 256);
  for (const strategy of ["scan", "step"] as const) {
    expect(choose(pass, { strategy }).strategy).toBe(strategy);
  }
  const large = backward(4, 1, 64, 1024);
  expect(choose(large).strategy).toBe("step");
  expect(choose(large).reason).toContain("a scan does not fit");
  expect(() => choose(large, { strategy: "scan" })).toThrow(
    new LimitError(
      'strategy "scan": needs a maxComputeWorkgroupStorageSize of 32768, this device grants 16384; leave strategy ' +
        "out, or request more of the device.",
    ),
  );
  const limits = { maxComputeWorkgroupStorageSize: 32768 };
  expect(choose(large, { strategy: "scan", limits }).tile).toBe(1);
});

test("sums are cut alike for scans and steps, those of few sequences and many units into more parts", () => {
  const limits = { maxComputeWorkgroupStorageSize: 65_536 }; // a scan of any fits
  let cut = 0;
  for (const device of classes) {
    for (const [G, B, H, D] of sweep()) {
      for (const pass of [forward(G, B, 3, H, D), backward(G, B, 3, H, D)]) {
        const [scan, step] = (["scan", "step"] as const).map((strategy) =>
          choose(pass, { device, strategy, limits }),
        );
        expect(scan.parts, `${device.name}, ${G}x${H}, ${B} sequences`).toEqual(step.parts);
        expect(scan.threads).toBe(step.threads);
        if (G * H >= 1_024 && Math.max(...step.parts) > 1) cut += 1;
      }
    }
  }
  expect(cut).toBeGreaterThan(20);
  // a scan that is asked for fits into as little as one of a part a row
  for (const pass of [
    forward(4, 1, 3, 256),
    backward(4, 8, 3, 256),
    forward(4, 1, 3, 512),
    forward(1, 1, 3, 1_024),
  ]) {
    const { strategy, parts } = choose(pass, { strategy: "scan" });
    expect(strategy).toBe("scan");
    expect(parts[0]).toBeGreaterThan(1);
  }
});

function sweep(): (readonly [G: number, B: number, H: number, D: number])[] {
  return [1, 3, 4].flatMap((G) =>
    [1, 2, 8, 9].flatMap((B) =>
      [16, 64, 256, 342, 512, 1_024, 1_500].flatMap((H) => [1, 2].map((D) => [G, B, H, D] as const)),
    ),
  );
}

test("no dispatch is estimated to take longer than the bound", () => {
  for (const device of classes) {
    const { steps, seconds, strategy } = choose(forward(4, 1, 4096, 64), {
      device,
      seconds: 1e-3,
      strategy: "scan",
    });
    expect(strategy).toBe("scan");
    expect(steps).toBeGreaterThan(1);
    const step = (seconds - Math.ceil(4096 / steps) * device.launch) / 4096;
    expect(step * steps).toBeLessThanOrEqual(1e-3);
    expect(choose(forward(4, 1, 4096, 64), { device, strategy: "scan" }).steps).toBe(4096);
  }
});

test("on a GPU small units are scanned, large ones are not", () => {
  for (const device of hardware) {
    expect(choose(forward(4, 1, 4096, 64), { device }).strategy).toBe("scan");
    expect(choose(forward(4, 32, 128, 512), { device }).strategy).toBe("step");
  }
});

// A step and a step of a scan in microseconds, as a survey of GPUs predicts them for an LSTM: M2, RTX 4070, H200, Iris Xe.
const predicted: readonly (readonly [
  string,
  Pass,
  "float32" | "float16",
  readonly (readonly [number, number])[],
])[] = [
  [
    "B=1 H=64",
    forward(4, 1, 4096, 64),
    "float32",
    [
      [2.5, 1.2],
      [3, 0.8],
      [3, 0.8],
      [5.5, 2.3],
    ],
  ],
  [
    "B=1 H=128",
    forward(4, 1, 4096, 128),
    "float16",
    [
      [2.7, 3.9],
      [3, 1.1],
      [3, 1.2],
      [5.5, 3],
    ],
  ],
  [
    "B=1 H=256",
    forward(4, 1, 4096, 256),
    "float16",
    [
      [4.6, 12.7],
      [3, 4],
      [3, 4.8],
      [7.1, 7.6],
    ],
  ],
  [
    "B=64 H=128",
    forward(4, 64, 256, 128),
    "float16",
    [
      [9.8, 7.6],
      [3.7, 1.5],
      [3.1, 1.2],
      [21, 9.6],
    ],
  ],
  [
    "B=64 H=256",
    forward(4, 64, 256, 256),
    "float32",
    [
      [33, 53],
      [7.1, 14],
      [5, 13],
      [67, 34],
    ],
  ],
  [
    "B=64 H=512",
    forward(4, 64, 256, 512),
    "float32",
    [
      [126, 211],
      [21, 54],
      [12.5, 50],
      [255, 421],
    ],
  ],
  [
    "B=32 H=1024",
    forward(4, 32, 128, 1024),
    "float32",
    [
      [251, 1343],
      [39, 215],
      [23, 133],
      [504, 1679],
    ],
  ],
  [
    "B=16 H=768",
    forward(4, 16, 1024, 768),
    "float32",
    [
      [96, 756],
      [13, 61],
      [8.1, 75],
      [162, 945],
    ],
  ],
];

test.each(predicted)(
  "%s runs as predicted where one way takes twice as long as the other",
  (_, pass, storage, us) => {
    const limits = { maxComputeWorkgroupStorageSize: 32768 };
    [1, 2, 3, 0].forEach((n, k) => {
      const [step, scan] = us[k];
      const { strategy } = choose(pass, { device: hardware[n], storage, limits });
      if (scan > 2 * step) expect(strategy).toBe("step");
      if (step > 2 * scan) expect(strategy).toBe("scan");
    });
  },
);

describe("the bench's layers", () => {
  const layers: readonly (readonly [string, Pass])[] = [
    ["A, B: LSTM 128, one sequence", forward(4, 1, 512, 128)],
    ["C: LSTM 256, 32 sequences", forward(4, 32, 64, 256)],
    ["C: GRU 256", forward(3, 32, 64, 256)],
    ["C: RNN 256", forward(1, 32, 64, 256)],
    ["D: LSTM 128 both ways, 16 sequences", forward(4, 16, 64, 128, 2)],
    ["E: LSTM 128, 32 sequences", forward(4, 32, 64, 128)],
    ["E backward", backward(4, 32, 64, 128)],
  ];
  const brief = (device: DeviceClass): string[] =>
    layers.map(([, pass]) => {
      const { strategy, tile, split } = choose(pass, { device });
      return `${strategy} ${tile}${split ? " split" : ""}`;
    });
  test.each<[string, readonly string[]]>([
    ["software", ["step 1", "step 16", "step 16", "step 16", "step 16", "step 16", "step 16"]],
    ["ordinary", ["scan 1", "step 4", "scan 4", "scan 4", "scan 4", "scan 4", "scan 4"]],
    ["integrated", ["scan 1", "step 8", "step 8", "scan 8", "step 8", "step 8", "step 4"]],
    ["unified", ["step 1", "step 8", "step 8", "scan 8", "step 8", "step 8", "scan 4"]],
    ["discrete", ["scan 1", "scan 2", "scan 4", "scan 4", "scan 4", "scan 4", "scan 4"]],
    ["server", ["scan 1", "step 2", "step 2", "scan 1", "scan 1", "scan 1", "scan 1"]],
  ])("on %s", (name, wanted) => {
    const device = classes.find((one) => one.name === name);
    if (!device) throw new Error(`there is no class ${name}`);
    expect(brief(device)).toEqual(wanted);
  });

  test("no sequences are computed that are not there", () => {
    for (const device of classes) {
      for (const [, pass] of layers) {
        const { tile } = choose(pass, { device });
        expect((Math.ceil(pass.B / tile) * tile) / pass.B).toBe(1);
      }
    }
  });
});

test("what a program on the CPU does slowly is not chosen there: a scan of one sequence, parts of a sum apart", () => {
  for (const H of [32, 64, 128, 256]) {
    for (const pass of [forward(1, 1, 256, H), forward(4, 1, 256, H), backward(4, 1, 256, H)]) {
      const { strategy, split } = choose(pass, { device: software });
      expect([strategy, split]).toEqual(["step", false]);
    }
  }
});

test("the reason says how a layer runs, how long it takes, and how long it would otherwise", () => {
  const device = hardware[2];
  const of = (pass: Pass, more: Means = {}): string => choose(pass, { device, ...more }).reason;
  expect(of(forward(4, 4, 512, 64))).toBe(
    "scan, 1 sequence a workgroup, weights in registers (64 a thread), est. 414 us; a dispatch a step would take 1.78 ms",
  );
  expect(of(forward(4, 4, 512, 64), { strategy: "step" })).toBe(
    "a dispatch a step, 1 sequence an invocation, est. 1.78 ms, as asked; a scan would take 414 us",
  );
  expect(of(backward(4, 1, 512, 1024))).toMatch(/^a dispatch a step, .*; a scan does not fit$/);
  expect(of(forward(4, 4, 512, 64), { seconds: 1e-4, strategy: "scan" })).toMatch(
    /^scan of 124 steps a dispatch, /,
  );
});

test("plan.print() says it of every layer and pass, and a strategy that there is not is refused", () => {
  const net = sequential({ embed: embedding(9, 8), rnn: lstm(8, 64, { numLayers: 2 }), head: linear(64, 9) });
  const sizes = { batchSize: 4, sequenceLength: 32 };
  const training = { ...sizes, loss: crossEntropy(), optimizer: adam() };
  const lines = net.plan(training).print().split("\n");
  for (const what of ["layer 0 forward", "layer 1 forward", "layer 0 backward", "layer 1 backward"]) {
    expect(
      lines.filter((line) => line.startsWith(`rnn ${what}: scan, 1 sequence a workgroup, `)),
    ).toHaveLength(1);
  }
  const asked = net.plan({ ...sizes, strategy: "step" }).print();
  expect(asked).toMatch(/^rnn layer 0 forward: a dispatch a step, .* as asked; a scan would take /m);
  expect(lstm(8, 64).plan(sizes).print()).toMatch(/^layer 0 forward: scan, /m);
  expect(() => net.plan({ ...sizes, strategy: "all" as "scan" })).toThrow(
    'plan: strategy is "all"; it must be scan, step.',
  );
});

describe("a scan has the workgroup memory and the registers that it was chosen for", () => {
  const made: readonly (readonly [string, Cell])[] = [
    ["rnn", rnnCell()],
    ["lstm", lstmCell()],
    ["lstm, projected", lstmCell({ projected: true })],
    ["gru", gruCell()],
    ["gru that resets before", gruCell({ resetAfter: false })],
    ["normed", normed],
    ["chained", chained],
  ];
  test.each(made)("%s", (_, cell) => {
    const graph = graphOf(cell);
    for (const H of [8, 31, 64, 100, 512]) {
      for (const backward of [false, true]) {
        const widths = { H, I: 3, P: graph.projected ? 5 : H };
        const asked = { backward, bias: true, dy: true, keep: true, widths };
        const program = programOf(graph, asked);
        const exchanges = exchangedOf(program, graph, widths);
        const pass = { T: 9, B: 4, H, D: 1, exchanges, gives: 1 };
        const choice = choose(pass, { strategy: "scan", device: hardware[2] });
        const [kernel] = scan(graph, { ...asked, ...choice }).kernels;
        expect(kernel.workgroupBytes).toBe(scanBytes(exchanges, choice.threads, choice.tile));
        const sizes = [...textOf(kernel).matchAll(/var<private> held_\d+: array<f32, (\d+)>/g)];
        const held = sizes.reduce((n, [, size]) => n + Number(size), 0);
        expect(held).toBe(choice.resident ? holds(exchanges, choice.threads) : 0);
      }
    }
  });
});

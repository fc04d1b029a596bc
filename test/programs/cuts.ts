// Before a program of this folder runs in a test, this Vite plugin cuts its sizes, so that a software adapter
// carries it, and turns each statement that must not compile into `await refused(async () => { … })`.

import { basename } from "node:path";
import type { Plugin } from "vite";

type Cut = readonly [from: string, to: string];

/** What is replaced in each program, everywhere it stands. A text that is not there is an error. */
const cuts: { readonly [program: string]: readonly Cut[] } = {
  "p01_char_lm_tbptt.ts": [
    ["V, 64", "V, 8"],
    ["lstm(64, 256", "lstm(8, 16"],
    ["linear(256", "linear(16"],
    ["batchSize: 32, sequenceLength: 64", "batchSize: 4, sequenceLength: 8"],
    ["epoch < 10", "epoch < 2"],
    ["maxTokens: 200", "maxTokens: 20"],
  ],
  "p04_pytorch_stream_60fps.ts": [
    ["gru(9, 64", "gru(9, 8"],
    ["linear(64", "linear(8"],
  ],
  "p05_webgpu_app.ts": [["batchSize: 4096", "batchSize: 32"]],
  "p07_custom_cell.ts": [
    ["recurrent(mgu, 64, 256", "recurrent(mgu, 4, 6"],
    ["recurrent(peephole, 256, 64", "recurrent(peephole, 6, 5"],
    ["recurrent(leaky, 64", "recurrent(leaky, 5"],
  ],
  "p08_transfer_frozen.ts": [
    ["V, 64", "V, 6"],
    ["lstm(64, 256)", "lstm(6, 8)"],
    ["linear(256", "linear(8"],
    ["batchSize: 32", "batchSize: 4"],
    ["sequenceLength: 64", "sequenceLength: 7"],
  ],
  "p10_resume_indexeddb.ts": [
    ["V, 64", "V, 8"],
    ["gru(64, 256)", "gru(8, 16)"],
    ["linear(256", "linear(16"],
    ["batchSize: 32, sequenceLength: 64", "batchSize: 4, sequenceLength: 8"],
    ["% 500", "% 3"],
  ],
  "p11_worker.ts": [
    ["V, 64", "V, 8"],
    ["lstm(64, 256)", "lstm(8, 16)"],
    ["linear(256", "linear(16"],
    ["batchSize: 32, sequenceLength: 64", "batchSize: 4, sequenceLength: 8"],
    // a worker has no test to declare these
    ["declare const V: number;", "const V = 12;"],
    [
      "declare const ids: Int32Array;",
      "const ids = Int32Array.from({ length: 4 * 8 * 2000 + 1 }, (_, t) => t % 12);",
    ],
  ],
  // the GPU is to be lost on the way, so it must be the GPU that begins
  "p12_cpu_fallback.ts": [
    ["await bestBackend()", "await webgpu()"],
    ["  bestBackend,", "  webgpu,"],
    ["V, 32", "V, 8"],
    ["gru(32, 64)", "gru(8, 16)"],
    ["linear(64", "linear(16"],
    ["batchSize: 16, sequenceLength: 32", "batchSize: 2, sequenceLength: 5"],
    ["% 100", "% 2"],
  ],
  "p13_dynamic_T.ts": [
    ["lstm(4, 32)", "lstm(4, 6)"],
    ["linear(32", "linear(6"],
    ["batchSize: 16", "batchSize: 4"],
    ["sequenceLength: 500", "sequenceLength: 12"],
  ],
  // its results go nowhere: the test looks at them
  "p14_batch_inference.ts": [
    ["128", "8"],
    ["40", "3"],
    ["sequenceLength: 300", "sequenceLength: 14"],
    ["const result =", "export const result ="],
  ],
  "p16_sweep.ts": [
    ["V, 32", "V, 4"],
    ["cell(32, hidden", "cell(4, hidden"],
    ["[64, 128, 256]", "[4, 6]"],
    ["batchSize: 32, sequenceLength: 64", "batchSize: 4, sequenceLength: 8"],
  ],
  "p17_shared_weights.ts": [
    ["V, 64", "V, 8"],
    ["lstm(64, 256)", "lstm(8, 16)"],
    ["linear(256", "linear(16"],
    ["batchSize: 32, sequenceLength: 64", "batchSize: 4, sequenceLength: 8"],
    ["% 100", "% 2"],
    ["maxTokens: 200", "maxTokens: 10"],
  ],
  "p18_losses_targets.ts": [
    ["lstm(80, 256", "lstm(3, 4"],
    ["linear(512, 40)", "linear(8, 6)"],
    ["lstm(80, 64)", "lstm(3, 4)"],
    ["linear(64, 9)", "linear(4, 6)"],
    ["linear(64, 1)", "linear(4, 1)"],
    ["batchSize: 8, sequenceLength: 400", "batchSize: 2, sequenceLength: 5"],
    ["using c =", "console.log(await a.metrics(), await b.metrics());\nusing c ="],
    // types alone refuse these
    ["// @ts-expect-error a misspelt option\nlstm(9, 4, { numLayer: 2 });\n", ""],
    [
      "// @ts-expect-error a misspelt option\n" +
        "await gpu.trainer(speech, { ...sizes, loss: crossEntropy(), optimizer, clipnorm: 1 });\n",
      "",
    ],
  ],
  "p19_verify_float64.ts": [
    ["lstm(40, 128", "lstm(5, 7"],
    ["batchSize: 4, sequenceLength: 50", "batchSize: 3, sequenceLength: 6"],
  ],
};

function cut(program: string, code: string): string {
  return (cuts[program] ?? []).reduce((text, [from, to]) => {
    if (!text.includes(from)) {
      throw new Error(`test/programs/cuts.ts: ${program} holds no "${from}"; cut what it holds now.`);
    }
    return text.replaceAll(from, to);
  }, code);
}

/** Every top-level statement that holds a @ts-expect-error is expected to reject. */
async function expectRefusals(code: string): Promise<string> {
  const { default: ts } = await import("typescript-5.9");
  const { statements } = ts.createSourceFile("program.ts", code, ts.ScriptTarget.Latest);
  return statements
    .map((statement) => {
      const text = code.slice(statement.pos, statement.end);
      return text.includes("@ts-expect-error") ? `\nawait refused(async () => {${text}\n});` : text;
    })
    .join("");
}

export function cutPrograms(): Plugin {
  return {
    name: "cut-programs",
    enforce: "pre",
    async transform(code, id) {
      const path = id.split("?")[0];
      const program = basename(path);
      if (!path.includes("/test/programs/") || !/^p\d+_\w+\.ts$/.test(program)) {
        return null;
      }
      return { code: await expectRefusals(cut(program, code)), map: null };
    },
  };
}

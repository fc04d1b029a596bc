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
  "p02_text_classification.ts": [
    ["vocab.size, 32", "vocab.size, 6"],
    ["lstm(32, 64", "lstm(6, 8"],
    ["linear(128", "linear(16"],
    ["batchSize: 64, sequenceLength: 80", "batchSize: 8, sequenceLength: 9"],
    ["(train, 64)", "(train, 8)"],
    ["(heldOut, 64)", "(heldOut, 8)"],
    ["at += 64", "at += 8"],
    ["at + 64", "at + 8"],
    ["optimizer: adam()", "optimizer: adam({ lr: 3e-2 })"],
  ],
  "p03_seq2seq_attention.ts": [
    ["batchSize: 32", "batchSize: 4"],
    ["at += 32", "at += 4"],
    ["at + 32", "at + 4"],
    ["source: 40, previous: 30", "source: 7, previous: 5"],
  ],
  "seq2seq.ts": [
    ["S, 64", "S, 5"],
    ["V, 64", "V, 5"],
    ["lstm(64", "lstm(5"],
    ["H = 128", "H = 6"],
  ],
  "p04_pytorch_stream_60fps.ts": [
    ["gru(9, 64", "gru(9, 8"],
    ["linear(64", "linear(8"],
  ],
  "p05_webgpu_app.ts": [["batchSize: 4096", "batchSize: 32"]],
  "p06_teacher_vs_generated.ts": [
    ["batchSize: 8", "batchSize: 3"],
    ["Int32Array(8)", "Int32Array(3)"],
    ["[1, 8, 128]", "[1, 3, 6]"],
    ["source: 40, previous: 30", "source: 7, previous: 5"],
    ["sequenceLength: 40", "sequenceLength: 7"],
    ["memory: 40", "memory: 7"],
    ["maxTokens: 30", "maxTokens: 6"],
    ["subarray(0, 30)", "subarray(0, 6)"],
  ],
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
  "p09_gradient_flow.ts": [
    ["rnn(8, 32)", "rnn(8, 6)"],
    ["lstm(8, 32)", "lstm(8, 6)"],
    ["linear(32", "linear(6"],
    ["batchSize: 16", "batchSize: 4"],
    ["sequenceLength: 200", "sequenceLength: 12"],
    ["% 50", "% 3"],
    ["[1, 20, 32]", "[1, 20, 6]"],
    ["new Float32Array(640)", "new Float32Array(120)"],
    // here what does not compile is what is not there
    ["a.inputs.lengths;", 'if (!("lengths" in a.inputs)) throw new Error("there is none");'],
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
      if (!path.includes("/test/programs/") || !/^(p\d+_\w+|seq2seq)\.ts$/.test(program)) {
        return null;
      }
      return { code: await expectRefusals(cut(program, code)), map: null };
    },
  };
}

// What a bundler makes of the installed package: all of it is small, an LSTM trainer alone is smaller, the more so where it
// is for the CPU alone, and importing it does nothing.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Rolldown } from "vite";
import { expect, inject, test } from "vitest";

/** A program in the consumer's folder as one minified module. */
async function bundle(name: string, source: string): Promise<string> {
  const root = inject("consumer");
  const entry = join(root, `${name}.js`);
  writeFileSync(entry, source);
  const result = (await build({
    root,
    configFile: false,
    logLevel: "error",
    build: {
      target: "es2022",
      minify: true,
      write: false,
      rolldownOptions: {
        input: entry,
        preserveEntrySignatures: "strict",
        // the package says that it has no side effects: here its modules must show it
        treeshake: { moduleSideEffects: true },
      },
    },
  })) as Rolldown.RolldownOutput;
  return result.output.map((chunk) => (chunk.type === "chunk" ? chunk.code : "")).join("");
}

const gzip = (code: string): number => gzipSync(code, { level: 9 }).length;

const lstmTrainer = (backend: "webgpu" | "cpu"): string => `
  import { adam, crossEntropy, embedding, linear, lstm, sequential, ${backend} } from "webrnn";
  const net = sequential({ embed: embedding(9, 8), rnn: lstm(8, 8), head: linear(8, 9) });
  const backend = await ${backend}();
  const sizes = { batchSize: 1, sequenceLength: 4 };
  const trainer = await backend.trainer(net, { ...sizes, loss: crossEntropy(), optimizer: adam() });
  await trainer.step({ x: [1, 2, 3, 4], target: [2, 3, 4, 5] });
  console.log(await trainer.metrics());
`;

// The aims are 70 and 40 kB; this is what has been reached, held so that it only shrinks. Of all, the two modules of
// WebAssembly are 4.7 kB.
const reached = { all: 107_400, trainer: 75_320, onCpu: 73_210 };

test("all of the library is small, an LSTM trainer alone is less", async () => {
  const all = await bundle("all", `export * from "webrnn";`);
  const trainer = await bundle("trainer", lstmTrainer("webgpu"));
  const onCpu = await bundle("on_cpu", lstmTrainer("cpu"));
  console.log(
    `gzip: all ${gzip(all)} bytes, an LSTM trainer ${gzip(trainer)} bytes, on the CPU ${gzip(onCpu)} bytes`,
  );
  expect(gzip(all)).toBeLessThan(reached.all);
  expect(gzip(trainer)).toBeLessThan(reached.trainer);
  expect(gzip(onCpu)).toBeLessThan(reached.onCpu);
  expect(all).toContain("gru_reset_before");
  expect(trainer).not.toContain("gru_reset_before");
});

test("shaders come without comments", async () => {
  const all = await bundle("shaders", `export * from "webrnn";`);
  expect(all).toContain("@compute");
  expect(all).not.toMatch(/\\n\s*\/\/|\/\*|^\s*\/\//);
});

test("a module that only imports it is empty", async () => {
  expect((await bundle("nothing", `import "webrnn";`)).trim()).toBe("");
});

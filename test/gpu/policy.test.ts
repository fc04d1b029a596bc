// A page with a Content-Security-Policy: without 'wasm-unsafe-eval' the browser refuses WebAssembly, and the
// CPU backend runs on plain loops and says why; with it, SIMD runs. In neither does it need 'unsafe-eval'.

import { expect, test } from "vitest";
import { cpu, lstm } from "../../src/index.js";
import { floats } from "../agree_check.js";

const library = new URL("../../src/index.ts", import.meta.url).href;
const x = floats([1, 3, 2], 1).data;

interface Told {
  readonly name?: string;
  readonly reason?: string;
  readonly y?: readonly number[];
  readonly error?: string;
}

/** What the library says in a page whose scripts may do only so much. */
async function inPage(allowed: string): Promise<Told> {
  const frame = document.createElement("iframe");
  frame.srcdoc = `
    <meta http-equiv="Content-Security-Policy" content="script-src ${location.origin} 'unsafe-inline' ${allowed}">
    <script type="module">
      try {
        const { cpu, lstm } = await import(${JSON.stringify(library)});
        const backend = cpu();
        const net = lstm(2, 5);
        const weights = net.initialWeights({ seed: 1 });
        const session = await backend.session(net, { weights, batchSize: 1, sequenceLength: 3 });
        const { y } = session.runSync({ x: new Float32Array(${JSON.stringify([...x])}) });
        parent.postMessage({ name: backend.name, reason: backend.reason, y: [...y] }, "*");
      } catch (error) {
        parent.postMessage({ error: String(error) }, "*");
      }
    </script>`;
  const told = new Promise<Told>((resolve) => {
    const listen = ({ data, source }: MessageEvent<Told>): void => {
      if (source !== frame.contentWindow) return;
      window.removeEventListener("message", listen);
      resolve(data);
    };
    window.addEventListener("message", listen);
  });
  document.body.append(frame);
  try {
    return await told;
  } finally {
    frame.remove();
  }
}

async function here(simd: boolean): Promise<Told> {
  const backend = cpu({ simd });
  const net = lstm(2, 5);
  const weights = net.initialWeights({ seed: 1 });
  const session = await backend.session(net, { weights, batchSize: 1, sequenceLength: 3 });
  return { name: backend.name, reason: backend.reason, y: [...session.runSync({ x }).y] };
}

test("a page that refuses WebAssembly has plain loops, and hears why", async () => {
  const told = await inPage("");
  const plain = await here(false);
  expect(told).toEqual({ ...plain, reason: expect.stringMatching(/; no SIMD: .*Content Security Policy/) });
  expect(told.name).toBe("CPU, plain loops");
  expect(told.y?.length).toBe(15);
});

test("a page that allows it has SIMD", async () => {
  const told = await inPage("'wasm-unsafe-eval'");
  expect(told).toEqual(await here(true));
  expect(told.name).toMatch(/^CPU, SIMD/);
  expect(told.reason).toBe("cpu() asked for it");
});

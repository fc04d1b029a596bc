// The installed package runs: in a Vite application and in a plain page with `<script type="module">`, each
// in Chromium, where it trains on WebGPU and on the CPU. And what was packed is what a package should hold.

import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { type Browser, chromium } from "playwright";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { build } from "vite";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { browserArgs, findBrowser } from "../../scripts/browser.mjs";
import { expectLearning, program, type Result } from "./program.js";

const pageProgram = `
  ${program}
  window.result = await result(webgpu);
`;

declare global {
  interface Window {
    result?: Result;
  }
}

const types: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".map": "application/json",
};

let browser: Browser;
let server: Server;

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: findBrowser() ?? "chromium", args: browserArgs() });
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    try {
      const body = readFileSync(join(inject("consumer"), pathname));
      response.writeHead(200, { "content-type": types[extname(pathname)] ?? "text/plain" }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
});

afterAll(async () => {
  await browser.close();
  server.close();
});

/** Opens a page of the consumer's folder, waits for its result and asserts that it learnt. */
async function expectToLearn(path: string): Promise<void> {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(String(error)));
  const { port } = server.address() as AddressInfo;
  await page.goto(`http://127.0.0.1:${port}/${path}`);
  const result = await page
    .waitForFunction(() => window.result, undefined, { timeout: 60_000 })
    .then((handle) => handle.jsonValue() as Promise<Result>)
    .finally(() => page.close());
  expect(complaints).toEqual([]);
  expectLearning(result);
}

test("it runs in a plain page with a module script", async () => {
  const importMap = JSON.stringify({ imports: { webrnn: "./node_modules/webrnn/dist/index.js" } });
  const html = `<!doctype html><link rel="icon" href="data:,"><script type="importmap">${importMap}</script>
    <script type="module">${pageProgram}</script>`;
  writeFileSync(join(inject("consumer"), "plain.html"), html);
  await expectToLearn("plain.html");
});

test("it runs in a Vite application", async () => {
  const root = inject("consumer");
  writeFileSync(join(root, "main.js"), pageProgram);
  const html = `<!doctype html><link rel="icon" href="data:,"><script type="module" src="./main.js"></script>`;
  writeFileSync(join(root, "index.html"), html);
  await build({ root, base: "./", configFile: false, logLevel: "error", build: { target: "es2022" } });
  await expectToLearn("dist/index.html");
});

test("publint finds nothing, and nothing is installed beside it", async () => {
  const pkgDir = join(inject("consumer"), "node_modules/webrnn");
  const { messages, pkg } = await publint({ pkgDir, strict: true });
  expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  const manifest = JSON.parse(readFileSync(join(pkgDir, "package.json"), "utf8"));
  expect(manifest.dependencies).toBeUndefined();
  expect(manifest.peerDependencies).toBeUndefined();
  for (const file of ["LICENSE", "README.md", "CHANGELOG.md", "dist/index.js.map", "dist/index.d.ts"]) {
    expect(readFileSync(join(pkgDir, file), "utf8").length, file).toBeGreaterThan(0);
  }
});

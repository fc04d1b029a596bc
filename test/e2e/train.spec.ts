// The page trains, with WebGPU and on the CPU: it learns, writes, pauses, goes on, keeps what it learnt, and
// stays responsive meanwhile.

import { readFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { built, count, countSubmits, openPage, pixelsOf, watchTasks } from "./page.js";

/** Of the novel, in bits per character: character frequencies and bigrams. */
const frequencies = 4.44;
const bigram = 3.48;

/** On the CPU the network that the page begins with; WebGPU may be a program here, so a small one. */
const cases = [
  {
    backend: "webgpu",
    address: "/#backend=webgpu&hidden=32&steps=16&lr=0.02",
    hidden: "32",
    below: frequencies,
    seconds: 45,
    rate: 1,
  },
  { backend: "cpu", address: "/#backend=cpu", hidden: "128", below: bigram, seconds: 20, rate: 12 },
] as const;

for (const { backend, address, hidden, below, seconds, rate } of cases) {
  test(`with ${backend} it learns, writes, pauses and goes on`, async ({ page }) => {
    const { complaints } = await openPage(page, address);
    await built(page);
    await expect(page.locator(".badge")).toHaveAttribute("data-kind", backend);
    await expect(page.locator(".badge")).toContainText(backend === "webgpu" ? "WebGPU" : "CPU, SIMD");
    await expect(page.locator("#hidden")).toHaveValue(hidden);
    const submits = backend === "webgpu" ? await countSubmits(page) : undefined;
    const stopWatching = await watchTasks(page);
    expect(await count(page, "held-out")).toBeGreaterThan(6);
    expect(await count(page, "updates"), "nothing trains before someone asks").toBe(0);

    const pressed = Date.now();
    await page.click("#train");
    await expect(page.locator("#count-training")).not.toHaveText("–", { timeout: 2_000 });
    await expect.poll(() => count(page, "held-out"), { timeout: seconds * 1_000 }).toBeLessThan(below);
    await page.waitForTimeout(Math.max(2_000, 10_000 - (Date.now() - pressed)));
    // the machine may be busy with other things for a while
    await expect.poll(() => count(page, "rate"), { timeout: 20_000 }).toBeGreaterThanOrEqual(rate);
    await expect(page.locator("#standing")).toContainText("below");
    const tasks = await stopWatching();
    expect(tasks.length, "tasks of the page's thread").toBeGreaterThan(100);
    expect(tasks.reduce((longest, task) => Math.max(longest, task))).toBeLessThan(100);

    await page.click("#train");
    await expect(page.locator("#train")).toHaveText("Train");
    const written = page.locator("#samples li");
    const isLookedAt = async () =>
      (await written.first().innerText()).includes(
        `update ${await page.locator("#count-updates").innerText()}`,
      );
    let paused = 0;
    const rests = async () => {
      paused = await count(page, "updates");
      await page.waitForTimeout(700);
      return (await isLookedAt()) && (await count(page, "updates")) === paused;
    };
    await expect.poll(rests, { timeout: 15_000 }).toBe(true);
    if (submits) {
      expect(await submits(), "every update is submitted").toBeGreaterThanOrEqual(paused);
    }
    expect(await written.count()).toBeGreaterThan(1);
    expect((await written.first().locator(".writing").innerText()).length).toBeGreaterThan(100);

    await page.locator("h1").click();
    await page.keyboard.press("Space");
    await expect.poll(() => count(page, "updates")).toBeGreaterThan(paused);
    await page.keyboard.press("Space");
    await expect(page.locator("#train")).toHaveText("Train");

    expect(await pixelsOf(page, "#chart-score", "held-out")).toBeGreaterThan(100);
    expect(await pixelsOf(page, "#chart-time", "layer-1"), "the gradient through time").toBeGreaterThan(100);
    await expect(page.locator("#time-sentence")).toContainText(/\d+ steps back/);
    expect(complaints).toEqual([]);
  });
}

test("where WebAssembly is refused it trains a smaller network by plain loops, and says so", async ({
  page,
}) => {
  await page.route(/\.html$|\/$|\/worker-.*\.js$/, async (route) => {
    const response = await route.fetch();
    const headers = { ...response.headers(), "content-security-policy": "script-src 'self'" };
    await route.fulfill({ response, headers });
  });
  const { complaints } = await openPage(page, "/#backend=cpu");
  await built(page);
  const badge = page.locator(".badge");
  await expect(badge).toContainText("CPU, plain loops");
  await expect(badge).toContainText("security policy refuses WebAssembly");
  await page.selectOption("#tongue", "ko");
  await expect(badge).toContainText("보안 정책이 WebAssembly를 막아");
  await expect(page.locator("#hidden")).toHaveValue("64");
  await page.click("#train");
  await expect.poll(() => count(page, "held-out"), { timeout: 30_000 }).toBeLessThan(frequencies);
  await expect.poll(() => count(page, "rate"), { timeout: 20_000 }).toBeGreaterThan(5);
  expect(complaints).toEqual([]);
});

test("what is saved is what is loaded, and a wrong file changes nothing", async ({ page }) => {
  const { complaints } = await openPage(page, "/#backend=cpu&hidden=16&cell=gru");
  await built(page);
  await page.click("#train");
  await expect.poll(() => count(page, "updates")).toBeGreaterThan(20);
  await page.click("#train");
  await expect(page.locator("#train")).toHaveText("Train");
  await page.waitForTimeout(1_000);
  const learnt = { updates: await count(page, "updates"), bits: await count(page, "held-out") };
  const files: { readonly [what: string]: Buffer } = {
    checkpoint: await saved("#save-checkpoint"),
    weights: await saved("#save-weights"),
  };

  await page.click("#reset");
  await expect.poll(() => count(page, "updates"), "saved, so nothing is asked").toBe(0);
  await expect.poll(() => count(page, "held-out")).toBeGreaterThan(6);

  await open("checkpoint.safetensors", files.checkpoint);
  await expect.poll(() => count(page, "updates")).toBe(learnt.updates);
  await expect.poll(() => count(page, "held-out")).toBe(learnt.bits);

  await open("weights.safetensors", files.weights);
  await expect.poll(() => count(page, "updates")).toBe(0);
  await expect.poll(() => count(page, "held-out")).toBe(learnt.bits);

  for (const [name, bytes] of [
    ["cut.safetensors", files.weights.subarray(0, 300)],
    ["picture.png", Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 0xff])],
  ] as const) {
    await open(name, bytes);
    await expect(page.locator("#failure")).toContainText("nothing was changed");
    expect(await count(page, "held-out")).toBe(learnt.bits);
    await page.locator("#failure button").click();
  }
  expect(complaints).toEqual([]);

  async function saved(button: string): Promise<Buffer> {
    const download = page.waitForEvent("download");
    await page.click(button);
    return readFile(await (await download).path());
  }

  async function open(name: string, buffer: Buffer): Promise<void> {
    await page.setInputFiles("#open", { name, mimeType: "application/octet-stream", buffer });
  }
});

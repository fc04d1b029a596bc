// The page for all who come: with a keyboard, a phone, in Korean, in the dark; with settings, texts and
// mistakes.

import { expect, test } from "@playwright/test";
import { built, count, openPage, seriousFaults, worker } from "./page.js";

const small = "backend=cpu&hidden=16&cell=gru";

test("axe finds nothing serious, in English and Korean, light and dark, wide and narrow", async ({
  page,
}) => {
  const { complaints } = await openPage(page, `/#${small}`);
  await built(page);
  await page.click("#check");
  await expect(page.locator("#verdict")).toContainText("computes right");
  await page.getByText("Show the program").click();
  await page.click("#train");
  await expect.poll(() => count(page, "updates")).toBeGreaterThan(5);
  await page.click("#train");
  expect(await seriousFaults(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.selectOption("#tongue", "ko");
  await expect(page.locator("html")).toHaveAttribute("lang", "ko");
  await expect(page.locator("#train")).toHaveText("학습");
  expect(await seriousFaults(page)).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow, "nothing is wider than a phone").toBeLessThanOrEqual(0);
  expect(complaints).toEqual([]);
});

test("settings live in the address; what needs a new network waits for Reset", async ({ page }) => {
  await openPage(page, `/#${small}&lr=0.01&layers=2`);
  await built(page);
  await expect(page.locator("#layers")).toHaveValue("2");
  await page.click("#train");
  await expect.poll(() => count(page, "updates")).toBeGreaterThan(3);
  await page.locator("#lr").focus();
  await page.keyboard.press("ArrowRight");
  expect(new URL(page.url()).hash).toContain("lr=0.011");
  await page.selectOption("#hidden", "32");
  await expect(page.locator("#pending")).toContainText("hidden units");
  await expect(page.locator("#train")).toHaveText("Pause");

  await page.click("#reset");
  await expect(page.locator("#question")).toBeVisible();
  await page.click("#ask-cancel");
  await expect(page.locator("#train"), "it goes on as before").toHaveText("Pause");
  await page.click("#reset");
  await page.click("#ask-forget");
  await expect(page.locator("#pending")).toHaveCount(0);
  await expect.poll(() => count(page, "updates")).toBe(0);

  await page.reload();
  await built(page);
  await expect(page.locator("#hidden")).toHaveValue("32");
  await expect(page.locator("#code")).toContainText("gru(16, 32, { numLayers: 2 })");
});

test("texts: names in a language, one's own, and those that cannot be learnt", async ({ page }) => {
  const { complaints } = await openPage(page, `/#${small}&text=names&language=ko`);
  await built(page);
  await expect(page.locator("#excerpt")).toContainText("괄호");
  await expect(page.locator("#language")).toHaveValue("ko");

  await page.getByText("Your own", { exact: true }).click();
  for (const [text, sentence] of [
    ["aaaa".repeat(500), "only one symbol"],
    ["too short a text", "Choose fewer sequences or steps, or a longer text"],
  ]) {
    await page.fill("#own-text", text);
    await page.click("#own-use");
    await expect(page.locator("#failure")).toContainText(sentence);
    await expect(page.locator("#excerpt"), "the network still reads the old text").toContainText("괄호");
  }
  await page.fill("#own-text", "the cat sat on the mat. ".repeat(100));
  await page.click("#own-use");
  await expect(page.locator("#excerpt")).toContainText("the cat sat");
  await expect(page.locator("#failure")).toHaveCount(0);
  await page.click("#train");
  await expect.poll(() => count(page, "held-out"), { timeout: 20_000 }).toBeLessThan(3);
  expect(complaints).toEqual([]);
});

test("without an adapter it says so, and computes on the CPU when asked", async ({ page }) => {
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "gpu", { value: undefined }));
  await page.route(/\/worker-.*\.js$/, async (route) => {
    const response = await route.fetch();
    const body = `Object.defineProperty(WorkerNavigator.prototype, "gpu", { value: undefined });\n${await response.text()}`;
    await route.fulfill({ response, body });
  });
  await openPage(page, "/#backend=webgpu&hidden=16");
  await expect(page.locator("#failure")).toContainText("no WebGPU adapter");
  await expect(page.locator(".badge"), "it looks for none any more").toHaveText("No device");
  await page.selectOption("#backend", "auto");
  await built(page);
  await expect(page.locator(".badge")).toHaveAttribute("data-kind", "cpu");
  await expect(page.locator("#failure")).toHaveCount(0);
});

test("a lost device is said, and the network goes on elsewhere from its last checkpoint", async ({
  page,
}) => {
  await openPage(page, "/#backend=webgpu&hidden=16&steps=8&batch=4&cell=rnn");
  await expect.poll(() => page.workers().length).toBeGreaterThan(0);
  await worker(page).evaluate(() => {
    const found = globalThis as typeof globalThis & { device?: GPUDevice };
    const { requestDevice } = GPUAdapter.prototype;
    GPUAdapter.prototype.requestDevice = async function (this: GPUAdapter, descriptor) {
      found.device = await requestDevice.call(this, descriptor);
      return found.device;
    };
  });
  await built(page);
  await page.selectOption("#backend", "cpu");
  await expect(page.locator(".badge")).toHaveAttribute("data-kind", "cpu");
  await page.selectOption("#backend", "webgpu");
  await expect(page.locator(".badge")).toHaveAttribute("data-kind", "webgpu", { timeout: 30_000 });
  await expect(page.locator(".building")).toHaveCount(0);
  await page.click("#train");
  await expect.poll(() => count(page, "updates"), { timeout: 20_000 }).toBeGreaterThan(5);
  await worker(page).evaluate(() =>
    (globalThis as typeof globalThis & { device?: GPUDevice }).device?.destroy(),
  );
  await expect(page.locator("#lost")).toContainText("The device was lost");
  await expect(page.locator("#train")).toHaveText("Train");
  await page.locator("#lost button").click();
  await expect(page.locator(".badge")).toHaveAttribute("data-kind", "cpu");
  await expect.poll(() => count(page, "updates")).toBeGreaterThan(0);
  await expect(page.locator("#lost")).toHaveCount(0);
});

// The second exercise: a network that tells languages apart learns, says what it thinks of a name as it is typed,
// shows what it confuses, and is saved and linked to like the first.

import { readFile } from "node:fs/promises";
import { expect, type Page, test } from "@playwright/test";
import { built, count, openPage, pixelsOf, seriousFaults, share, watchTasks } from "./page.js";

const three = "exercise=languages&languages=en-de-fi";
const small = `${three}&backend=cpu&hidden=16&cell=gru&lr=0.01`;

/**
 * On the CPU the network that the page begins with; WebGPU may be a program here, so a small one. Of these three
 * languages, in per cent, whoever guesses is right in about 40, and pairs of letters tell 86.
 */
const cases = [
  {
    backend: "webgpu",
    address: `/#${three}&backend=webgpu&hidden=16&steps=16&batch=32&lr=0.02`,
    learnt: 60,
    seconds: 60,
  },
  { backend: "cpu", address: `/#${three}&backend=cpu`, learnt: 75, seconds: 30 },
] as const;

for (const { backend, address, learnt, seconds } of cases) {
  test(`with ${backend} it learns which language a name is in, and says so letter by letter`, async ({
    page,
  }) => {
    const { complaints } = await openPage(page, address);
    await read(page);
    await expect(page.locator(".badge")).toHaveAttribute("data-kind", backend);
    await expect(page).toHaveTitle(/which language/);
    const stopWatching = await watchTasks(page);
    expect(await count(page, "updates"), "nothing trains before someone asks").toBe(0);
    expect(await share(page, "held-out"), "it guesses").toBeLessThan(60);

    await page.click("#train");
    await expect.poll(() => share(page, "held-out"), { timeout: seconds * 1_000 }).toBeGreaterThan(learnt);
    await expect(page.locator("#standing")).toContainText("naive Bayes");
    await page.locator("#name").pressSequentially("schmetterling", { delay: 20 });
    await expect(page.locator("#letters thead th")).toHaveCount("schmetterling".length);
    const tasks = await stopWatching();
    expect(tasks.reduce((longest, task) => Math.max(longest, task))).toBeLessThan(100);

    await page.click("#train");
    await expect(page.locator("#train")).toHaveText("Train");
    await expect(page.locator("#thought")).toContainText("Deutsch");
    await expect(page.locator("#beliefs .best th")).toHaveText("Deutsch");
    await expect(page.locator("#changes")).toContainText("after “s");
    expect(await share(page, "training")).toBeGreaterThan(learnt - 10);
    await everyNameIsInTheTable(page);
    expect(await pixelsOf(page, "#chart-score", "held-out")).toBeGreaterThan(100);
    expect(await pixelsOf(page, "#chart-loss", "training")).toBeGreaterThan(50);
    expect(await pixelsOf(page, "#chart-time", "layer-1"), "the gradient through time").toBeGreaterThan(50);
    expect(complaints).toEqual([]);
  });
}

test("its settings and its name live in the address; turning away asks, and back finds what was", async ({
  page,
}) => {
  const { complaints } = await openPage(page, `/#${small}&directions=forward&name=perhonen`);
  await read(page);
  await expect(page.locator("#name")).toHaveValue("perhonen");
  await expect(page.locator("#thought")).toContainText("perhonen");
  await page.getByLabel("polski").check();
  await expect(page.locator("#beliefs tr")).toHaveCount(4);
  await page.fill("#name", "motyl");
  await expect(page).toHaveURL(/languages=en-de-fi-pl.*name=motyl/);
  await page.reload();
  await expect(page.locator("#thought")).toContainText("motyl");
  await expect(page.locator("#beliefs tr")).toHaveCount(4);
  await expect(page.getByLabel("forward")).toBeChecked();

  await page.click("#train");
  await expect.poll(() => count(page, "updates")).toBeGreaterThan(3);
  await page.getByText("Writing", { exact: true }).click();
  await expect(page.locator("#question")).toContainText("Turning to the other exercise forgets");
  await page.click("#ask-cancel");
  await expect(page.getByLabel("Which language?")).toBeChecked();
  await page.getByText("Writing", { exact: true }).click();
  await page.click("#ask-forget");
  await built(page);
  await expect(page.locator("#prompt")).toBeVisible();
  await expect(page.locator("#confusion")).toHaveCount(0);
  await expect(page).toHaveURL(/exercise=writing/);
  await expect(page).toHaveTitle(/learns to write/);
  await expect.poll(() => count(page, "held-out"), "bits again").toBeGreaterThan(4);

  await page.getByText("Which language?", { exact: true }).click();
  await read(page);
  await expect(page.locator("#hidden")).toHaveValue("16");
  await expect(page.locator("#beliefs tr")).toHaveCount(4);
  expect(complaints).toEqual([]);
});

test("two languages must stay ticked", async ({ page }) => {
  await openPage(page, `/#${small}`);
  await read(page);
  await page.getByLabel("Deutsch").uncheck();
  await expect(page.locator("#languages input:checked")).toHaveCount(2);
  await expect(page.getByLabel("English")).toBeDisabled();
  await expect(page.getByLabel("suomi")).toBeDisabled();
});

test("what it has learnt is saved and loaded, from either exercise", async ({ page }) => {
  const { complaints } = await openPage(page, `/#${small}`);
  await read(page);
  await page.click("#train");
  await expect.poll(() => count(page, "updates")).toBeGreaterThan(20);
  await page.click("#train");
  await expect(page.locator("#train")).toHaveText("Train");
  await page.waitForTimeout(1_000);
  const learnt = { updates: await count(page, "updates"), share: await share(page, "held-out") };
  const download = page.waitForEvent("download");
  await page.click("#save-checkpoint");
  const buffer = await readFile(await (await download).path());

  await page.getByText("Writing", { exact: true }).click();
  await built(page);
  const file = { name: "names.safetensors", mimeType: "application/octet-stream", buffer };
  await page.setInputFiles("#open", file);
  await expect(page.locator("#note")).toContainText("Checkpoint loaded");
  await expect(page.locator("#beliefs tr")).toHaveCount(3);
  expect(await count(page, "updates")).toBe(learnt.updates);
  await expect.poll(() => share(page, "held-out")).toBe(learnt.share);
  expect(complaints).toEqual([]);
});

test("axe finds nothing serious in it, and nothing is wider than a phone", async ({ page }) => {
  const { complaints } = await openPage(page, `/#${small}&name=schmetterling`);
  await read(page);
  await page.click("#check");
  await expect(page.locator("#verdict")).toContainText("computes right");
  await page.click("#train");
  await expect.poll(() => share(page, "held-out"), { timeout: 20_000 }).toBeGreaterThan(60);
  await page.click("#train");
  await expect(page.locator("#train")).toHaveText("Train");
  expect(await seriousFaults(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.selectOption("#tongue", "ko");
  await expect(page.locator(".hood h2")).toHaveText("속을 들여다보면");
  await expect(page.locator("#changes")).toContainText("생각의 흐름");
  await everyNameIsInTheTable(page);
  expect(await seriousFaults(page)).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
  expect(complaints).toEqual([]);
});

/** Waits until a network stands and has read a name. */
async function read(page: Page): Promise<void> {
  await expect(page.locator("#beliefs tr")).not.toHaveCount(0, { timeout: 30_000 });
}

/** Per cent in each row of the picture: a whole, but for rounding. */
async function everyNameIsInTheTable(page: Page): Promise<void> {
  const rows = await page
    .locator("#confusion tbody tr")
    .evaluateAll((all) =>
      all.map((row) => [...row.querySelectorAll("td")].map((cell) => Number(cell.innerText || 0))),
    );
  expect(rows.length).toBeGreaterThan(1);
  for (const row of rows) {
    expect(Math.abs(row.reduce((sum, value) => sum + value, 0) - 100)).toBeLessThanOrEqual(row.length);
  }
}

// What is where: nothing that one aims at moves by itself, a phone shows first what Train sets in motion, and a
// failure is brought into view.

import { expect, type Page, test } from "@playwright/test";
import { built, count, openPage } from "./page.js";

/** Notes in every frame where what is below the bar begins; gives all places so far. */
async function watchPlaces(page: Page): Promise<() => Promise<number[]>> {
  await page.addInitScript(() => {
    const seen = globalThis as typeof globalThis & { places: Set<number> };
    seen.places = new Set();
    const look = () => {
      const columns = document.querySelector(".columns");
      if (columns) {
        seen.places.add(Math.round(columns.getBoundingClientRect().top + scrollY));
      }
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  return () => page.evaluate(() => [...(globalThis as typeof globalThis & { places: Set<number> }).places]);
}

for (const [width, height] of [
  [1600, 1000],
  [1100, 800],
  [768, 1024],
  [390, 844],
  [320, 640],
]) {
  test(`with ${width} pixels nothing jumps while it is built and trains, and nothing is wider`, async ({
    page,
  }) => {
    await page.setViewportSize({ width, height });
    const places = await watchPlaces(page);
    await openPage(page, "/#backend=cpu&hidden=16");
    await built(page);
    await page.click("#reset");
    await expect(page.locator(".building")).toHaveCount(0);
    await page.click("#train");
    await expect.poll(() => count(page, "held-out"), { timeout: 20_000 }).toBeLessThan(4.4);
    await page.click("#train");
    expect(await places(), "where the columns began").toHaveLength(1);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  });
}

test("one column begins with how it learns, three with what it reads", async ({ page }) => {
  await openPage(page, "/#backend=cpu&hidden=16");
  const sections = page.locator(".columns > section");
  await expect(sections.first()).toHaveClass("left");
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(sections.first()).toHaveClass("middle");
  await expect(page.locator("#chart-score canvas"), "the chart has come along").toBeVisible();
});

test("a file that is refused is said where one sees it", async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await openPage(page, "/#backend=cpu&hidden=16");
  await built(page);
  await expect(page.locator("#save-weights")).not.toBeInViewport();
  const buffer = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 0xff]);
  await page.setInputFiles("#open", { name: "picture.png", mimeType: "image/png", buffer });
  await expect(page.locator("#failure")).toBeInViewport({ ratio: 0.9 });
});

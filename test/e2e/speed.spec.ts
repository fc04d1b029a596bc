// The page says how fast the visitor's device is, beside whatever else it does.

import { expect, test } from "@playwright/test";
import { built, count, openPage, seriousFaults } from "./page.js";

test("it measures this device while it trains, and another device forgets that", async ({ page }) => {
  const { complaints } = await openPage(page, "/#backend=cpu&hidden=32&steps=16");
  await built(page);
  await page.click("#train");
  await page.click("#measure");
  await expect(page.locator("#measure")).toBeDisabled();
  const rows = page.locator("#speeds tbody tr");
  await expect(rows).toHaveCount(9, { timeout: 60_000 });
  await expect(page.locator("#measure")).toBeEnabled();
  for (const row of await rows.all()) {
    const [milliseconds, speed] = (await row.locator("td").allInnerTexts()).slice(1).map(Number);
    expect(milliseconds).toBeGreaterThan(0);
    expect(speed).toBeGreaterThan(0);
  }
  await expect(page.locator("#speed-verdict")).toContainText(
    /in [\d.]+ ms, [\d.]+[KMB]? characters a second/,
  );
  await expect(rows.nth(6)).toContainText("2 layers, both directions");
  await expect(rows.nth(2)).toContainText("LSTM: forward");
  await expect(rows.nth(2)).toContainText("1 × 512, 64 → 128");
  const before = await count(page, "updates");
  await expect.poll(() => count(page, "updates"), "training goes on").toBeGreaterThan(before);
  expect(await seriousFaults(page)).toEqual([]);

  await page.selectOption("#backend", "webgpu");
  await page.click("#reset");
  await page.click("#ask-forget");
  await expect(page.locator(".badge")).toHaveAttribute("data-kind", "webgpu", { timeout: 30_000 });
  await expect(rows, "those of the other device").toHaveCount(0);
  expect(complaints).toEqual([]);
});

// What one click tries: other cells, whose gradient reaches further back, and a gradient that explodes.

import { expect, test } from "@playwright/test";
import { built, count, openPage } from "./page.js";

test("an RNN's gradient vanishes, a GRU's gets there, and the page says by how much", async ({ page }) => {
  const { complaints } = await openPage(page, "/#backend=cpu&hidden=64");
  await built(page);
  await expect(page.locator(".equation")).toContainText("cₜ = f ⊙ cₜ₋₁");
  const sentence = page.locator("#time-sentence");
  await page.click("#try-rnn");
  await expect.poll(() => count(page, "updates"), { timeout: 30_000 }).toBeGreaterThan(150);
  await expect(page.locator(".equation")).toContainText("tanh(W xₜ");
  await expect(sentence).toContainText(/it vanishes.*each step back multiplies it by 0\.[1-7]/);

  await page.click("#try-gru");
  await page.click("#ask-forget");
  await expect.poll(() => count(page, "updates"), { timeout: 30_000 }).toBeGreaterThan(150);
  await expect(page.locator("input[value=gru]")).toBeChecked();
  await expect(page).toHaveURL(/cell=gru/);
  await expect(page.getByText("RNN 64 before:")).toBeVisible();
  await expect(page.locator(".middle .key.kept"), "its curve has a name").toHaveText("RNN 64");
  await expect(page.locator(".time .key")).toHaveText(["GRU 64", "RNN 64"]);
  await expect(sentence).toContainText("it fades, but gets there", { timeout: 30_000 });
  expect(complaints).toEqual([]);
});

test("a gradient explodes, and the same is held by clipping", async ({ page }) => {
  await openPage(page, "/#backend=cpu&hidden=16");
  await built(page);
  const standing = page.locator("#standing");
  await page.click("#try-explode");
  await expect(page.locator("#hidden")).toHaveValue("128");
  await expect(standing).toContainText("worse than chance", { timeout: 30_000 });
  await page.click("#train");
  await expect(page.locator("#train")).toHaveText("Train");

  await page.click("#try-hold");
  await page.click("#ask-forget");
  await expect(standing).toContainText("below the bigram", { timeout: 40_000 });
  await expect(page).toHaveURL(/clip=0\.1/);
});

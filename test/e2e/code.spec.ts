// Copy as code: what the page gives is a program that compiles against the library, whatever the settings.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { expect, test } from "@playwright/test";
import { programOf } from "../../demo/code/program.js";
import { defaults } from "../../demo/defaults.js";
import type { Settings } from "../../demo/settings.js";
import { built, openPage } from "./page.js";

const visit = { power: "middle", language: "en" } as const;

const cases: readonly Partial<Settings>[] = [
  {},
  { backend: "webgpu", cell: "rnn", layers: 2, optimizer: "sgd", clip: Number.POSITIVE_INFINITY },
  { exercise: "languages" },
  { exercise: "languages", languages: "de-nl", directions: "forward", layers: 2, cell: "gru", steps: 16 },
  { backend: "cpu", text: "names", language: "ko", cell: "gru", optimizer: "adamw", prompt: 'a "b"\n' },
];

test("the program compiles", async ({ browserName: _ }, info) => {
  const root = process.cwd();
  cases.forEach((settings, i) => {
    writeFileSync(
      info.outputPath(`program${i}.ts`),
      programOf({ ...defaults(settings.exercise ?? "writing", visit), ...settings }),
    );
  });
  writeFileSync(
    info.outputPath("tsconfig.json"),
    JSON.stringify({
      extends: `${root}/tsconfig.json`,
      compilerOptions: {
        moduleDetection: "force",
        paths: { webrnn: [`${root}/src/index.ts`] },
        typeRoots: [`${root}/node_modules/@types`, `${root}/node_modules`],
      },
      include: ["*.ts", `${root}/src/texts.d.ts`],
      exclude: [],
    }),
  );
  const tsc = ["node_modules/typescript/bin/tsc", "-p", info.outputPath()];
  const { stdout } = spawnSync(process.execPath, tsc, { cwd: root, encoding: "utf8" });
  expect(stdout).toBe("");
});

test("it is copied as it is shown", async ({ page, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await openPage(page, "/#backend=cpu&hidden=16&cell=gru&lr=0.02");
  await built(page);
  await page.click("#copy");
  await expect(page.getByText("Copied")).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toBe(await page.locator("#code").textContent());
  expect(copied).toContain("adam({ lr: 0.02 })");
});

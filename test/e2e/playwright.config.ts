// The end-to-end tests: the built page in a real browser, served as static files, with WebGPU on.

import { defineConfig } from "@playwright/test";
import { browserArgs, findBrowser } from "../../scripts/browser.mjs";

const executablePath = findBrowser();

export default defineConfig({
  testDir: ".",
  outputDir: "../../test-results",
  timeout: 90_000,
  workers: 1,
  reporter: [["list"], ["json"]],
  use: {
    baseURL: "http://127.0.0.1:4173",
    launchOptions: {
      ...(executablePath === undefined ? {} : { executablePath }),
      args: browserArgs(),
    },
  },
  webServer: {
    command: "npm run build:demo && npx vite preview --mode demo",
    cwd: "../..",
    url: "http://127.0.0.1:4173",
    timeout: 120_000,
    reuseExistingServer: false,
  },
});

// Before the package tests: builds and packs webrnn as for publishing, and installs the tarball, without a
// network, into an empty folder outside the repository. The tests find that folder as inject("consumer").

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { npm } from "../../scripts/setup.mjs";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of an empty project in which webrnn is installed. */
    consumer: string;
  }
}

export default function setup(project: TestProject): () => void {
  const { VITEST: _, ...env } = process.env; // vite.config.ts would take the build for a test run
  const consumer = mkdtempSync(join(tmpdir(), "webrnn-consumer-"));
  const step = (args: string[], cwd: string): void => {
    if (!npm(args, { cwd, env, stdio: ["ignore", "ignore", "inherit"] })) {
      throw new Error(`npm ${args.join(" ")} failed in ${cwd}`);
    }
  };
  step(["pack", "--silent", "--pack-destination", consumer], process.cwd());
  writeFileSync(join(consumer, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const tarball = readdirSync(consumer).find((name) => name.endsWith(".tgz"));
  step(["install", "--offline", "--no-audit", "--no-fund", `./${tarball}`], consumer);
  project.provide("consumer", consumer);
  return () => rmSync(consumer, { recursive: true });
}

// The declarations of the installed package, as consumers compile against them: the programs of test/programs
// on TypeScript 5.9, 6.0 and 7.0.

import { execFile } from "node:child_process";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, inject, test } from "vitest";

const compilers = { "5.9": "typescript-5.9", "6.0": "typescript-6.0", "7.0": "typescript" };

const programs = resolve("test/programs");
const isTest = (name: string): boolean => name.endsWith(".test.ts");

interface Config {
  readonly name: string;
  readonly files: readonly string[];
  readonly lib?: readonly string[];
  readonly options?: Record<string, unknown>;
}

/**
 * Compiles files of the consumer's folder; resolves with what the compiler printed, "" where it is content.
 */
function compile(version: keyof typeof compilers, { name, files, lib, options }: Config): Promise<string> {
  const types = resolve("node_modules/@webgpu/types");
  const config = {
    compilerOptions: {
      target: "es2024",
      lib: lib ?? ["es2024", "dom", "dom.iterable", "dom.asynciterable", "esnext.disposable"],
      module: "esnext",
      moduleResolution: "bundler",
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      noUnusedLocals: true,
      noEmit: true,
      // TypeScript 5.9 has no WebGPU of its own
      types: version === "5.9" ? [types] : [],
      ...options,
    },
    files,
  };
  const project = join(inject("consumer"), `tsconfig.${name}.${version}.json`);
  writeFileSync(project, JSON.stringify(config));
  const tsc = `node_modules/${compilers[version]}/bin/tsc`;
  return new Promise((done) => {
    execFile(process.execPath, [tsc, "-p", project, "--pretty", "false"], (error, stdout, stderr) =>
      done(error === null ? "" : stdout + stderr || String(error)),
    );
  });
}

/** The programs of a folder, as paths from the consumer's folder. */
function filesIn(folder: string): string[] {
  const names = readdirSync(join(programs, folder)).filter((name) => name.endsWith(".ts") && !isTest(name));
  return names
    .filter((name) => /^(p\d+_|types|seq2seq)/.test(name))
    .map((name) => join("programs", folder, name));
}

beforeAll(() => {
  cpSync(programs, join(inject("consumer"), "programs"), { recursive: true });
});

describe.each(Object.keys(compilers) as (keyof typeof compilers)[])("TypeScript %s", (version) => {
  test("is the version that its name says", () => {
    const manifest = readFileSync(`node_modules/${compilers[version]}/package.json`, "utf8");
    expect(JSON.parse(manifest).version.startsWith(`${version}.`)).toBe(true);
  });

  test("compiles the programs of a page", async () => {
    const files = filesIn(".");
    expect(files.length).toBeGreaterThanOrEqual(10);
    expect(await compile(version, { name: "page", files })).toBe("");
  });

  test("compiles the programs of a worker and a worklet", async () => {
    const lib = ["es2024", "webworker", "webworker.iterable", "esnext.disposable"];
    const options = version === "5.9" ? { skipLibCheck: true } : {};
    expect(await compile(version, { name: "worker", files: filesIn("worker"), lib, options })).toBe("");
  });
});

test("compiles as a node module too", async () => {
  const options = { module: "nodenext", moduleResolution: "nodenext" };
  expect(await compile("7.0", { name: "node", files: filesIn("."), options })).toBe("");
});

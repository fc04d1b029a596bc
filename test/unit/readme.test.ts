// README.md does what it says: every block of code is type-checked against the library, those that can run
// do. A block starts with ```ts or ```js; with ```ts run it is also run, in node. What a block needs and does
// not show stands before it in a comment that readers do not see: <!-- given: declare const device:
// GPUDevice; -->

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";

interface Block {
  readonly name: string;
  readonly line: number;
  readonly runs: boolean;
  readonly source: string;
}

const folder = resolve(".cache/readme");
const readme = readFileSync("README.md", "utf8");
const pattern = /(?:<!-- given: ([\s\S]*?) -->\s*)?^```(ts|js)( run)?\n([\s\S]*?)^```$/gm;

const blocks = [...readme.matchAll(pattern)].map((match): Block => {
  const [, given = "", , run, code = ""] = match;
  const line = readme.slice(0, match.index + match[0].indexOf("```")).split("\n").length + 1;
  // a block is a module of its own: its names are not the next one's
  return { name: `line_${line}`, line, runs: run !== undefined, source: `${given}\n${code}\nexport {};\n` };
});

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { name, source } of blocks) {
    writeFileSync(join(folder, `${name}.ts`), source);
  }
  const config = {
    extends: resolve("tsconfig.json"),
    compilerOptions: { paths: { webrnn: [resolve("src/index.ts")] }, noUnusedLocals: false },
    include: [`${folder}/*.ts`, resolve("src/texts.d.ts")],
    exclude: [],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
});

describe("README.md", () => {
  test("has code in TypeScript or JavaScript, and some that runs", () => {
    expect(blocks.some(({ runs }) => runs)).toBe(true);
    const fences = readme.match(/^```(ts|js|typescript|javascript|tsx|jsx|mjs)\b.*$/gm) ?? [];
    expect(fences).toHaveLength(blocks.length);
  });

  test("its code compiles", () => {
    let printed = "";
    try {
      execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", folder, "--pretty", "false"], {
        encoding: "utf8",
        stdio: "pipe",
      });
    } catch (error) {
      printed = String((error as { stdout?: string }).stdout ?? error);
    }
    expect(printed).toBe("");
  });

  test.each(blocks.filter(({ runs }) => runs))("the code at line $line runs", async ({ name }) => {
    const printed = vi.spyOn(console, "log").mockImplementation(() => undefined);
    await import(/* @vite-ignore */ join(folder, `${name}.ts`));
    expect(printed).toHaveBeenCalled();
    printed.mockRestore();
  });
});

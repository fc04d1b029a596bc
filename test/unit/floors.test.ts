// The architecture, read from the imports: a file imports from lower floors or its own folder; GPU types stay
// in src/backends/webgpu and the few public signatures that need them; only src/kernels imports shaders.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import ts from "typescript-5.9";
import { describe, expect, test } from "vitest";

/**
 * Folders and single files of src, from the ground up. Where a file of a folder lies lower, it stands alone.
 */
const floors: Record<string, number> = {
  "errors.ts": 0,
  "random.ts": 0,
  "weights/tensors.ts": 0.5, // what a tensor is: data passes tensors too
  cells: 1,
  weights: 1,
  data: 1,
  kernels: 2,
  plan: 3,
  "layers/emitter.ts": 3.5, // what layers and losses emit with
  "layers/signal.ts": 3.5,
  layers: 4,
  losses: 4,
  optimizers: 4,
  backends: 4,
  "types.ts": 4.5, // the public types
  network: 4.8, // what model, train and infer share
  "backend.ts": 5.5, // where machines meet what runs on them
  inference: 5,
  training: 5,
  "describe.ts": 5,
  describe: 5.2, // recurrent layers
  "cpu_backend.ts": 5.6,
  "gpu_backend.ts": 5.6,
  "gradients.ts": 5,
  "model.ts": 5,
  onnx: 5.5, // layers are described by then
  "best_backend.ts": 5.7,
  "verify.ts": 5.6,
  "index.ts": 6,
};

/** Public signatures outside src/backends/webgpu that name GPU types. */
const gpuSignatures: Record<string, readonly string[]> = {
  "gpu_backend.ts": ["GPU", "GPUDevice", "GPUPowerPreference"], // webgpu({ device }), webgpu({ gpu })
  "inference/gpu_session.ts": ["GPUCommandEncoder"], // session.encode
  "types.ts": ["GPUBuffer", "GPUBufferBinding", "GPUCommandEncoder", "GPUDevice"], // encode, backend.device
};

interface Import {
  readonly from: string;
  readonly specifier: string;
  /** The file, from src; undefined where it is none of src. */
  readonly to: string | undefined;
}

/** TypeScript files under a folder, by their paths from it. */
function files(folder: string): string[] {
  const paths = readdirSync(folder, { encoding: "utf8", recursive: true }).map((path) =>
    path.replaceAll("\\", "/"),
  );
  // AssemblyScript imports in its own way, and nothing of TypeScript
  return paths.filter((path) => path.endsWith(".ts") && !/\.(d|as)\.ts$/.test(path)).sort();
}

const sources = files("src");
const text = (path: string): string => readFileSync(join("src", path), "utf8");

/** Names of the code alone, without comments and strings. */
function identifiers(path: string): string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      names.push(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text(path), ts.ScriptTarget.Latest));
  return names;
}

/** Type-only imports and `import("…")` included: what a file names it depends on. */
function importsOf(from: string): Import[] {
  return ts.preProcessFile(text(from)).importedFiles.map(({ fileName: specifier }) => {
    const path = normalize(join(dirname(from), specifier)).replace(/\.js$/, ".ts");
    const isInside = specifier.startsWith(".") && !path.startsWith("..");
    return { from, specifier, to: isInside ? path : undefined };
  });
}

const top = (path: string): string => path.split("/")[0];
const floor = (path: string): number | undefined => floors[path] ?? floors[top(path)];
const isShader = ({ specifier }: Import): boolean => specifier.includes(".wgsl");
const isModule = ({ specifier }: Import): boolean => /\.as\.ts\?[a-z-]+$/.test(specifier);
const imports = sources.flatMap(importsOf).filter((one) => !isModule(one));

describe("the floors of src", () => {
  test("every file stands on a floor", () => {
    expect(sources.filter((path) => floor(path) === undefined)).toEqual([]);
    expect(imports.length).toBeGreaterThan(0);
  });

  test("a file imports from lower floors or its own folder", () => {
    const isAllowed = ({ from, to }: Import): boolean => {
      const [below, here] = [floor(to ?? ""), floor(from)];
      const isSameFolder = to !== undefined && top(dirname(from)) === top(dirname(to));
      return isSameFolder || (below !== undefined && here !== undefined && below < here);
    };
    const wrong = imports.filter((one) => !isShader(one) && one.to !== undefined && !isAllowed(one));
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  test("every import is a file of the library, written with its ending", () => {
    const wrong = imports.filter((one) => !isShader(one) && !/^\.\.?\/.*\.js$/.test(one.specifier));
    expect(wrong.map(({ from, specifier }) => `${from} imports ${specifier}`)).toEqual([]);
    const missing = imports.filter(
      ({ to }) => to !== undefined && !sources.includes(to) && !to.includes(".wgsl"),
    );
    expect(missing.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  test("GPU types appear only in backends/webgpu and the public signatures that need them", () => {
    const wrong = sources
      .filter((path) => !path.startsWith("backends/webgpu"))
      .flatMap((path) => {
        const allowed = gpuSignatures[path] ?? [];
        const named = new Set(identifiers(path).filter((name) => /^GPU([A-Z]|$)/.test(name)));
        return [...named].filter((name) => !allowed.includes(name)).map((name) => `${path} names ${name}`);
      });
    expect(wrong).toEqual([]);
  });

  test("only kernels import shaders", () => {
    const wrong = imports.filter((one) => isShader(one) && top(one.from) !== "kernels");
    expect(wrong.map(({ from, specifier }) => `${from} imports ${specifier}`)).toEqual([]);
    expect(imports.some(isShader)).toBe(true);
  });
});

test("only backends/cpu imports WebAssembly", () => {
  const modules = sources.flatMap(importsOf).filter(isModule);
  expect(modules.filter(({ from }) => !from.startsWith("backends/cpu/"))).toEqual([]);
  expect(modules.length).toBe(2);
});

test("the page imports nothing of src but by its public name", () => {
  const wrong = files("demo").flatMap((path) =>
    ts
      .preProcessFile(readFileSync(join("demo", path), "utf8"))
      .importedFiles.filter(({ fileName }) => /(^|\/)(src|shaders)\//.test(fileName))
      .map(({ fileName }) => `demo/${path} imports ${fileName}`),
  );
  expect(wrong).toEqual([]);
});

// Compiles the AssemblyScript of src/backends/cpu/wasm, as a plugin of Vite:
// `import bytes from "./wasm/index.as.ts?simd"` is a function that gives the module. The query names what of WebAssembly
// it may use. What is compiled is kept in node_modules/.cache by its source.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const cache = fileURLToPath(new URL("../node_modules/.cache/webrnn/", import.meta.url));
const compiler = new URL("../node_modules/assemblyscript/package.json", import.meta.url);
/** simd128, with or without its relaxed operations. */
const features = { simd: "simd", "relaxed-simd": "simd,relaxed-simd" };

/** @typedef {keyof typeof features} Feature */

/**
 * @param {string} path of the entry file
 * @param {Feature} feature
 * @returns {string[]} what asc is called with
 */
function options(path, feature) {
  return [
    path,
    ...["--runtime", "stub", "--importMemory", "--memoryBase", "64", "-O3", "--converge", "--noAssert"],
    "--zeroFilledMemory", // as a new WebAssembly.Memory is: zeros need not be in the module
    ...["--disableWarning", "112"], // that v128 cannot be exported: no function that has it is
    ...["--enable", features[feature]],
  ];
}

/**
 * @param {string} path of the entry file
 * @param {Feature} feature
 * @returns {Promise<Uint8Array>} the module
 */
export async function compile(path, feature) {
  const hash = createHash("sha256").update(options("", feature).join(" ")).update(readFileSync(compiler));
  for (const name of sources(path)) hash.update(readFileSync(name));
  const kept = join(cache, `${hash.digest("hex")}.wasm`);
  try {
    return readFileSync(kept);
  } catch {
    // not compiled yet
  }
  const asc = await import("assemblyscript/asc");
  /** @type {Uint8Array | undefined} */
  let bytes;
  const { error, stderr } = await asc.main([...options(path, feature), "--outFile", "module.wasm"], {
    writeFile(_, contents) {
      bytes = /** @type {Uint8Array} */ (contents);
    },
  });
  if (error || !bytes) throw new Error(`${path} does not compile:\n${stderr.toString()}`, { cause: error });
  mkdirSync(cache, { recursive: true });
  const unfinished = `${kept}.${process.pid}`; // two processes may compile at once
  writeFileSync(unfinished, bytes);
  renameSync(unfinished, kept);
  return bytes;
}

/**
 * @param {string} path of a file
 * @param {Set<string>} seen
 * @returns {Set<string>} that file and all that it imports
 */
function sources(path, seen = new Set()) {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const [, name] of readFileSync(path, "utf8").matchAll(/ from "(\..+?)";/g)) {
    sources(join(dirname(path), `${name}.ts`), seen);
  }
  return seen;
}

/** @returns {import("vite").Plugin} */
export function assembly() {
  return {
    name: "assembly",
    enforce: "pre",
    async load(id) {
      const [path, query] = id.split("?");
      if (!path.endsWith(".as.ts") || !(query in features)) return null;
      for (const name of sources(path)) this.addWatchFile(name);
      const bytes = await compile(path, /** @type {Feature} */ (query));
      return `export default ${source(bytes)};`;
    },
  };
}

/** The commonest bytes become characters of ASCII that need no escape. */
const shift = 36;

/**
 * @param {Uint8Array} bytes
 * @returns {string} a function that gives them, from a string of one character a byte: shorter than base64, and
 * compresses better
 */
function source(bytes) {
  const text = Buffer.from(bytes.map((byte) => byte + shift)).toString("latin1");
  return `() => Uint8Array.from(${JSON.stringify(text)}, (character) => character.charCodeAt(0) - ${shift})`;
}

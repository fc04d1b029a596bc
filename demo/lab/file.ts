// Weights and checkpoints as files: safetensors, with what the page needs to go on from them in the metadata.

import { readSafetensors, type Safetensors, writeSafetensors } from "webrnn";
import { readAddress, writeAddress } from "../address.js";
import type { Controls, FileKind } from "../protocol.js";
import type { Settings } from "../settings.js";
import { Refusal } from "./refusal.js";
import type { Material, Run } from "./run.js";

/** What a file holds. */
export interface Contents {
  readonly bytes: ArrayBuffer;
  readonly tensors: Safetensors;
  /** Undefined in a file that another program wrote: then it is weights for the network that is set. */
  readonly page:
    | { readonly what: FileKind; readonly settings: Partial<Settings>; readonly symbols: string }
    | undefined;
}

const key = "webrnn.page";

/** The bytes of a file that the page can go on from. */
export async function write(
  what: FileKind,
  { trainer, settings, material }: Run,
  controls: Controls,
): Promise<Uint8Array<ArrayBuffer>> {
  const page = JSON.stringify({
    what,
    settings: writeAddress({ ...settings, ...controls }, undefined),
    symbols: material.vocabulary.symbols.join(""),
  });
  if (what === "weights") {
    return writeSafetensors(await trainer.weights(), { [key]: page });
  }
  const checkpoint = readSafetensors(await trainer.save());
  return writeSafetensors(checkpoint, { ...checkpoint.metadata, [key]: page });
}

/**
 * Reads a file. Throws the library's WeightsError where it is no safetensors, Refusal where the page's part
 * is broken.
 */
export function read(bytes: ArrayBuffer): Contents {
  const tensors = readSafetensors(bytes);
  const text = tensors.metadata[key];
  if (text === undefined) {
    return { bytes, tensors, page: undefined };
  }
  const { what, settings, symbols } = JSON.parse(text);
  if (
    (what !== "weights" && what !== "checkpoint") ||
    typeof settings !== "string" ||
    typeof symbols !== "string"
  ) {
    throw new Refusal("file", "notAFile", `${key} is ${text}`);
  }
  return { bytes, tensors, page: { what, settings: readAddress(settings).given, symbols } };
}

/** Weights belong to the symbols that they were trained on. Throws Refusal where these are others. */
export function checkSymbols({ page }: Contents, { vocabulary }: Material): void {
  const here = vocabulary.symbols;
  if (page !== undefined && page.symbols !== here.join("")) {
    throw new Refusal("file", "otherText", "", {
      theirs: Array.from(page.symbols).length - 1,
      ours: here.length - 1,
    });
  }
}

/** How a trainer begins from a file. */
export function startFrom(file: Contents | undefined, seed: number) {
  if (file === undefined) {
    return { seed };
  }
  return file.page?.what === "checkpoint" ? { resume: file.bytes } : { weights: file.tensors };
}

// Files that come and go: what a dropped file is, and how one is handed to the visitor.

/** What a file holds, as far as its bytes tell. */
export type Opened =
  | { readonly kind: "weights"; readonly bytes: ArrayBuffer }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "neither" };

/** Safetensors begin with the length of a header, 8 bytes, and the header with a brace. */
function looksLikeWeights(name: string, bytes: ArrayBuffer): boolean {
  if (name.endsWith(".safetensors")) {
    return true;
  }
  if (bytes.byteLength < 10) {
    return false;
  }
  const view = new DataView(bytes);
  return view.getUint8(8) === 0x7b && view.getBigUint64(0, true) <= BigInt(bytes.byteLength);
}

/**
 * UTF-8, or UTF-16 with a mark at its beginning; undefined where it is neither, or holds bytes that no text
 * has.
 */
function decode(bytes: ArrayBuffer): string | undefined {
  const [first, second] = new Uint8Array(bytes.slice(0, 2));
  const isLittle = first === 0xff && second === 0xfe;
  const isBig = first === 0xfe && second === 0xff;
  const encoding = isLittle ? "utf-16le" : isBig ? "utf-16be" : "utf-8";
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    return text.includes("\0") ? undefined : text.replaceAll("\r\n", "\n");
  } catch {
    return undefined;
  }
}

export async function openFile(file: File): Promise<Opened> {
  const bytes = await file.arrayBuffer();
  if (looksLikeWeights(file.name, bytes)) {
    return { kind: "weights", bytes };
  }
  const text = decode(bytes);
  return text === undefined ? { kind: "neither" } : { kind: "text", text };
}

/** Hands bytes to the visitor as a file. */
export function download(name: string, bytes: Uint8Array<ArrayBuffer>): void {
  const url = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

// session.generate, floor 5: the network writes, some tokens at a time, which are drawn and fed back where it runs.

import { checkSize, nothingElse, ShapeError, wrong } from "../errors.js";
import { askedOf, type Sampling } from "../kernels/sample.js";
import type { Built, Feed } from "../network/build.js";
import { feed, type Given, tokensIn } from "../network/feed.js";
import type { Ready } from "../network/owned.js";
import type { PlanRequest } from "../network/planner.js";
import { seedWord } from "../random.js";
import type { Ints } from "../weights/tensors.js";
import type { Row, Writer } from "./writer.js";

export interface GenerateRequest extends Sampling {
  readonly prompt: Ints;
  readonly maxTokens: number;
  readonly seed?: number;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly onTokens?: (ids: Int32Array<ArrayBuffer>, logProbs: Float32Array<ArrayBuffer>) => void;
  readonly signal?: AbortSignal;
}

/** Tokens that are drawn before a caller hears of them or can end it. */
const atOnce = 32;

/** What a session does for it. */
interface Calls {
  /** The plan for what a call brings. */
  of(inputs: Given): Ready | Promise<Ready>;
  writer(ready: Ready, input: string): Promise<Writer>;
}

export async function generate(
  session: Calls,
  built: Built,
  { batchSize, batchFirst = true, stateful }: PlanRequest,
  o: GenerateRequest,
): Promise<Int32Array<ArrayBuffer>> {
  const {
    prompt: begun,
    maxTokens,
    temperature,
    topK,
    topP,
    seed = 0,
    stop,
    inputs: held,
    onTokens,
    signal,
    ...rest
  } = o;
  nothingElse("session.generate", o, rest);
  const { name, one } = tokensOf(built, o);
  if (!stateful) {
    throw new ShapeError("session.generate: the session must carry its state; make one with stateful: true.");
  }
  const { prompt, B } = promptOf(begun, batchSize, one);
  const P = prompt.length / B;
  checkNumbers(o);
  const asked = askedOf(seedWord("session.generate: seed", seed), o);
  const inTime = Uint32Array.from({ length: P * B }, (_, k) => prompt[(k % B) * P + Math.floor(k / B)]);
  const tokens = { shape: batchFirst ? [B, 1] : [1, B], data: inTime.subarray(0, B) };
  /** One step of each sequence, whatever the session's sizes. */
  const inputs = { ...held, [name]: tokens };
  const writer = await session.writer(await session.of(inputs), name);
  feed("session.run", writer.ready, inputs);
  await writer.read(inTime, signal);
  const written = new Int32Array(B * maxTokens).fill(stop ?? 0);
  if (maxTokens === 0) return written;

  const last = inTime.subarray(-B);
  writer.begin(asked, last);
  const isAwaited = onTokens !== undefined || signal !== undefined || stop !== undefined;
  const size = Math.min(writer.atMost, isAwaited ? atOnce : maxTokens);
  const ended = new Array<boolean>(B).fill(false);
  const pieces: Promise<Row[]>[] = [];
  let [queued, told] = [0, 0];
  try {
    while (told < maxTokens && !ended.every(Boolean)) {
      signal?.throwIfAborted();
      while (pieces.length < writer.ahead && queued < maxTokens) {
        const count = Math.min(size, maxTokens - queued);
        const piece = writer.write(count);
        piece.catch(() => {}); // the next one may not be waited for
        pieces.push(piece);
        queued += count;
      }
      for (const { ids, logProbs } of (await pieces.shift()) ?? []) {
        if (ended.every(Boolean)) break;
        signal?.throwIfAborted();
        ids.forEach((id, b) => {
          written[b * maxTokens + told] = id;
          if (id === stop) ended[b] = true;
        });
        told += 1;
        onTokens?.(ids, logProbs);
      }
    }
  } finally {
    writer.rewind(told, (n) =>
      n === 0 ? last : Uint32Array.from({ length: B }, (_, b) => written[b * maxTokens + n - 1]),
    );
  }
  return written;
}

function checkNumbers({ maxTokens, temperature = 1, topK = 1, topP = 1, stop = 0 }: GenerateRequest): void {
  const where = "session.generate: ";
  checkSize(`${where}maxTokens`, maxTokens, 0);
  checkSize(`${where}topK`, topK);
  checkSize(`${where}stop`, stop, 0);
  if (!(temperature >= 0 && temperature < Number.POSITIVE_INFINITY)) {
    throw wrong(`${where}temperature`, temperature, "at least 0");
  }
  if (!(topP > 0 && topP <= 1)) throw wrong(`${where}topP`, topP, "above 0 and at most 1");
}

/** The input that tokens are fed into. */
function tokensOf(built: Built, { inputs = {} }: GenerateRequest): { name: string; one: Feed } {
  const open = [...built.inputs].filter(([name, one]) => one.vocabulary !== undefined && !(name in inputs));
  if (open.length !== 1 || !built.outputs.has("y")) {
    throw new ShapeError(
      `session.generate: the network takes tokens as ${open.map(([name]) => name).join(", ") || "nothing"} and ` +
        `gives ${[...built.outputs.keys()].join(", ")}; it must take one input of tokens and give y. Hold others by inputs.`,
    );
  }
  const [[name, one]] = open;
  return { name, one };
}

function promptOf(prompt: Ints, most: number, one: Feed): { prompt: readonly number[]; B: number } {
  const shape = "shape" in prompt ? prompt.shape : undefined;
  const size = "data" in prompt ? prompt.data.length : prompt.length;
  const B = shape?.length === 2 ? shape[0] : most;
  const P = Math.floor(size / B);
  if (P < 1 || P * B !== size || B > most) {
    throw new ShapeError(
      `session.generate: the prompt has ${size} tokens; it must have as many for each of ${B} sequences, at least one. ` +
        "Give [batchSize, P] tokens.",
    );
  }
  return { prompt: Array.from(tokensIn("session.generate: prompt", { ...one, shape: [B, P] }, prompt)), B };
}

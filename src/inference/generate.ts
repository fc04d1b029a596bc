// session.generate, floor 5: the network writes. One token a run; drawn on the host from the logits, and fed
// back.

import { ShapeError, wrong } from "../errors.js";
import type { Built, Feed } from "../network/build.js";
import { tokensIn } from "../network/feed.js";
import type { PlanRequest } from "../network/planner.js";
import { seedWord } from "../random.js";
import type { Ints } from "../weights/tensors.js";
import { draw, type Sampling } from "./sample.js";

export interface GenerateRequest extends Sampling {
  readonly prompt: Ints;
  readonly maxTokens: number;
  readonly seed?: number;
  readonly stop?: number;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly onTokens?: (ids: Int32Array<ArrayBuffer>, logProbs: Float32Array<ArrayBuffer>) => void;
  readonly signal?: AbortSignal;
}

interface Runs {
  run(
    inputs: Readonly<Record<string, unknown>>,
    outputs?: readonly string[],
  ): Promise<Record<string, ArrayLike<number>>>;
}

export async function generate(
  session: Runs,
  built: Built,
  { batchSize, batchFirst = true, stateful }: PlanRequest,
  o: GenerateRequest,
): Promise<Int32Array<ArrayBuffer>> {
  const { name, one, V } = tokensOf(built, o);
  if (!stateful) {
    throw new ShapeError("session.generate: the session must carry its state; make one with stateful: true.");
  }
  const { prompt, B } = promptOf(o.prompt, batchSize, one);
  const P = prompt.length / B;
  const { maxTokens } = o;
  checkNumbers(o);
  const seed = seedWord("session.generate: seed", o.seed ?? 0);
  const column = (t: number): Int32Array => Int32Array.from({ length: B }, (_, b) => prompt[b * P + t]);
  /** One token of each sequence, whatever the session's sizes. */
  const run = (data: Int32Array, outputs: readonly string[]) => {
    const tokens = { shape: batchFirst ? [B, 1] : [1, B], data };
    return session.run({ ...o.inputs, [name]: tokens }, outputs);
  };
  for (let t = 0; t < P - 1; t++) {
    o.signal?.throwIfAborted();
    await run(column(t), []);
  }

  const written = new Int32Array(B * maxTokens).fill(o.stop ?? 0);
  const ended = new Array<boolean>(B).fill(false);
  let ids = column(P - 1);
  for (let n = 0; n < maxTokens && !ended.every(Boolean); n++) {
    o.signal?.throwIfAborted();
    const { y } = await run(ids, ["y"]);
    const next = new Int32Array(B);
    const logProbs = new Float32Array(B);
    for (let b = 0; b < B; b++) {
      const drawn = draw(y, b * V, V, o, [seed, n, b]);
      next[b] = ended[b] ? (o.stop ?? 0) : drawn.id;
      logProbs[b] = ended[b] ? 0 : drawn.logProb;
      written[b * maxTokens + n] = next[b];
      if (next[b] === o.stop) ended[b] = true;
    }
    ids = next;
    o.onTokens?.(next.slice(), logProbs);
  }
  return written;
}

function checkNumbers({ maxTokens, temperature = 1, topK = 1, topP = 1 }: GenerateRequest): void {
  const rules: readonly (readonly [string, number, boolean, string])[] = [
    ["maxTokens", maxTokens, Number.isInteger(maxTokens) && maxTokens >= 0, "an integer, at least 0"],
    ["temperature", temperature, temperature >= 0 && temperature < Number.POSITIVE_INFINITY, "at least 0"],
    ["topK", topK, Number.isInteger(topK) && topK >= 1, "an integer, at least 1"],
    ["topP", topP, topP > 0 && topP <= 1, "above 0 and at most 1"],
  ];
  for (const [name, value, fits, wanted] of rules) {
    if (!fits) throw wrong(`session.generate: ${name}`, value, wanted);
  }
}

/** The input that tokens are fed into, and the number of tokens that y tells apart. */
function tokensOf(built: Built, { inputs = {} }: GenerateRequest): { name: string; one: Feed; V: number } {
  const open = [...built.inputs].filter(([name, one]) => one.vocabulary !== undefined && !(name in inputs));
  const y = built.outputs.get("y");
  if (open.length !== 1 || !y) {
    throw new ShapeError(
      `session.generate: the network takes tokens as ${open.map(([name]) => name).join(", ") || "nothing"} and ` +
        `gives ${[...built.outputs.keys()].join(", ")}; it must take one input of tokens and give y. Hold others by inputs.`,
    );
  }
  const [[name, one]] = open;
  return { name, one, V: y.shape[y.shape.length - 1] };
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

// What the thread of an audio worklet allocates, told by the browser's own profiler over its DevTools protocol.

import { cdp } from "vitest/browser";

interface Protocol {
  send(method: string, params?: object): Promise<unknown>;
  on(event: string, listener: (event: never) => void): void;
}

interface Node {
  readonly callFrame: { readonly functionName: string };
  readonly selfSize: number;
  readonly children: readonly Node[];
}

/** Every allocation, also of what has been collected since. */
const everything = {
  samplingInterval: 1,
  includeObjectsCollectedByMajorGC: true,
  includeObjectsCollectedByMinorGC: true,
};

/** The threads of this page's worklets, of which the newest is asked. */
export class WorkletProfiler {
  readonly #page: Protocol;
  readonly #threads: string[] = [];
  readonly #answers: ((result: unknown) => void)[] = [];

  private constructor(page: Protocol) {
    this.#page = page;
    page.on("Target.attachedToTarget", (event: { sessionId: string; targetInfo: { type: string } }) => {
      if (event.targetInfo.type === "worklet") this.#threads.push(event.sessionId);
    });
    page.on("Target.receivedMessageFromTarget", (event: { message: string }) => {
      const { id, result } = JSON.parse(event.message) as { id?: number; result?: unknown };
      if (id !== undefined) this.#answers[id](result);
    });
  }

  /** Before worklets are made. */
  static async open(): Promise<WorkletProfiler> {
    const page = cdp() as unknown as Protocol; // typed by the provider alone
    const attach = { autoAttach: true, waitForDebuggerOnStart: false, flatten: false };
    await page.send("Target.setAutoAttach", { ...attach, autoAttach: false }); // opens the connection
    const profiler = new WorkletProfiler(page);
    await page.send("Target.setAutoAttach", attach);
    return profiler;
  }

  async start(): Promise<void> {
    await this.#ask("HeapProfiler.startSampling", everything);
  }

  /** Bytes that functions of this name and all that they call have allocated since the start. */
  async stop(name: string): Promise<number> {
    const { profile } = await this.#ask<{ profile: { head: Node } }>("HeapProfiler.stopSampling");
    return allocated(name, profile.head, false);
  }

  async #ask<T>(method: string, params: object = {}): Promise<T> {
    const id = this.#answers.length;
    const answer = new Promise((resolve) => this.#answers.push(resolve));
    const message = JSON.stringify({ id, method, params });
    await this.#page.send("Target.sendMessageToTarget", { sessionId: this.#threads.at(-1), message });
    return (await answer) as T;
  }
}

function allocated(name: string, { callFrame, selfSize, children }: Node, isInside: boolean): number {
  const inside = isInside || callFrame.functionName === name;
  return children.reduce((sum, child) => sum + allocated(name, child, inside), inside ? selfSize : 0);
}

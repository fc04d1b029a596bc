// Letting the event loop turn, floor 4: an awaited run must let a page draw and a worker hear a message, which awaiting a
// settled promise alone does not. setTimeout comes last because browsers stretch it to 4 ms.

let channel: MessageChannel | undefined;
const waiting: (() => void)[] = [];

/** A promise that resolves in a later task. Where a host has no tasks (an AudioWorklet) it is resolved already. */
export function turn(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (task: () => void) => void }; // node's, and no browser's
  if (setImmediate) {
    return new Promise((resolve) => setImmediate(resolve));
  }
  if (typeof MessageChannel === "function") {
    return new Promise((resolve) => {
      waiting.push(resolve);
      post();
    });
  }
  if (typeof setTimeout === "function") {
    return new Promise((resolve) => setTimeout(resolve, 0));
  }
  return Promise.resolve();
}

function post(): void {
  if (!channel) {
    channel = new MessageChannel();
    channel.port1.onmessage = () => waiting.shift()?.();
  }
  channel.port2.postMessage(undefined);
}

// Letting the event loop turn, floor 4: an awaited run must let a page draw and a worker hear a message,
// which awaiting a settled promise alone does not. (setTimeout is no help: browsers stretch it to 4 ms.)

let channel: MessageChannel | undefined;
const waiting: (() => void)[] = [];

/**
 * A promise that resolves in a later task. Where a host has no tasks (an AudioWorklet) it is resolved
 * already.
 */
export function turn(): Promise<void> {
  const { setImmediate = post } = globalThis as { setImmediate?: (task: () => void) => void }; // node's, and no browser's
  return new Promise((resolve) => setImmediate(resolve));
}

function post(task: () => void): void {
  if (typeof MessageChannel !== "function") {
    task();
    return;
  }
  if (!channel) {
    channel = new MessageChannel();
    channel.port1.onmessage = () => waiting.shift()?.();
  }
  waiting.push(task);
  channel.port2.postMessage(undefined);
}

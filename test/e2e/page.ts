// What the page's tests share: a page that is watched while it runs, and what its controls say.

import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, type Worker } from "@playwright/test";

/** Everything that a clean page must not do. */
export interface Watch {
  readonly complaints: string[];
}

/** Opens the page and notes what it complains of: errors, warnings, failed or foreign requests. */
export async function openPage(page: Page, address: string): Promise<Watch> {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) {
      complaints.push(`console ${message.type()}: ${message.text()}`);
    }
  });
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("requestfailed", (request) => complaints.push(`failed: ${request.url()}`));
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol.startsWith("http") && hostname !== "127.0.0.1") {
      complaints.push(`foreign: ${request.url()}`);
    }
  });
  await page.goto(address);
  return { complaints };
}

/** Waits until a network stands and has been looked at. */
export async function built(page: Page): Promise<void> {
  await expect(page.locator("#samples li")).not.toHaveCount(0, { timeout: 30_000 });
}

/** A counter as a number; NaN while it shows a dash. */
export async function count(page: Page, name: string): Promise<number> {
  const text = await page.locator(`#count-${name}`).innerText();
  return Number(text.replaceAll(",", "").replace("–", "NaN"));
}

/** A counter that shows per cent; NaN while it shows a dash. */
export async function share(page: Page, name: string): Promise<number> {
  const text = await page.locator(`#count-${name}`).innerText();
  return Number(text.replace("%", "").replace("–", "NaN"));
}

/** What axe complains of seriously. */
export async function seriousFaults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
}

/** The worker that computes. */
export function worker(page: Page): Worker {
  const found = page.workers().find((one) => /\/worker-/.test(one.url()));
  if (found === undefined) {
    throw new Error(`There is no worker of the page among ${page.workers().map((one) => one.url())}.`);
  }
  return found;
}

/** Counts from now on what the worker submits to the GPU. */
export async function countSubmits(page: Page): Promise<() => Promise<number>> {
  const computing = worker(page);
  await computing.evaluate(() => {
    const counter = globalThis as typeof globalThis & { submits: number };
    counter.submits = 0;
    const { submit } = GPUQueue.prototype;
    GPUQueue.prototype.submit = function (this: GPUQueue, ...commands) {
      counter.submits += 1;
      return submit.apply(this, commands);
    };
  });
  return () => computing.evaluate(() => (globalThis as typeof globalThis & { submits: number }).submits);
}

/**
 * Notes from now on how long tasks keep the page's thread busy, in ms. It is the thread's own time that
 * counts: on a machine that does other things beside, a task may stand still for as long as they like.
 */
export async function watchTasks(page: Page): Promise<() => Promise<number[]>> {
  const browser = page.context().browser();
  if (browser === null) {
    throw new Error("A page under test has a browser.");
  }
  await browser.startTracing(page, { categories: ["toplevel"] });
  return async () => {
    const { traceEvents } = JSON.parse(String(await browser.stopTracing())) as { traceEvents: TraceEvent[] };
    const threads = traceEvents.filter(
      ({ name, args }) => name === "thread_name" && args.name === "CrRendererMain",
    );
    const isPages = ({ pid, tid }: TraceEvent) => threads.some((of) => of.pid === pid && of.tid === tid);
    return traceEvents
      .filter((event) => event.name.endsWith("RunTask") && isPages(event))
      .map(({ tdur = 0 }) => tdur / 1_000);
  };
}

/** As the browser writes them: `tdur` is in microseconds of the thread's time. */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly tdur?: number;
  readonly args: { readonly name?: string };
}

/** How many pixels of a chart have one of the page's colours. */
export function pixelsOf(page: Page, chart: string, colour: string): Promise<number> {
  return page.locator(`${chart} canvas`).evaluate((canvas, name) => {
    if (!(canvas instanceof HTMLCanvasElement)) {
      throw new Error("A chart is drawn on a canvas.");
    }
    const context = canvas.getContext("2d");
    const hex = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    const wanted = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
    const { data } = context?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
    let pixels = 0;
    for (let i = 0; i < data.length; i += 4) {
      const isNear = wanted.every((value, channel) => Math.abs(data[i + channel] - value) < 24);
      pixels += isNear && data[i + 3] > 200 ? 1 : 0;
    }
    return pixels;
  }, colour);
}

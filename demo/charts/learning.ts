// The two charts of the middle: bits per character against what counting achieves, and under it, over the
// same updates, the gradient norm with the line at which it is clipped.

import uPlot from "uplot";
import type { Kept } from "../state.js";
import { Curve } from "./curve.js";
import { axis, Chart, type Colours, faintLine, labelledLines, powers } from "./plot.js";

/** What both charts show. */
export interface Learning {
  readonly curve: Curve;
  readonly kept: readonly (Kept & { readonly name: string })[];
  readonly baselines: readonly { readonly bits: number; readonly label: string }[];
  readonly clip: number;
  readonly clipLabel: string;
  readonly labels: { readonly bits: string; readonly norm: string };
}

const nothing: Learning = {
  curve: new Curve(),
  kept: [],
  baselines: [],
  clip: Number.POSITIVE_INFINITY,
  clipLabel: "",
  labels: { bits: "", norm: "" },
};

const sync: uPlot.Cursor = {
  sync: { key: "updates" },
  points: { show: false },
  drag: { x: false, y: false },
};
const leftSize = 44;

export class LearningCharts {
  #shown = nothing;
  readonly bits = new Chart("chart-bits", 360, (colours) => this.#bitsOptions(colours));
  readonly norm = new Chart("chart-norm", 160, (colours) => this.#normOptions(colours));

  show(learning: Learning): void {
    this.#shown = learning;
    const { stretches, heldOut } = learning.curve;
    const updates = stretches.map(({ update }) => update);
    const finite = (values: readonly number[]) =>
      values.map((value) => (Number.isFinite(value) ? value : null));
    const training = finite(stretches.map(({ bits }) => bits));
    const held = finite(heldOut.map(({ bits }) => bits));
    this.bits.show(
      uPlot.join([
        [updates, training],
        [heldOut.map(({ update }) => update), held],
      ]),
      learning.labels.bits,
    );
    const norms = stretches.map(({ norm }) => (Number.isFinite(norm) && norm > 0 ? norm : null));
    const clipped = norms.map((norm, i) => (stretches[i].clipped > 0 ? norm : null));
    this.norm.show([updates, norms, clipped], learning.labels.norm);
  }

  #updatesRange(): [number, number] {
    const { curve, kept } = this.#shown;
    const last = (of: Curve) => of.lastStretch?.update ?? 0;
    return [0, Math.max(20, last(curve), ...kept.map((run) => last(run.curve)))];
  }

  #bitsRange(): [number, number] {
    const { curve, kept, baselines } = this.#shown;
    const chance = baselines[0]?.bits ?? 6;
    const seen = [curve, ...kept.map((run) => run.curve)].flatMap(({ stretches, heldOut }) => [
      ...stretches.map(({ bits }) => bits),
      ...heldOut.map(({ bits }) => bits),
    ]);
    const counted = baselines.length > 0 ? baselines.map(({ bits }) => bits) : [chance - 4, chance];
    const all = [...seen.filter(Number.isFinite), ...counted];
    const low = all.reduce((least, value) => Math.min(least, value));
    const high = all.reduce((most, value) => Math.max(most, value));
    return [Math.max(0, low - 0.3), Math.min(high, chance * 1.5) + 0.4];
  }

  #bitsOptions(colours: Colours): Omit<uPlot.Options, "width" | "height"> {
    return {
      legend: { show: false },
      cursor: sync,
      scales: {
        x: { time: false, range: () => this.#updatesRange() },
        y: { range: () => this.#bitsRange() },
      },
      axes: [axis(colours, { size: 28 }), axis(colours, { size: leftSize })],
      series: [
        {},
        { stroke: colours.training, width: 1, spanGaps: true, points: { show: false } },
        {
          stroke: colours.heldOut,
          width: 3,
          spanGaps: true,
          points: { show: () => this.#shown.curve.heldOut.length === 1, size: 8, fill: colours.heldOut },
        },
      ],
      hooks: {
        draw: [
          (plot) => {
            const lines = this.#shown.baselines.map(({ bits, label }) => ({ at: bits, label }));
            labelledLines(plot, lines, colours.faint, colours.ground, [6, 4]);
            this.#shown.kept.forEach(({ curve, name }, i) => {
              const points = curve.heldOut.map(({ update, bits }) => [update, bits] as const);
              faintLine(plot, points, name, colours.kept[i], colours.ground);
            });
          },
        ],
      },
    };
  }

  #normRange(): [number, number] {
    const { curve, clip } = this.#shown;
    const norms = curve.stretches.map(({ norm }) => norm).filter((norm) => Number.isFinite(norm) && norm > 0);
    const all = [...norms, ...(Number.isFinite(clip) ? [clip] : []), 1];
    const low = all.reduce((least, value) => Math.min(least, value));
    const high = all.reduce((most, value) => Math.max(most, value));
    return [10 ** Math.floor(Math.log10(low) - 0.1), 10 ** Math.ceil(Math.log10(high) + 0.1)];
  }

  #normOptions(colours: Colours): Omit<uPlot.Options, "width" | "height"> {
    return {
      legend: { show: false },
      cursor: sync,
      scales: {
        x: { time: false, range: () => this.#updatesRange() },
        y: { distr: 3, range: () => this.#normRange() },
      },
      axes: [axis(colours, { size: 28 }), axis(colours, { size: leftSize, ...powers })],
      series: [
        {},
        { stroke: colours.training, width: 1, spanGaps: true, points: { show: false } },
        {
          stroke: colours.clip,
          paths: () => null,
          points: { show: true, size: 5, fill: colours.clip, stroke: colours.clip },
        },
      ],
      hooks: {
        draw: [
          (plot) => {
            const { clip, clipLabel } = this.#shown;
            if (Number.isFinite(clip)) {
              labelledLines(plot, [{ at: clip, label: clipLabel }], colours.clip, colours.ground, []);
            }
          },
        ],
      },
    };
  }
}

// The charts of the middle, over the same updates: how good the network is against what counting achieves, where
// that is not the loss itself its loss too, and the gradient norm with the line at which it is clipped.

import uPlot from "uplot";
import type { Kept } from "../state.js";
import { Curve } from "./curve.js";
import { axis, Chart, type Colours, faintLine, type LabelledLine, labelledLines, powers } from "./plot.js";

/** What they show. */
export interface Learning {
  readonly curve: Curve;
  readonly kept: readonly Kept[];
  /** Whether the score is a share of what is right, the higher the better; else it is the loss in bits. */
  readonly isShare: boolean;
  readonly baselines: readonly LabelledLine[];
  readonly clip: number;
  readonly clipLabel: string;
  readonly labels: {
    /** Of the axis that all share. */
    readonly updates: string;
    readonly score: string;
    readonly loss: string;
    readonly norm: string;
  };
}

const nothing: Learning = {
  curve: new Curve(),
  kept: [],
  isShare: false,
  baselines: [],
  clip: Number.POSITIVE_INFINITY,
  clipLabel: "",
  labels: { updates: "", score: "", loss: "", norm: "" },
};

const sync: uPlot.Cursor = {
  sync: { key: "updates" },
  points: { show: false },
  drag: { x: false, y: false },
};
const leftSize = 48;
const bottom = { size: 24, labelSize: 16, labelGap: 0 };

const finite = (values: readonly (number | undefined)[]) =>
  values.map((value) => (value !== undefined && Number.isFinite(value) ? value : null));

export class LearningCharts {
  #shown = nothing;
  readonly score = new Chart("chart-score", 372, (colours) => this.#scoreOptions(colours));
  readonly loss = new Chart("chart-loss", 152, (colours) => this.#lossOptions(colours));
  readonly norm = new Chart("chart-norm", 172, (colours) => this.#normOptions(colours));

  /** Shows nothing. */
  clear(): void {
    if (this.#shown !== nothing) {
      this.show(nothing);
    }
  }

  show(learning: Learning): void {
    this.#shown = learning;
    const { isShare, labels, curve } = learning;
    const { stretches, measures } = curve;
    const updates = stretches.map(({ update }) => update);
    const losses = finite(stretches.map(({ bits }) => bits));
    const measured = measures.map(({ update }) => update);
    const held = finite(measures.map(({ heldOut }) => heldOut));
    const score: uPlot.AlignedData = isShare
      ? [measured, finite(measures.map(({ training }) => training)), held]
      : uPlot.join([
          [updates, losses],
          [measured, held],
        ]);
    this.score.show(score, labels.score);
    this.loss.show([updates, losses], labels.loss);
    const norms = stretches.map(({ norm }) => (Number.isFinite(norm) && norm > 0 ? norm : null));
    const clipped = norms.map((norm, i) => (stretches[i].clipped > 0 ? norm : null));
    this.norm.show([updates, norms, clipped], labels.norm);
  }

  #updatesAxis(colours: Colours): uPlot.Axis {
    return axis(colours, { ...bottom, label: () => this.#shown.labels.updates });
  }

  #updatesRange(): [number, number] {
    const { curve, kept } = this.#shown;
    const last = (of: Curve) => of.lastStretch?.update ?? 0;
    return [0, Math.max(20, last(curve), ...kept.map((run) => last(run.curve)))];
  }

  #scoreRange(): [number, number] {
    const { isShare } = this.#shown;
    return isShare ? [0, 1] : this.#bitsRange();
  }

  #bitsRange(): [number, number] {
    const { curve, kept, baselines } = this.#shown;
    const chance = baselines[0]?.at ?? 6;
    const seen = [curve, ...kept.map((run) => run.curve)].flatMap(({ stretches, measures }) => [
      ...stretches.map(({ bits }) => bits),
      ...measures.map(({ heldOut }) => heldOut),
    ]);
    const counted = baselines.length > 0 ? baselines.map(({ at }) => at) : [chance - 4, chance];
    const all = [...seen.filter(Number.isFinite), ...counted];
    const low = all.reduce((least, value) => Math.min(least, value));
    const high = all.reduce((most, value) => Math.max(most, value));
    return [Math.max(0, low - 0.3), Math.min(high, chance * 1.5) + 0.4];
  }

  #scoreOptions(colours: Colours): Omit<uPlot.Options, "width" | "height"> {
    const values = (_: uPlot, splits: number[]) =>
      splits.map((at) => (this.#shown.isShare ? `${Math.round(at * 100)} %` : String(Number(at.toFixed(3)))));
    return {
      legend: { show: false },
      cursor: sync,
      scales: {
        x: { time: false, range: () => this.#updatesRange() },
        y: { range: () => this.#scoreRange() },
      },
      axes: [this.#updatesAxis(colours), axis(colours, { size: leftSize, values })],
      series: [
        {},
        { stroke: colours.training, width: 1, spanGaps: true, points: { show: false } },
        {
          stroke: colours.heldOut,
          width: 3,
          spanGaps: true,
          points: { show: () => this.#shown.curve.measures.length === 1, size: 8, fill: colours.heldOut },
        },
      ],
      hooks: {
        draw: [
          (plot) => {
            labelledLines(plot, this.#shown.baselines, colours.faint, colours.ground, [6, 4]);
            this.#shown.kept.forEach(({ curve }, i) => {
              const points = curve.measures.map(({ update, heldOut }) => [update, heldOut] as const);
              faintLine(plot, points, i, colours);
            });
          },
        ],
      },
    };
  }

  #lossOptions(colours: Colours): Omit<uPlot.Options, "width" | "height"> {
    const range = (_: uPlot, _low: number, high: number): [number, number] => [0, high > 0 ? high * 1.1 : 1];
    return {
      legend: { show: false },
      cursor: sync,
      scales: { x: { time: false, range: () => this.#updatesRange() }, y: { range } },
      axes: [this.#updatesAxis(colours), axis(colours, { size: leftSize })],
      series: [{}, { stroke: colours.training, width: 1, spanGaps: true, points: { show: false } }],
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
      axes: [this.#updatesAxis(colours), axis(colours, { size: leftSize, ...powers })],
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

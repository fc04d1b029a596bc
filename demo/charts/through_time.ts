// The gradient of a loss at the last step, at every step back to the first, one line a layer.

import type uPlot from "uplot";
import { axis, Chart, type Colours, faintLine, markedPoint, powers } from "./plot.js";

export interface ThroughTime {
  readonly layers: readonly Float32Array[];
  /** Of the runs before, their topmost layer. */
  readonly kept: readonly Float32Array[];
  /** What the page speaks of: so many steps back, and what is left there. */
  readonly mark: { readonly steps: number; readonly norm: number; readonly label: string } | undefined;
  readonly axisLabel: string;
  readonly label: string;
}

/** Less than this share of the largest is nothing. */
const least = 1e-12;

export class ThroughTimeChart {
  #shown: ThroughTime = { layers: [], kept: [], mark: undefined, axisLabel: "", label: "" };
  readonly chart = new Chart("chart-time", 280, (colours) => this.#options(colours));

  show(shown: ThroughTime): void {
    const isOther = shown.layers.length !== this.#shown.layers.length;
    this.#shown = shown;
    const steps = shown.layers[0]?.length ?? 0;
    const floor = this.#largest() * least;
    const lines = shown.layers.map((norms) => Array.from(norms, (norm) => (norm > floor ? norm : null)));
    const backwards = Array.from({ length: steps }, (_, t) => t - (steps - 1));
    this.chart.show([backwards, ...lines], shown.label);
    if (isOther) {
      this.chart.redraw();
    }
  }

  /** Every line: of this network's layers and of those kept. */
  get #lines(): Float32Array[] {
    const { layers, kept } = this.#shown;
    return [...layers, ...kept];
  }

  #all(): number[] {
    return this.#lines.flatMap((norms) => [...norms]).filter((norm) => Number.isFinite(norm));
  }

  #largest(): number {
    return this.#all().reduce((most, norm) => Math.max(most, norm), 0);
  }

  #range(): [number, number] {
    const largest = this.#largest() || 1;
    const seen = this.#all().filter((norm) => norm > largest * least);
    const smallest = seen.reduce((fewest, norm) => Math.min(fewest, norm), largest);
    return [
      10 ** Math.floor(Math.log10(Math.min(smallest, largest / 100))),
      10 ** Math.ceil(Math.log10(largest) + 0.05),
    ];
  }

  #steps(): [number, number] {
    const longest = this.#lines.reduce((most, { length }) => Math.max(most, length), 2);
    return [1 - longest, 0];
  }

  #options(colours: Colours): Omit<uPlot.Options, "width" | "height"> {
    const { layers } = this.#shown;
    return {
      legend: { show: false },
      cursor: { points: { show: false }, drag: { x: false, y: false } },
      scales: {
        x: { time: false, range: () => this.#steps() },
        y: { distr: 3, range: () => this.#range() },
      },
      axes: [
        axis(colours, {
          size: 28,
          label: () => this.#shown.axisLabel,
          labelSize: 18,
          incrs: [1, 2, 5, 10, 20, 50],
          values: (_, splits) => splits.map((step) => String(Math.abs(step))),
        }),
        axis(colours, { size: 52, label: "‖∂L/∂hₜ‖", labelSize: 18, ...powers }),
      ],
      series: [
        {},
        ...layers.map((_, i) => ({
          stroke: colours.layers[i % colours.layers.length],
          width: 2.5,
          ...(i === 0 ? {} : { dash: [8, 3 * i] }),
          points: { show: false },
        })),
      ],
      hooks: {
        draw: [
          (plot) => {
            const { mark } = this.#shown;
            if (mark && mark.norm > this.#largest() * least) {
              const at = { x: -mark.steps, y: mark.norm, label: mark.label };
              markedPoint(plot, at, colours.text, colours.ground);
            }
          },
        ],
        drawAxes: [
          (plot) => {
            const floor = this.#largest() * least;
            this.#shown.kept.forEach((norms, i) => {
              const points = Array.from(norms, (norm, t) => [t - (norms.length - 1), norm] as const);
              faintLine(
                plot,
                points.filter(([, norm]) => norm > floor),
                i,
                colours,
              );
            });
          },
        ],
      },
    };
  }
}

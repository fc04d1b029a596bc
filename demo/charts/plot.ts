// What the page's charts share: an element that keeps its plot as wide as it is, in the colours of the page.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

export interface Colours {
  readonly ground: string;
  readonly text: string;
  readonly faint: string;
  readonly grid: string;
  readonly training: string;
  readonly heldOut: string;
  readonly clip: string;
  readonly kept: readonly string[];
  readonly layers: readonly string[];
}

/** The colours as the style sheet has them now, light or dark. */
export function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ground: colour("ground"),
    text: colour("text"),
    faint: colour("quiet"),
    grid: colour("line"),
    training: colour("training"),
    heldOut: colour("held-out"),
    clip: colour("clip"),
    kept: [colour("kept-1"), colour("kept-2")],
    layers: [colour("layer-1"), colour("layer-2"), colour("layer-3")],
  };
}

type Options = Omit<uPlot.Options, "width" | "height">;

/** A chart in an element of its own. It is made anew when the system turns dark or light. */
export class Chart {
  readonly element: HTMLElement;
  readonly #height: number;
  readonly #options: (colours: Colours) => Options;
  #plot: uPlot | undefined;
  #data: uPlot.AlignedData = [[]];

  constructor(id: string, height: number, options: (colours: Colours) => Options) {
    this.#height = height;
    this.#options = options;
    this.element = document.createElement("div");
    this.element.id = id;
    this.element.className = "chart";
    this.element.style.height = `${height}px`;
    this.element.setAttribute("role", "img");
    new ResizeObserver(() => this.#fit()).observe(this.element);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
  }

  show(data: uPlot.AlignedData, label: string): void {
    this.#data = data;
    this.element.setAttribute("aria-label", label);
    this.#plot?.setData(data);
  }

  /** Makes the plot anew, where what its options say has changed. */
  redraw(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
    this.#fit();
  }

  #fit(): void {
    const width = Math.floor(this.element.clientWidth);
    if (width === 0) {
      return;
    }
    if (this.#plot === undefined) {
      const options = { ...this.#options(coloursOf(this.element)), width, height: this.#height };
      this.#plot = new uPlot(options, this.#data, this.element);
    } else if (this.#plot.width !== width) {
      this.#plot.setSize({ width, height: this.#height });
    }
  }
}

const font = "12px system-ui, sans-serif";

/** An axis in the page's quiet colours. */
export function axis(colours: Colours, more: uPlot.Axis): uPlot.Axis {
  return {
    font,
    labelFont: font,
    stroke: colours.faint,
    grid: { stroke: colours.grid, width: 1 },
    ticks: { stroke: colours.grid, width: 1, size: 4 },
    ...more,
  };
}

/** Draws inside the plot's area, in pixels of the canvas; `scale` turns lengths of the page into them. */
export function inside(plot: uPlot, draw: (context: CanvasRenderingContext2D, scale: number) => void): void {
  const { ctx: context, bbox } = plot;
  context.save();
  context.beginPath();
  context.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  context.clip();
  draw(context, devicePixelRatio);
  context.restore();
}

/**
 * A logarithmic axis is marked at whole powers of ten: at every one, or so many apart that there are at most
 * eight.
 */
export const powers: Pick<uPlot.Axis, "splits" | "values" | "filter"> = {
  splits(_plot, _axis, min, max) {
    const [first, last] = [Math.round(Math.log10(min)), Math.round(Math.log10(max))];
    const apart = Math.max(1, Math.ceil((last - first) / 8));
    return Array.from(
      { length: Math.floor((last - first) / apart) + 1 },
      (_, i) => 10 ** (first + i * apart),
    );
  },
  filter: (_, splits) => splits,
  values: (_, splits) =>
    splits.map((value) => {
      const power = Math.round(Math.log10(value));
      return Math.abs(power) <= 3 ? String(Number(value.toPrecision(1))) : `1e${power}`;
    }),
};

/** Words on a chart stay readable where lines cross them. */
function haloed(
  context: CanvasRenderingContext2D,
  scale: number,
  text: string,
  colour: string,
  ground: string,
  at: { readonly x: number; readonly y: number },
): void {
  context.font = `${12 * scale}px system-ui, sans-serif`;
  context.textBaseline = "bottom";
  context.setLineDash([]);
  context.lineJoin = "round";
  context.lineWidth = 4 * scale;
  context.strokeStyle = ground;
  context.fillStyle = colour;
  context.strokeText(text, at.x, at.y);
  context.fillText(text, at.x, at.y);
}

export interface LabelledLine {
  readonly at: number;
  readonly label: string;
  /** Where its words stand: at the right unless said. */
  readonly side?: "left" | "right";
}

/**
 * Horizontal lines with words on them, from high to low; where two lie close, the lower one's word moves
 * aside.
 */
export function labelledLines(
  plot: uPlot,
  lines: readonly LabelledLine[],
  colour: string,
  ground: string,
  dash: readonly number[],
): void {
  inside(plot, (context, scale) => {
    const { left, width } = plot.bbox;
    const right = left + width - 4 * scale;
    const heights = lines.map(({ at }) => Math.round(plot.valToPos(at, "y", true)));
    context.strokeStyle = colour;
    context.lineWidth = scale;
    context.setLineDash(dash.map((length) => length * scale));
    context.beginPath();
    for (const y of heights) {
      context.moveTo(left, y);
      context.lineTo(left + width, y);
    }
    context.stroke();
    let free = { x: right, y: Number.NEGATIVE_INFINITY };
    lines.forEach(({ label, side = "right" }, i) => {
      // above its line, or below where there is no room
      const y = heights[i] - plot.bbox.top < 15 * scale ? heights[i] + 17 * scale : heights[i];
      context.textAlign = side;
      if (side === "left") {
        haloed(context, scale, label, colour, ground, { x: left + 4 * scale, y: y - 2 * scale });
        return;
      }
      const x = y - free.y < 14 * scale ? free.x : right;
      haloed(context, scale, label, colour, ground, { x, y: y - 2 * scale });
      free = { x: x - context.measureText(label).width - 10 * scale, y };
    });
  });
}

/** A point that the page speaks of: how far it is from the axes, and what it is. */
export function markedPoint(
  plot: uPlot,
  at: { readonly x: number; readonly y: number; readonly label: string },
  colour: string,
  ground: string,
): void {
  inside(plot, (context, scale) => {
    const x = plot.valToPos(at.x, "x", true);
    const y = plot.valToPos(at.y, "y", true);
    const { left, top, height } = plot.bbox;
    context.strokeStyle = colour;
    context.lineWidth = scale;
    context.setLineDash([2 * scale, 4 * scale]);
    context.beginPath();
    context.moveTo(left, y);
    context.lineTo(x, y);
    context.lineTo(x, top + height);
    context.stroke();
    context.setLineDash([]);
    context.fillStyle = colour;
    context.beginPath();
    context.arc(x, y, 4 * scale, 0, 2 * Math.PI);
    context.fill();
    const isHigh = y - top < 24 * scale;
    context.textAlign = "right";
    haloed(context, scale, at.label, colour, ground, { x: x - 8 * scale, y: y + (isHigh ? 20 : -4) * scale });
  });
}

/** The line of a run that was before: the legend has its name. */
export function faintLine(
  plot: uPlot,
  points: readonly (readonly [x: number, y: number])[],
  which: number,
  colours: Colours,
): void {
  inside(plot, (context, scale) => {
    context.strokeStyle = colours.kept[which];
    context.lineWidth = 1.5 * scale;
    context.setLineDash(which === 0 ? [] : [5 * scale, 3 * scale]);
    context.beginPath();
    for (const [x, y] of points) {
      context.lineTo(plot.valToPos(x, "x", true), plot.valToPos(y, "y", true));
    }
    context.stroke();
  });
}

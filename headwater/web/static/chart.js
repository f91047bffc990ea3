// Curves over time. The plot stretches, the words do not: they are HTML around an SVG without a fixed shape.

import { h, svg } from "./dom.js";
import { DASH, minute as told } from "./format.js";

const WIDTH = 1000;
const HEIGHT = 100;

/** The points of a curve as a path, broken where there is nothing, or nothing for longer than `gap`. */
function path(xs, ys, place, gap) {
  let text = "";
  let pen = false;
  ys.forEach((y, n) => {
    const known = y !== null && y !== undefined;
    if (known) {
      const near = pen && xs[n] - xs[n - 1] <= gap;
      const [a, b] = place(xs[n], y);
      text += near ? `L${a} ${b}` : `M${a} ${b}h.01`;
    }
    pen = known;
  });
  return text;
}

/** Round numbers, evenly apart, from below all values (or from 0) to above them. */
function ticks(values, tight) {
  const [least, most] = values.length ? [tight ? Math.min(...values) : 0, Math.max(...values)] : [0, 1];
  const rough = (most - least || Math.abs(most) || 1) / 3;
  const tens = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((times) => times * tens >= rough) * tens;
  const low = Math.floor(least / step);
  const steps = Math.max(1, Math.ceil(most / step) - low);
  return Array.from({ length: steps + 1 }, (_, n) => (low + n) * step);
}

/** A curve without words, for beside a figure. */
export function sparkline(ys) {
  const values = ys.filter((y) => y !== null);
  const high = Math.max(...values, 0) || 1;
  const place = (x, y) => [
    ((x / Math.max(1, ys.length - 1)) * WIDTH).toFixed(1),
    (HEIGHT - (y / high) * (HEIGHT - 8) - 4).toFixed(1),
  ];
  return svg(
    "svg",
    { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("path", {
      class: "curve s0",
      d: path(
        ys.map((_, n) => n),
        ys,
        place,
        2,
      ),
    }),
  );
}

/**
 * Curves with axes and a legend, whose figures are those under the pointer, or the newest.
 * `xs` are numbers in order; `curves` have `name` and `ys`; `tell` makes words of a y and `tellX` of an x;
 * `bound` is a line not to be crossed; `tight` does not begin at 0; `gap` is how far apart two points may be.
 */
export function chart(title, { xs, curves, tell, tellX = told, bound, tight = false, gap = Infinity }) {
  const values = curves.flatMap(({ ys }) => ys).filter((y) => y !== null && y !== undefined);
  const marks = ticks(bound === undefined ? values : [...values, bound], tight);
  const [low, high] = [marks[0], marks.at(-1)];
  const [first, last] = [xs[0] ?? 0, xs.at(-1) ?? 1];
  const across = (x) => (xs.length > 1 ? ((x - first) / (last - first)) * WIDTH : WIDTH);
  const down = (y) => HEIGHT - ((y - low) / (high - low)) * HEIGHT;
  const place = (x, y) => [across(x).toFixed(1), down(y).toFixed(2)];
  const figures = (n) => curves.map(({ ys }) => tell(ys[n]));
  const legend = curves.map(({ name }, n) =>
    h(
      "span",
      { class: `key s${n}` },
      svg(
        "svg",
        { viewBox: "0 0 22 8", "aria-hidden": "true" },
        svg("path", { class: `curve s${n}`, d: "M1 4H21" }),
      ),
      `${name} `,
      h("output", null, figures(xs.length - 1)[n]),
    ),
  );
  const words = curves.map(({ name, ys }) => `${name}: ${tell(ys.at(-1))} now`).join("; ");
  const plot = svg(
    "svg",
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": `${title}. ${words}`,
    },
    marks.map((y) => svg("path", { class: "grid", d: `M0 ${down(y).toFixed(2)}H${WIDTH}` })),
    bound !== undefined && svg("path", { class: "bound", d: `M0 ${down(bound).toFixed(2)}H${WIDTH}` }),
    curves.map(({ ys }, n) => svg("path", { class: `curve s${n}`, d: path(xs, ys, place, gap) })),
    svg("path", { class: "cross", d: "" }),
  );

  const point = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const x = first + ((event.clientX - box.left) / box.width) * (last - first);
    const n = xs.reduce((best, value, at) => (Math.abs(value - x) < Math.abs(xs[best] - x) ? at : best), 0);
    tellAt(
      event.currentTarget,
      figures(n),
      xs.length ? `M${across(xs[n]).toFixed(1)} 0V${HEIGHT}` : "",
      tellX(xs[n]),
    );
  };
  const leave = (event) => tellAt(event.currentTarget, figures(xs.length - 1), "", "");

  return h(
    "figure",
    { class: "chart" },
    h("figcaption", null, h("b", null, title), legend, h("span", { class: "when" })),
    values.length
      ? h(
          "div",
          { class: "plot", onpointermove: point, onpointerleave: leave },
          plot,
          h(
            "div",
            { class: "ys", "aria-hidden": "true" },
            marks.map((y) => h("span", null, tell(y))).reverse(),
          ),
        )
      : h("div", { class: "plot empty" }, h("span", null, "nothing to draw yet")),
    h(
      "div",
      { class: "xs", "aria-hidden": "true" },
      [first, (first + last) / 2, last].map((x) => h("span", null, xs.length ? tellX(x) : DASH)),
    ),
  );
}

function tellAt(plot, figures, cross, when) {
  const figure = plot.closest("figure");
  figure.querySelectorAll("output").forEach((place, n) => (place.textContent = figures[n]));
  figure.querySelector(".when").textContent = when;
  plot.querySelector(".cross").setAttribute("d", cross);
}

// A graph in columns: sources, what guards them, views, and the models that read them, learn beside or tell them.

import { h, svg } from "./dom.js";

const ROW = 21;
/** A short column is not drawn out beyond this, so that it is seen beside the beginning of a long one. */
const FARTHEST = 3;
const [WIDTH, GAP] = [212, 92];
const COLUMN = { topic: 0, rule: 1, "rule over many events": 1, watch: 1, view: 2, model: 3 };
const HEADS = ["source", "rule or watch", "view", "model"];

/** The graph of `nodes` and `edges`. A node that has the focus, or the pointer, lights what it is joined to. */
export function lineage({ nodes, edges }) {
  const columns = HEADS.map((_, n) => nodes.filter((node) => COLUMN[node.kind] === n));
  const tallest = Math.max(...columns.map((column) => column.length));
  const place = new Map();
  columns.forEach((column, x) =>
    column.forEach((node, n) =>
      place.set(node.id, [
        x * (WIDTH + GAP),
        ROW * (1.5 + (n + 0.5) * Math.min(FARTHEST, tallest / column.length)),
      ]),
    ),
  );
  const line = ({ from, to }) => {
    // What a model tells is a source again: that line runs back.
    const [[x, y], [u, v]] = [place.get(from), place.get(to)].sort(([a], [b]) => a - b);
    const [start, bend] = [x + WIDTH, Math.min(GAP, (u - x - WIDTH) / 2)];
    return svg("path", {
      class: "edge",
      d: `M${start} ${y}C${start + bend} ${y} ${u - bend} ${v} ${u} ${v}`,
      "data-from": from,
      "data-to": to,
    });
  };
  const light = (id) => (event) => lit(event.currentTarget.ownerSVGElement, id);
  const box = (node) => {
    const [x, y] = place.get(node.id);
    return svg(
      "g",
      {
        class: `node ${COLUMN[node.kind] === 1 ? "guard" : node.kind}`,
        tabindex: "0",
        role: "listitem",
        "aria-label": `${node.kind} ${node.name}, ${joined(node, edges)}`,
        "data-id": node.id,
        onfocus: light(node.id),
        onpointerenter: light(node.id),
        onblur: light(null),
        onpointerleave: light(null),
      },
      svg("title", null, `${node.kind} ${node.name}`),
      svg("rect", { x, y: y - 9, width: WIDTH, height: 18, rx: 3 }),
      svg("text", { x: x + 8, y: y + 4 }, node.name.length > 32 ? `${node.name.slice(0, 31)}…` : node.name),
    );
  };
  const size = [WIDTH * 4 + GAP * 3 + 2, ROW * (tallest + 2)];
  return h(
    "div",
    { class: "scroll", role: "region", "aria-label": "Lineage", tabindex: "0" },
    svg(
      "svg",
      {
        class: "lineage",
        role: "list",
        width: size[0],
        height: size[1],
        viewBox: `-1 0 ${size[0]} ${size[1]}`,
      },
      HEADS.map((head, x) => svg("text", { class: "head", x: x * (WIDTH + GAP), y: 12 }, head)),
      edges.map(line),
      nodes.map(box),
    ),
  );
}

function joined({ id }, edges) {
  const of = (end) => edges.filter((edge) => edge[end] === id).length;
  return `made of ${of("to")}, needed by ${of("from")}`;
}

/** Marks all that leads to a node, and from it. */
function lit(graph, id) {
  const edges = [...graph.querySelectorAll(".edge")].map((element) => ({
    element,
    from: element.dataset.from,
    to: element.dataset.to,
  }));
  const [nodes, lines] = [new Set(id ? [id] : []), new Set()];
  for (const [here, there] of [
    ["from", "to"],
    ["to", "from"],
  ]) {
    const reached = new Set(id ? [id] : []);
    for (const at of reached) {
      for (const edge of edges.filter((e) => e[here] === at)) {
        reached.add(edge[there]);
        nodes.add(edge[there]);
        lines.add(edge.element);
      }
    }
  }
  graph.toggleAttribute("data-lit", id !== null);
  edges.forEach(({ element }) => element.toggleAttribute("data-lit", lines.has(element)));
  graph
    .querySelectorAll(".node")
    .forEach((node) => node.toggleAttribute("data-lit", nodes.has(node.dataset.id)));
}

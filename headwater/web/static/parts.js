// What pages are made of: cards, tables, pills, meters, figures.

import { h } from "./dom.js";
import { sparkline } from "./chart.js";

const SIGNS = { good: "●", warn: "▲", bad: "■", none: "○" };

/** A word with a sign of its own shape, so that colour alone tells nothing. */
export const pill = (kind, text) =>
  h(
    "span",
    { class: `pill ${kind} ${text.length > 24 ? "long" : ""}` },
    h("span", { "aria-hidden": "true" }, SIGNS[kind]),
    ` ${text}`,
  );

/** A titled part of a page. */
export const card = (title, { id, width = 12, note } = {}, ...body) =>
  h(
    "section",
    { class: `card w${width}`, "aria-label": title, id },
    h("h2", null, title, note && h("small", null, note)),
    ...body,
  );

/** A table: columns as `name` or `name>` for numbers, rows of cells, or `{cells, …attributes}`. */
export function table(caption, columns, rows) {
  const right = columns.map((name) => name.endsWith(">"));
  const cell = (value, n) => h("td", { class: right[n] && "number" }, value);
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h(
      "table",
      null,
      h(
        "thead",
        null,
        h(
          "tr",
          null,
          columns.map((name, n) =>
            h("th", { scope: "col", class: right[n] && "number" }, name.replace(">", "")),
          ),
        ),
      ),
      h(
        "tbody",
        null,
        rows.map((row) => {
          const { cells, ...attributes } = Array.isArray(row) ? { cells: row } : row;
          return h("tr", attributes, cells.map(cell));
        }),
      ),
    ),
  );
}

/** A button that looks like the text of a cell. */
export const pick = (text, chosen, onclick) =>
  h("button", { type: "button", class: "pick", "aria-pressed": String(chosen), onclick }, text);

/** A share as a bar, and in words. */
export const meter = (of, text, kind = "") =>
  h(
    "span",
    { class: `meter ${kind}` },
    h(
      "span",
      { class: "bar", "aria-hidden": "true" },
      h("i", { style: { width: `${Math.min(1, Math.max(0, of ?? 0)) * 100}%` } }),
    ),
    h("span", null, text),
  );

/** A large figure with what it means, and how it went. */
export const stat = (name, value, unit, below, ys) =>
  h(
    "section",
    { class: "card stat", "aria-label": name },
    h("h2", null, name),
    h("p", { class: "value" }, h("strong", null, value), h("span", null, unit)),
    ys && sparkline(ys),
    h("p", { class: "below" }, below),
  );

/** Names and what they are. */
export const facts = (pairs) =>
  h(
    "dl",
    null,
    pairs.map(([name, value]) => [h("dt", null, name), h("dd", null, value)]),
  );

/** What is not well, each thing once. */
export const troubles = (problems) =>
  [...new Set(Object.values(problems))].map((text) =>
    h("p", { class: "trouble", role: "alert" }, pill("bad", "not reachable"), ` ${text}`),
  );

/** Instead of what is not there. */
export const nothing = (text) => h("p", { class: "quiet" }, text);

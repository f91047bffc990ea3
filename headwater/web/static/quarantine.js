// The quarantine: the newest records by type and reason, and one of them in full. All of it comes from
// events, which anybody may have written: it is shown as text, as everything here.

import { h } from "./dom.js";
import { count, moment } from "./format.js";
import { card, facts, nothing, pick, pill, table, troubles } from "./parts.js";

/** The card of the quarantine; what it shows is in the address: `event`, `reason`, `record`. */
export function browser(place) {
  const { event = "", reason = "", record } = place.query;
  const found = place.load(
    `/live/quarantine?${new URLSearchParams({ ...(event && { event }), ...(reason && { reason }) })}`,
  );
  const ask = (changes) => place.go({ event, reason, ...changes });
  return card(
    "Quarantine",
    { id: "quarantine", note: "the newest that were set aside" },
    h(
      "form",
      {
        class: "picks",
        onsubmit: (e) => {
          e.preventDefault();
          ask({ reason: e.target.elements.reason.value.trim() });
        },
      },
      h(
        "label",
        null,
        "event ",
        h(
          "select",
          { onchange: (e) => ask({ event: e.target.value }) },
          ["", ...(found?.events ?? [event].filter(Boolean))].map((name) =>
            h("option", { value: name, selected: name === event }, name || "all"),
          ),
        ),
      ),
      h(
        "label",
        null,
        "reason ",
        h("input", { name: "reason", value: reason, placeholder: "any", size: "22" }),
      ),
      h("button", { type: "submit" }, "Show"),
      h("button", { type: "button", onclick: () => place.reload() }, "Look again"),
    ),
    h(
      "div",
      { class: "split" },
      list(found, record, ask),
      record && one(place.load(`/live/quarantine/${record}`), record, ask),
    ),
  );
}

function list(found, chosen, ask) {
  if (!found) return nothing("Reading …");
  if (found.problem) return h("div", null, troubles([found.problem]));
  if (!found.records.length) return nothing("Nothing of the kind is in quarantine.");
  return table(
    "Quarantined records",
    ["id", "ingested", "reasons", "slice", "bytes>"],
    found.records.map((r) => ({
      "aria-selected": String(r.id === chosen),
      cells: [
        pick(r.id, r.id === chosen, () => ask({ record: r.id })),
        h("span", { class: "whole" }, moment(r.time_ms)),
        r.reasons.join(", "),
        Object.values(r.slice).join(" · "),
        count(r.size_bytes),
      ],
    })),
  );
}

function one(r, id, ask) {
  const close = h(
    "button",
    { type: "button", class: "close", "aria-label": "Close the record", onclick: () => ask({}) },
    "Close",
  );
  if (!r || r.problem)
    return h("aside", { "aria-label": id }, close, r ? troubles([r.problem]) : nothing("Reading …"));
  const told = (value) => (typeof value === "string" ? value : JSON.stringify(value));
  const values = (fields) => facts(Object.entries(fields).map(([name, value]) => [name, told(value)]));
  return h(
    "aside",
    { "aria-label": `Record ${id}` },
    close,
    h("h3", null, id),
    h(
      "p",
      { class: "quiet" },
      `ingested ${moment(r.time_ms)} UTC${r.replayed ? ", was sent again since" : ""}`,
    ),
    r.unreadable &&
      h(
        "p",
        null,
        pill("bad", r.unreadable),
        ` ${r.stopped ?? "its bytes are not those that its values encode to"}`,
      ),
    !r.unreadable &&
      !r.failures.some((f) => f.severity === "reject") &&
      h(
        "p",
        null,
        pill("none", `set aside for ${r.reasons.join(", ")}`),
        " breaks no rule now that would reject it",
      ),
    r.failures.map((f) =>
      h(
        "section",
        { class: "failure" },
        h("p", null, pill(f.severity === "reject" ? "bad" : "warn", f.rule), ` ${f.why}`),
        h("code", null, f.when ? `${f.expect}  when ${f.when}` : f.expect),
        values(f.values),
      ),
    ),
    r.schema && [h("h4", null, `Event, as ${r.schema}`), values(r.fields)],
    h(
      "details",
      null,
      h("summary", null, "Headers, key and bytes"),
      values({ key: r.key ?? "none", ...r.headers }),
      r.bytes && h("pre", { tabindex: "0" }, r.bytes),
    ),
  );
}

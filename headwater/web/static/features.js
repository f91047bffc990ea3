// The catalogue of views with their observed freshness; one view in full, its lineage, and a look-up.

import { h } from "./dom.js";
import { count, seconds, DASH } from "./format.js";
import { lineage } from "./lineage.js";
import { card, facts, meter, nothing, pick, pill, table, troubles } from "./parts.js";

const KIND = { fresh: "good", stale: "warn", rebuilding: "warn", degraded: "bad", "not reachable": "bad" };
const name = (view) => `${view.view}@${view.version}`;
const status = (told) => pill(KIND[told] ?? "none", told);

export const title = "Features";

export function page({ views }, place) {
  const chosen = place.path ?? name(views[0]);
  const told = place.load(`/live/features/${chosen}`);
  return h(
    "div",
    { class: "cards" },
    card("Views", { note: "age of the newest event, against the SLO" }, catalogue(views, chosen, place)),
    !told
      ? card(chosen, {}, nothing("Reading …"))
      : told.problem
        ? card(chosen, {}, troubles([told.problem]))
        : one(told, chosen, place),
  );
}

function catalogue(views, chosen, place) {
  const age = (v) =>
    v.age_s === null ? DASH : meter(v.age_s / v.slo_s, seconds(v.age_s), v.age_s > v.slo_s ? "warn" : "");
  return table(
    "Views",
    ["view", "by", "values>", "windows", "newest event", "SLO>", "status"],
    views.map((v) => ({
      title: v.remedy ? `${v.description} To compute it: ${v.remedy}` : v.description,
      "aria-selected": String(name(v) === chosen),
      cells: [
        pick(v.view, name(v) === chosen, () => place.go({}, name(v))),
        v.entity.join(", "),
        count(v.values.length),
        v.windows.join(", ") || DASH,
        age(v),
        seconds(v.slo_s),
        status(v.status),
      ],
    })),
  );
}

const one = (told, chosen, place) => [
  card(
    told.view,
    { width: 5, note: `version ${told.version}` },
    h("p", null, told.description),
    facts([
      ["by", told.entity.join(", ")],
      ["events", told.events.join(", ")],
      ["in Redis", `${count(told.entity_bytes)} bytes an entity`],
      ["SLO", seconds(told.slo_s)],
      ["owner", told.owner],
      ["tags", told.tags.join(", ") || DASH],
      ["definition", told.digest],
    ]),
    table(
      "Features",
      ["feature", "means"],
      told.features.map((f) => ({ title: f.is, cells: [f.name, f.means] })),
    ),
  ),
  card(
    "Look one up",
    { width: 7, note: "values, age, and whether to trust them" },
    lookUp(told, chosen, place),
  ),
  card(
    "Lineage",
    { note: "source → rule or watch → view → model" },
    lineage(told.lineage),
  ),
];

function lookUp(told, chosen, place) {
  const { entity } = place.query;
  const found = entity && place.load(`/live/features/${chosen}/${encodeURIComponent(entity)}`);
  const ask = (event) => {
    event.preventDefault();
    place.reload();
    place.go({ entity: event.target.elements.entity.value.trim() }, chosen);
  };
  return [
    h(
      "form",
      { class: "picks", onsubmit: ask },
      h(
        "label",
        null,
        `${told.entity.join(" | ")} `,
        h("input", {
          name: "entity",
          required: true,
          value: entity ?? "",
          placeholder: told.entity
            .map((column) => ({ title_id: "t00001", member_id: "m00001", country: "BR" })[column] ?? column)
            .join("|"),
        }),
      ),
      h("button", { type: "submit" }, "Look up"),
    ),
    !entity
      ? nothing("Name one, such as t00001; several columns are joined by |.")
      : !found
        ? nothing("Reading …")
        : found.problem
          ? troubles([found.problem])
          : [
              h(
                "p",
                null,
                status(found.status),
                found.age_s === null ? "" : ` newest event ${seconds(found.age_s)} ago`,
              ),
              table(
                "Values",
                ["value", "is"],
                Object.entries(found.values).map(([key, value]) => [key, shown(value)]),
              ),
            ],
  ];
}

function shown(value) {
  if (Array.isArray(value))
    return (
      value.map(({ item, count: n }) => (n === undefined ? item : `${item} (${count(n)})`)).join(", ") ||
      "none"
    );
  return typeof value === "number" && !Number.isInteger(value) ? value.toPrecision(4) : String(value ?? DASH);
}

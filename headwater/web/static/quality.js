// How good the data is: by dimension, rule, time and slice; what drifts; and the quarantine.

import { chart } from "./chart.js";
import { h } from "./dom.js";
import { count, minute, percent } from "./format.js";
import { card, meter, nothing, pick, pill, table } from "./parts.js";
import { browser } from "./quarantine.js";

const KINDS = { device_type: "device", country: "country", app_version: "app version" };
const grade = (score) => (score >= 0.99 ? "good" : score >= 0.9 ? "warn" : "bad");

export const title = "Quality";

export function page({ quality }, place) {
  return h("div", { class: "cards" }, quality && found(quality, place), browser(place));
}

function found(q, place) {
  const judged = Object.values(q.events).some((n) => n > 0);
  return [
    card("Wrong now", { note: "alerts and hard conditions" }, wrong(q)),
    card("By dimension", { width: 8, note: "share without a failure, last 15 min" }, scores(q, judged)),
    card("By slice", { width: 4, note: "last 15 min" }, slices(q.slices, place)),
    card("Over time", { width: 8, note: "last hour, by minute" }, overTime(q)),
    card("Drift", { width: 4, note: "are events other than they were" }, drift(q.watches, judged)),
    card(
      "Rules that fail",
      { width: 8, note: "last 15 min, of all that could be read" },
      rules(q.rules, judged),
    ),
    card("Over many events", { width: 4, note: "violations, last 15 min" }, violations(q.violations, judged)),
  ];
}

function wrong({ alerts, conditions }) {
  const open = conditions.filter((condition) => condition.open);
  if (!alerts.length && !open.length) return h("p", null, pill("good", "no alerts"));
  return [
    open.map((c) =>
      h(
        "p",
        { class: "trouble", role: "alert" },
        pill("bad", `${c.name} is broken`),
        ` ${c.reason}; degraded: ${[...c.features, ...c.models].join(", ")}`,
      ),
    ),
    alerts.length > 0 &&
      table(
        "Alerts",
        ["alert", "on", "since", "what"],
        alerts.map((a) => [
          pill("bad", a.rule),
          a.slice === "all" ? a.event : `${a.event} ${a.slice} ${a.value || "(none)"}`,
          minute(a.at_ms),
          a.message,
        ]),
      ),
  ];
}

function scores({ scores, events, dimensions }, judged) {
  const rows = Object.entries(scores).filter(([event]) => events[event]);
  if (!judged)
    return nothing("No event was judged in the last 15 minutes. The audit counts them: headwater submit.");
  const cell = (score) => (score === null ? "" : pill(grade(score), percent(score)));
  return table(
    "By dimension",
    ["event", "events>", ...dimensions.map((d) => `${d}>`)],
    rows.map(([event, row]) => [event, count(events[event]), ...dimensions.map((d) => cell(row[d]))]),
  );
}

function overTime({ minutes, dimensions }) {
  const at = { xs: minutes.at_ms, gap: 150_000 };
  const worst = (d) => Math.min(1, ...minutes.scores[d]);
  // Those that never failed would lie on one another at the top.
  const shown = dimensions
    .filter((d) => worst(d) < 1)
    .sort((a, b) => worst(a) - worst(b))
    .slice(0, 5);
  return h(
    "div",
    { class: "charts one" },
    chart("Share without a failure", {
      ...at,
      tell: percent,
      tight: true,
      curves: shown.map((d) => ({ name: d, ys: minutes.scores[d] })),
    }),
    chart("Events a minute", { ...at, tell: count, curves: [{ name: "events", ys: minutes.events }] }),
  );
}

const rules = (rules, judged) =>
  rules.length
    ? table(
        "Rules that fail",
        ["rule", "event", "failed>", "read>", "share"],
        rules
          .slice(0, 15)
          .map((r) => [
            h("a", { href: `#/quality?event=${r.event}&reason=${encodeURIComponent(r.rule)}` }, r.rule),
            r.event,
            count(r.failed),
            count(r.checked),
            meter(r.ratio / (rules[0].ratio || 1), percent(r.ratio)),
          ]),
      )
    : nothing(judged ? "No rule fails." : "Nothing was judged.");

const violations = (found, judged) =>
  found.length
    ? table(
        "Over many events",
        ["rule", "event", "times>"],
        found.map((v) => [v.rule, v.event, count(v.n)]),
      )
    : nothing(judged ? "No rule over many events was broken." : "Nothing was judged.");

function slices(slices, place) {
  const kind = place.state.kind ?? "device_type";
  const bad = (row) => (row.verdicts.rejected ?? 0) / row.events;
  const worst = Math.max(0.0001, ...slices[kind].map(bad));
  return [
    h(
      "p",
      { class: "picks" },
      Object.entries(KINDS).map(([of, name]) => pick(name, of === kind, () => place.set({ kind: of }))),
    ),
    slices[kind].length
      ? table(
          "By slice",
          [KINDS[kind], "events>", "rejected"],
          slices[kind].map((row) => [
            row.value || "(none)",
            count(row.events),
            meter(bad(row) / worst, percent(bad(row))),
          ]),
        )
      : nothing("No events."),
  ];
}

const drift = (watches, judged) =>
  table(
    "Drift",
    ["watch", "now"],
    watches.map((w) => ({
      title: `${w.why} (${w.events.join(", ")})`,
      cells: [
        w.name,
        w.alarmed.length
          ? pill("bad", w.alarmed.join("; "))
          : judged
            ? pill("good", "calm")
            : pill("none", "not judged"),
      ],
    })),
  );

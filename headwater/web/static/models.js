// How well each model predicts, now and over time; its versions, calibration and slices.

import { chart } from "./chart.js";
import { h } from "./dom.js";
import { count, figure, seconds, share, percent, DASH } from "./format.js";
import { card, facts, meter, nothing, pick, pill, table } from "./parts.js";

export const title = "Models";

export function page({ models, history }, place) {
  if (!models?.length)
    return h(
      "div",
      { class: "cards" },
      card(
        "Models",
        {},
        nothing(
          models
            ? "No model is published yet: headwater submit update_models"
            : "Not known while Redis does not answer.",
        ),
      ),
    );
  const chosen = models.find((m) => m.model === place.path) ?? models[0];
  return h(
    "div",
    { class: "cards" },
    card("Models", { note: "of each example before it was learnt from" }, list(models, chosen, place)),
    card(
      `${chosen.model} over time`,
      { width: 8, note: "event time, UTC, last 6 h" },
      overTime(history?.[chosen.model]),
    ),
    card("Versions", { width: 4 }, versions(chosen)),
    card(
      "Calibration",
      { width: 5, note: `expected error ${figure(chosen.ece)}` },
      calibration(chosen.calibration),
    ),
    card("By slice", { width: 7 }, slices(chosen.slices)),
  );
}

function state(m) {
  if (m.frozen) return pill("warn", `frozen, by ${m.frozen}`);
  if (m.challenger) return pill("warn", "drifts, is challenged");
  if (m.log_loss == null) return pill("none", "not measured");
  return m.log_loss < (m.base_log_loss ?? Infinity)
    ? pill("good", "better than the base rate")
    : pill("bad", "worse than the base rate");
}

const list = (models, chosen, place) =>
  table(
    "Models",
    [
      "model",
      "version>",
      "age>",
      "examples>",
      "positive>",
      "log-loss>",
      "base rate's>",
      "AUC>",
      "ECE>",
      "state",
    ],
    models.map((m) => ({
      "aria-selected": String(m === chosen),
      cells: [
        pick(m.model, m === chosen, () => place.go({}, m.model)),
        count(m.version),
        seconds(m.age_s),
        count(m.examples),
        percent(m.positive_share),
        figure(m.log_loss),
        figure(m.base_log_loss),
        figure(m.auc),
        figure(m.ece),
        state(m),
      ],
    })),
  );

function overTime(history) {
  if (!history?.minute_ms.length)
    return nothing("The monitor keeps these figures, a point a minute: headwater up starts it.");
  const at = { xs: history.minute_ms, tell: figure, tight: true, gap: 600_000 };
  return h(
    "div",
    { class: "charts" },
    chart("Log-loss, nats", {
      ...at,
      curves: [
        { name: "model", ys: history.log_loss },
        { name: "always the base rate", ys: history.base_log_loss },
      ],
    }),
    chart("AUC", { ...at, curves: [{ name: "model", ys: history.auc }] }),
  );
}

function versions(m) {
  const refused = Object.entries(m.refused ?? {}).filter(([, n]) => n);
  return facts([
    ["champion", `after ${count(m.examples)} examples`],
    ...("last_good" in m ? beside(m) : []),
    ["refused", refused.map(([why, n]) => `${count(n)} ${why}`).join(", ") || "none"],
  ]);
}

/** What stands beside a champion; nothing does beside a model of members. */
function beside(m) {
  const rival = m.challenger;
  return [
    ["last good", m.last_good ? `after ${count(m.last_good.at)} examples` : "none yet"],
    [
      "challenger",
      rival
        ? [`${count(rival.examples)} examples `, meter(rival.settled, `${share(rival.settled)} of the proof`)]
        : "none: the loss has not risen",
    ],
    ["rolled back", `${count(m.rolled_back ?? 0)} times`],
    ["promoted", `${count(m.promoted ?? 0)} times`],
  ];
}

/** Predicted against what came true: on the dashed line a model promises what it keeps. */
function calibration(parts) {
  if (!parts?.length) return nothing("Not told yet.");
  const xs = parts.map((part) => part.predicted);
  return chart("Came true, by what was predicted", {
    xs,
    tell: percent,
    tellX: percent,
    curves: [
      { name: "came true", ys: parts.map((part) => part.came_true) },
      { name: "predicted", ys: xs },
    ],
  });
}

function slices(slices) {
  const rows = Object.entries(slices ?? {}).flatMap(([kind, values]) =>
    Object.entries(values).map(([value, told]) => ({ kind, value, ...told })),
  );
  if (!rows.length) return nothing("Not told yet.");
  const most = Math.max(...rows.map((row) => row.weight));
  return table(
    "By slice",
    ["slice", "value", "examples of late", "log-loss>", "AUC>", "ECE>"],
    rows
      .sort((a, b) => b.weight - a.weight)
      .slice(0, 20)
      .map((row) => [
        row.kind,
        row.value || DASH,
        meter(row.weight / most, count(row.weight)),
        figure(row.log_loss),
        figure(row.auc),
        figure(row.ece),
      ]),
  );
}

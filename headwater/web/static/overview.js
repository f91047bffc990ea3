// Throughput, freshness, lag, backpressure, the ledger, and what runs.

import { chart } from "./chart.js";
import { h } from "./dom.js";
import { clock, count, seconds, share, mib, DASH } from "./format.js";
import { card, meter, nothing, pill, stat, table } from "./parts.js";

const GAP = 10_000;
const most = (jobs, what) => Math.max(-1, ...jobs.flatMap((job) => job.vertices.map((v) => v[what] ?? -1)));
const busiest = (vertices) =>
  [...vertices]
    .filter((v) => v.busy > 0.005)
    .sort((a, b) => b.busy - a.busy)
    .slice(0, 3);
const running = (jobs) => jobs.filter((job) => job.state === "RUNNING");
const full = (of) => (of > 0.9 ? "bad" : of > 0.7 ? "warn" : "");

export const title = "Overview";

export function page(data) {
  return [
    h("div", { class: "stats" }, stats(data)),
    h(
      "div",
      { class: "cards" },
      card("The last minutes", { note: "while somebody watches" }, trail(data.trail, data.views)),
      card(
        "Jobs",
        { width: 7, note: "and the busiest parts of each; Flink measures every 10 s" },
        jobs(data.jobs, data.progress),
      ),
      card("Processes", { width: 5 }, processes(data.processes)),
      card("Ledger", { width: 8, note: "every event read ends once" }, ledger(data.progress)),
      card("Set aside for", { width: 4, note: "since the jobs began" }, reasons(data.progress)),
    ),
  ];
}

function stats({ trail, jobs, progress, views }) {
  const last = (name) => trail[name].at(-1);
  const late = (views ?? []).filter((view) => view.status === "stale");
  const entries = progress?.ledger ?? [];
  const away = entries.reduce((sum, e) => sum + e.read - e.counted - e.quarantined - e.duplicate - e.late, 0);
  const [busy, held] = jobs ? [most(running(jobs), "busy"), most(running(jobs), "backpressured")] : [-1, -1];
  const known = (of) => (of < 0 ? DASH : share(of));
  return [
    stat(
      "Throughput",
      count(last("sent_per_s")),
      "events/s",
      `${count(last("ended_per_s"))}/s to their end`,
      trail.sent_per_s,
    ),
    stat(
      "Freshness",
      seconds(last("age_s")),
      "",
      views
        ? late.length
          ? pill("warn", `${late.length} of ${views.length} views stale`)
          : pill(views.length ? "good" : "none", `${views.length} views computed`)
        : DASH,
      trail.age_s,
    ),
    stat("Lag", count(last("lag")), "records", "not yet read or committed", trail.lag),
    stat("Backpressure", known(held), "", `busiest part works ${known(busy)}`),
    stat(
      "Ledger",
      progress ? (away === 0 ? "balanced" : count(Math.abs(away))) : DASH,
      away === 0 ? "" : "on their way",
      progress
        ? pill(
            away === 0 ? "good" : "none",
            `${count(entries.reduce((sum, e) => sum + e.read, 0))} events read`,
          )
        : DASH,
    ),
  ];
}

function trail(trail, views) {
  const strictest = Math.min(...(views ?? []).map((view) => view.slo_s));
  const at = { xs: trail.at_ms, tellX: clock, gap: GAP };
  return h(
    "div",
    { class: "charts" },
    chart("Events a second", {
      ...at,
      tell: count,
      curves: [
        { name: "sent", ys: trail.sent_per_s },
        { name: "ended", ys: trail.ended_per_s },
      ],
    }),
    chart("Age of the newest event that can be read", {
      ...at,
      tell: seconds,
      bound: Math.max(...trail.age_s) > strictest / 4 ? strictest : undefined,
      curves: [{ name: "age", ys: trail.age_s }],
    }),
    chart("Lag of the jobs that run, records", {
      ...at,
      tell: count,
      curves: [{ name: "lag", ys: trail.lag }],
    }),
  );
}

function jobs(jobs, progress) {
  if (!jobs?.length) return nothing("No job runs: headwater submit");
  const load = (vertices, what) => {
    const of = most([{ vertices }], what);
    return of < 0 ? DASH : meter(of, share(of), full(of));
  };
  return table(
    "Jobs",
    ["job", "state", "lag>", "busy", "backpressured"],
    jobs.slice(0, 12).flatMap((job) => [
      [
        job.name,
        pill(
          job.state === "RUNNING" ? "good" : job.state === "FAILED" ? "bad" : "none",
          job.state.toLowerCase(),
        ),
        job.state === "RUNNING" ? count(progress?.lag[job.name]) : DASH,
        load(job.vertices, "busy"),
        load(job.vertices, "backpressured"),
      ],
      ...busiest(job.vertices).map((v) => ({
        class: "part",
        cells: [v.vertex, "", "", load([v], "busy"), load([v], "backpressured")],
      })),
    ]),
  );
}

const processes = (processes) =>
  table(
    "Processes",
    ["process", "state", "up for>", "memory>"],
    (processes ?? []).map((p) => [
      p.name,
      p.alive ? pill("good", "runs") : pill("bad", "down"),
      p.alive ? seconds(p.uptime_s) : DASH,
      p.alive ? mib(p.rss_bytes) : DASH,
    ]),
  );

function ledger(progress) {
  if (!progress) return nothing("Not known while Kafka or Redis does not answer.");
  const names = ["read", "valid", "warned", "quarantined", "duplicate", "late", "counted"];
  const rows = progress.ledger.filter((entry) => entry.read || progress.written[entry.event]);
  if (!rows.length) return nothing("No event has been read yet: headwater generate");
  return table(
    "Ledger",
    ["event", ...names.map((name) => `${name}>`), ""],
    rows.map((e) => [
      e.event,
      ...names.map((name) => count(e[name])),
      e.balanced ? pill("good", "balanced") : pill("none", "on their way"),
    ]),
  );
}

function reasons(progress) {
  const found = Object.entries(progress?.reasons ?? {}).slice(0, 12);
  if (!found.length) return nothing(progress ? "Nothing was set aside." : DASH);
  return table(
    "Set aside for",
    ["reason", "events"],
    found.map(([reason, n]) => [
      h("a", { href: `#/quality?reason=${encodeURIComponent(reason)}` }, reason),
      meter(n / found[0][1], count(n)),
    ]),
  );
}

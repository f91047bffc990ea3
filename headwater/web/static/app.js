// Which page is shown, its stream of data, what is loaded on demand, and the keys.

import { h, show } from "./dom.js";
import * as features from "./features.js";
import { clock } from "./format.js";
import * as models from "./models.js";
import * as overview from "./overview.js";
import { pill, troubles } from "./parts.js";
import * as quality from "./quality.js";
import * as row from "./row.js";

const PAGES = { overview, quality, features, models, row };
const SILENT_MS = 8_000;
const $ = (id) => document.getElementById(id);

let current = "";
let source = "";
let stream = null;
let data = null;
let heardMs = 0;
const loaded = new Map();
const state = {};

/** The address behind `#`: `/page/path?query`. */
function where() {
  const [path, query = ""] = location.hash.slice(1).split("?");
  const [, name = "", ...rest] = path.split("/");
  return {
    name: name in PAGES ? name : "overview",
    path: rest.length ? rest.map(decodeURIComponent).join("/") : undefined,
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

/** What a page gets of its place: address, a state of its own, ways to change, to load and to send. */
function placeOf({ name, path, query }) {
  return {
    path,
    query,
    state: (state[name] ??= {}),
    set: (changes) => {
      Object.assign(state[name], changes);
      draw();
    },
    go: (changes, to = path) => {
      const kept = Object.entries(changes).filter(([, value]) => value);
      const asked = new URLSearchParams(kept).toString();
      location.hash = `/${name}${to ? `/${encodeURIComponent(to)}` : ""}${asked ? `?${asked}` : ""}`;
    },
    load,
    send,
    reload: () => [...loaded.keys()].forEach(ask),
  };
}

/** What an address tells, undefined until it is there; asked for once. */
function load(address) {
  if (!loaded.has(address)) {
    loaded.set(address, undefined);
    ask(address);
  }
  return loaded.get(address);
}

function ask(address) {
  told(fetch(address)).then((found) => {
    loaded.set(address, found);
    draw();
  });
}

/** What comes of sending something; of what is refused, the problem. */
const send = (address, body) =>
  told(
    fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    }),
  );

const told = (asked) =>
  asked
    .then((answer) => answer.json().then((found) => (answer.ok || found.problem ? found : refused(found))))
    .catch(() => ({ problem: "headwater serve does not answer" }));

const refused = ({ error, field }) => ({ problem: `${error ?? "refused"}${field ? ` (${field})` : ""}` });

function draw() {
  const at = where();
  turnTo(at.name, PAGES[at.name].source?.(at) ?? `/live/${at.name}?stream=true`);
  show(
    $("tabs"),
    Object.entries(PAGES).map(([name, { title }], n) =>
      h(
        "a",
        { href: `#/${name}`, "aria-current": name === current && "page", "aria-keyshortcuts": n + 1 },
        h("kbd", { "aria-hidden": "true" }, n + 1),
        ` ${title}`,
      ),
    ),
  );
  const trouble = data ? troubles(data.problems) : [];
  show(
    $("page"),
    h("h1", { class: "hidden" }, PAGES[current].title),
    h("div", { id: "troubles" }, trouble),
    h(
      "div",
      { id: `${current}-page` },
      data ? PAGES[current].page(data, placeOf(at)) : h("p", { class: "quiet" }, "Looking …"),
    ),
  );
  document.title = `${trouble.length ? "■ " : ""}${PAGES[current].title} · Headwater`;
  pulse();
  filter();
}

/** Follows what a page is drawn from; one that asks for other data shows what it had until that comes. */
function turnTo(name, address) {
  if (address === source) return;
  stream?.close();
  if (name !== current) {
    [current, data] = [name, null];
    loaded.clear();
  }
  source = address;
  stream = new EventSource(address);
  stream.onmessage = (event) => {
    [data, heardMs] = [JSON.parse(event.data), Date.now()];
    draw();
  };
  stream.onerror = pulse;
}

/** Whether what is shown is of now. */
function pulse() {
  const silent = data && Date.now() - heardMs > SILENT_MS;
  // A stream that was just opened instead of another is not lost.
  const lost = stream?.readyState !== EventSource.OPEN && Date.now() - heardMs > 1_000;
  show(
    $("pulse"),
    !data
      ? pill("none", lost ? "connecting" : "waiting")
      : lost || silent
        ? pill("bad", `silent since ${clock(data.at_ms)}`)
        : pill("good", `live ${clock(data.at_ms)} UTC`),
  );
}

/** Leaves of all tables the rows that have the words. */
function filter() {
  const words = $("search").value.trim().toLowerCase().split(/\s+/);
  document.querySelectorAll("main tbody tr").forEach((row) => {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
  });
}

function theme(chosen) {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = chosen ?? localStorage.getItem("theme") ?? (dark ? "dark" : "light");
  document.documentElement.style.colorScheme = now;
  $("theme").textContent = now === "dark" ? "Light" : "Dark";
  $("theme").setAttribute("aria-label", `Switch to ${now === "dark" ? "light" : "dark"} colours`);
  $("theme").onclick = () => {
    const next = now === "dark" ? "light" : "dark";
    localStorage.setItem("theme", next);
    theme(next);
  };
}

function key(event) {
  const writing = event.target.closest?.("input, select, textarea");
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") back(event.target);
  else if (writing) return;
  else if (event.key === "/") {
    event.preventDefault();
    $("search").focus();
  } else if (event.key === "t") $("theme").click();
  else if (Object.keys(PAGES)[event.key - 1]) location.hash = `/${Object.keys(PAGES)[event.key - 1]}`;
}

/** Esc: leaves the field and its words; or else what was opened. */
function back(target) {
  if (target === $("search")) $("search").value = "";
  else if (document.querySelector("aside .close")) return document.querySelector("aside .close").click();
  target.blur();
  filter();
}

addEventListener("hashchange", draw);
addEventListener("keydown", key);
$("search").addEventListener("input", filter);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => theme());
setInterval(pulse, 2_000);
theme();
draw();

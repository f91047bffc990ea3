// A member's row as it would be shown now; titles are played in it, and it is seen to change.

import { h } from "./dom.js";
import { count, figure, percent, DASH } from "./format.js";
import { card, facts, meter, nothing, pick, pill, table, troubles } from "./parts.js";

const DEVICES = ["tv", "phone", "tablet", "web"];

export const title = "Row";

/** Who looks, as the address tells it; both a member and a title come from events, so both are only text. */
const who = ({ member = "", country = "US", device = "tv" }) => ({ member, country, device });

/** Where the stream of this member's row is. */
export const source = ({ query }) => `/live/row?${new URLSearchParams({ stream: true, ...who(query) })}`;

export function page({ members, row, playable, problems }, place) {
  const looker = who(place.query);
  const found = row?.member === looker.member ? row : null;
  if (place.state.played?.member !== looker.member) place.state.played = undefined;
  if (found) settle(place.state.played, found);
  return h(
    "div",
    { class: "cards" },
    card("Who looks", { width: 8, note: "and on what, and where" }, form(looker, members, place)),
    card("What it is made of", { width: 4 }, madeOf(found)),
    card(
      looker.member ? `Row of ${looker.member}` : "Row",
      { id: "row", note: "the best 20 of the candidates, ranked four times a second" },
      !looker.member
        ? nothing("Name a member.")
        : !found
          ? nothing(problems.row ? "Not known while Redis does not answer." : "Ranking …")
          : [
              h("div", { role: "status", class: "quiet" }, happened(place.state.played, playable)),
              titles(found, looker, playable, place),
            ],
    ),
  );
}

/** Whoever finishes a title is not offered it again: the row has changed once it is gone. */
function settle(played, { titles }) {
  const there = titles.some((t) => t.title_id === played?.title);
  if (played && played.tookMs === undefined && !there) played.tookMs = performance.now() - played.pressedMs;
}

function form(looker, members, place) {
  const show = (event) => {
    event.preventDefault();
    const { member, country, device } = event.target.elements;
    place.go({ member: member.value.trim(), country: country.value.toUpperCase(), device: device.value });
  };
  return [
    h(
      "form",
      { class: "picks", onsubmit: show },
      h(
        "label",
        null,
        "member ",
        h("input", {
          name: "member",
          required: true,
          maxlength: 64,
          value: looker.member,
          placeholder: "m00001",
        }),
      ),
      h(
        "label",
        null,
        "country ",
        h("input", {
          name: "country",
          required: true,
          pattern: "[A-Za-z]{2}",
          size: 3,
          value: looker.country,
        }),
      ),
      h(
        "label",
        null,
        "device ",
        h(
          "select",
          { name: "device" },
          DEVICES.map((name) => h("option", { value: name, selected: name === looker.device }, name)),
        ),
      ),
      h("button", { type: "submit" }, "Show"),
    ),
    h(
      "div",
      { class: "picks", role: "group", "aria-label": "Members that were there of late" },
      members?.map((name) =>
        pick(name, name === looker.member, () => place.go({ ...looker, member: name })),
      ),
      members?.length === 0 && nothing("No member was seen yet: headwater generate sends traffic."),
    ),
  ];
}

function madeOf(row) {
  const kinds = { fresh: "good", stale: "warn" };
  const told = (status) => pill(kinds[status] ?? "none", status);
  if (!row) return nothing(DASH);
  const { history, models } = row;
  const computed = history.status !== "not computed";
  return [
    facts([
      ["finished titles", told(history.status)],
      ...Object.entries(models).map(([name, status]) => [`model ${name}`, told(status)]),
      ["catalogue", row.titles_known ? `${count(row.titles_known)} titles` : "not known: no genres"],
    ]),
    !computed && nothing(`What is played does not change the row until that is computed: ${history.remedy}`),
  ];
}

function happened(played, playable) {
  if (!playable) return "Events are sent from this machine alone: headwater serve without --host.";
  if (!played) return "Play a title: it is sent as an event, counted, and the row ranked anew.";
  if (played.problem) return troubles([played.problem]);
  if (played.tookMs === undefined) return pill("warn", `${played.title} is played …`);
  return pill("good", `${played.title} was played: the row changed after ${count(played.tookMs)} ms`);
}

function titles({ titles: ranked }, looker, playable, place) {
  if (!ranked.length) return nothing("Nothing is known that this member may play next here.");
  const before = place.state.played?.before;
  return table(
    "Row",
    ["#>", "title", "", "moved", "genres", "score>", "too alike>", "a take", "completion", "why"],
    ranked.map((t, at) => {
      const moved = before && shift(before.indexOf(t.title_id), at);
      return {
        "data-moved": moved && moved !== DASH,
        cells: [
          count(at + 1),
          t.title_id,
          playable && playButton(t, at, ranked, looker, place),
          h("span", { class: "whole" }, moved ?? ""),
          t.genres.join(", ") || DASH,
          figure(t.score),
          t.alike ? `−${figure(t.alike)}` : DASH,
          meter(t.take, percent(t.take)),
          meter(t.completion, percent(t.completion)),
          t.why.join(", "),
        ],
      };
    }),
  );
}

const shift = (was, at) =>
  was < 0 ? "new" : was > at ? `▲ ${was - at} up` : was < at ? `▼ ${at - was} down` : DASH;

function playButton(t, rank, ranked, looker, place) {
  const play = () => {
    // Whatever is below the title moves up when it leaves: that is no change of the order.
    const before = ranked.map((each) => each.title_id).filter((id) => id !== t.title_id);
    const played = { member: looker.member, title: t.title_id, before, pressedMs: performance.now() };
    place.set({ played });
    place.send("/live/row/play", { ...looker, title: t.title_id, rank }).then(({ problem }) => {
      if (problem) Object.assign(played, { problem });
      place.set({});
    });
  };
  return h("button", { type: "button", "aria-label": `Play ${t.title_id}`, onclick: play }, "Play");
}

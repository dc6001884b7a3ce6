// Who does what at this exam: shown with a request for control, and in a sheet of its own.

import { h } from "./dom.js";
import { button } from "./parts.js";
import { knownWord, t } from "./texts.js";

const AT_THE_SITE = ["room_access", "positioning_and_coil", "contrast_injection", "ending_exam", "emergency"];

const list = ({ state }) => state.view.exam?.responsibilities ?? null;

/** The digest that a yes acknowledges: null where there is no list. */
export const listDigest = (page) => list(page)?.digest ?? null;

/** A known item in the chosen language, one of the site's own as the site wrote it. */
const itemWords = (item, list = "duty") => knownWord(list, item) ?? item;

const moved = (duties, item) => (duties.moved.includes(item) ? "⇄ " : "");

/** Both parts, in a line each. */
export function duties(page) {
  const shown = list(page);
  if (!shown) return null;
  const part = (end) => shown.items.filter((one) => one.end === end).map((one) => moved(shown, one.item) + itemWords(one.item, "duty_short")).join("\u00a0· ");
  return h("div", { key: "duties", class: "duties", "data-list": shown.digest },
    h("p", null, h("b", null, t("said_of", { what: t("duties.here"), words: "" })), part("local")),
    h("p", null, h("b", null, t("said_of", { what: t("duties.afar"), words: "" })), part("remote")));
}

export const openList = ({ set }, kind, words) =>
  button({ kind, name: "open-list", onclick: () => set({ overlay: { kind: "responsibilities" } }) }, words);

/** Whoever has control waits for the acknowledgement of this end: said in a card of its own. */
export function unreadList(page) {
  const { state } = page;
  const { control } = state.view;
  const shown = list(page);
  if (!shown || control.phase !== "remote") return null;
  const here = Boolean(shown.acknowledged_local);
  const both = here && control.responsibilities_acknowledged;
  return h("section", { key: "unread-list", class: `card ${here ? "" : "decide"}`, "data-card": "responsibilities" },
    h("h2", null, t("duties.title")),
    !both && h("p", null, here ? t("duties.missing_afar", { name: control.holder }) : t("duties.missing")),
    openList(page, here ? "plain" : "primary", t(here ? "duties.show" : "duties.read")));
}

export function responsibilitiesSheet(page) {
  const { state, act } = page;
  const shown = list(page);
  if (!shown) return [h("p", { class: "dim" }, t("no_exam.how"))];
  const names = [shown.acknowledged_local, ...shown.acknowledged_remote].filter(Boolean).join(", ");
  const given = Boolean(shown.acknowledged_local);
  return [
    h("p", { class: "dim" }, t("duties.how")),
    ["local", "remote"].map((end) => h("section", { key: end },
      h("h2", null, t(end === "local" ? "duties.here" : "duties.afar")),
      h("div", { class: "rows duty-rows" }, shown.items.filter((one) => one.end === end).map((one) => dutyRow(page, shown, one))))),
    names && h("p", { class: "clear" }, "✓ ", t("duties.acknowledged", { names })),
    !given && state.view.control.phase === "remote" && button({
      name: "acknowledge-list", disabled: state.busy.has("acknowledge_responsibilities"),
      onclick: () => act("acknowledge_responsibilities", { digest: shown.digest }),
    }, t("duties.acknowledge")),
  ];
}

function dutyRow({ state, act }, shown, { item, end }) {
  const fixed = end === "local" && AT_THE_SITE.includes(item);
  return h("div", { key: item, class: "row", "data-duty": item },
    h("div", null, h("b", null, itemWords(item)), shown.moved.includes(item) && h("small", null, `⇄ ${t("duties.moved")}`)),
    !fixed && button({
      kind: "plain", name: `move-${item}`, disabled: state.busy.has("move_responsibility"),
      onclick: () => act("move_responsibility", { digest: shown.digest, item }),
    }, t(end === "local" ? "duties.to_afar" : "duties.to_here")));
}

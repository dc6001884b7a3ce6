// What lies over the middle of the page for a moment. STOP SCAN stays free below it.

import { h } from "./dom.js";
import { button, choice } from "./parts.js";
import { camerasSheet } from "./cameras.js";
import { noteSheet } from "./notes.js";
import { away, personPicker } from "./people.js";
import { earlierSheet, quarantineSheet, wrongSheet } from "./quarantine.js";
import { responsibilitiesSheet } from "./responsibilities.js";
import { LANGUAGES, currentLanguage, t, word } from "./texts.js";

export function overlay(page) {
  const { kind } = page.state.overlay;
  const drawn = { emergency, people: peopleCard, language, note, cameras, responsibilities, mistake, earlier, in_quarantine: inQuarantine, pin: pinPad, number: numberPad }[kind](page);
  return h("div", { key: "overlay", class: "overlay" },
    h("div", { key: kind, class: `sheet ${kind}`, role: "dialog", "aria-modal": "true", tabindex: "-1", "data-overlay": kind }, drawn));
}

const heading = (words, { set }) =>
  h("div", { class: "sheet-head" }, h("h1", null, words), button({ kind: "plain", name: "close", onclick: () => set({ overlay: null }) }, t("close")));

/** Resuscitation is outside the magnet room; power off and quench are two different things. */
function emergency(page) {
  const steps = ["stop", "out", "resuscitate", "call"];
  return [
    heading(t("emergency.title"), page),
    h("ol", { class: "emergency-steps" }, steps.map((step) =>
      h("li", { key: step }, h("b", null, t(`emergency.${step}`)), h("span", null, t(`emergency.${step}_why`, { phone: page.state.card.site_phone || "–" }))))),
    h("div", { class: "differ" },
      h("section", null, h("h2", null, t("emergency.power")), h("p", null, t("emergency.power_what"))),
      h("section", null, h("h2", null, t("emergency.quench")), h("p", null, t("emergency.quench_what")))),
    h("p", { class: "dim" }, t("emergency.page_cannot")),
  ];
}

function peopleCard(page) {
  const { state, act } = page;
  const here = state.view.staff;
  return [
    heading(t("people.title"), page),
    here.length > 0 && h("h2", null, t("people.here")),
    h("div", { class: "rows" }, here.map((person) => h("div", { key: person.staff_id, class: "row" },
      h("div", null, h("b", null, person.name), h("small", null, `${t("level", { level: person.mr_level })} · ${word("qualification", person.qualification)}`)),
      button({ kind: "plain", name: `out-${person.staff_id}`, onclick: () => act("check_out", { staff_id: person.staff_id }) }, t("people.check_out"))))),
    h("h2", null, t("people.check_in")),
    personPicker(page, away(state), (person) => askCheckIn(page, person)),
  ];
}

const note = (page) => [heading(t("note.title"), page), noteSheet(page)];

const mistake = (page) => [heading(t("wrong.title"), page), wrongSheet(page)];

const earlier = (page) => [heading(t("earlier.title"), page), earlierSheet(page)];

const inQuarantine = (page) => [heading(t("quarantine.title"), page), quarantineSheet(page)];

const responsibilities = (page) => [heading(t("duties.title"), page), responsibilitiesSheet(page)];

const cameras = (page) => [heading(t("cameras.title"), page), camerasSheet(page)];

export function askCheckIn(page, person) {
  page.draft({ initials: [] });
  askPin(page, person, t("people.check_in"), (pin) => page.act("check_in", { staff_id: person.staff_id, pin }));
}

/** Ask one person for their PIN, then do something with it. */
export function askPin(page, person, why, submit) {
  const pad = { kind: "pin", person, why, value: "", limit: 8, submit };
  pad.onKey = (event) => typed(page, pad, event);
  page.set({ overlay: pad, notice: null });
}

/** Ask for a number within a range. */
export function askNumber(page, { name, unit, low, high, decimals, submit }) {
  const pad = { kind: "number", name, unit, low, high, decimals, value: "", limit: 5, submit };
  pad.onKey = (event) => typed(page, pad, event);
  page.set({ overlay: pad });
}

function typed(page, pad, event) {
  const key = event.key === "," ? "." : event.key;
  if (/^[0-9]$/.test(key) || (key === "." && pad.decimals)) press(page, pad, key);
  else if (key === "Backspace") press(page, pad, "⌫");
  else if (key === "Enter" && padProblem(pad) === null && !event.target.closest?.("button")) void finish(page, pad);
}

function press(page, pad, key) {
  if (key === "⌫") pad.value = pad.value.slice(0, -1);
  else if (key === "." && (pad.value.includes(".") || !pad.value)) return;
  else if (pad.value.length < pad.limit) pad.value += key;
  page.set({});
}

async function finish(page, pad) {
  const { value } = pad;
  pad.value = "";
  page.set({ overlay: null });
  await pad.submit(pad.kind === "pin" ? value : Number(value));
}

/** Why the typed value cannot be taken; null if it can. */
function padProblem(pad) {
  if (pad.kind === "pin") return pad.value.length < 4 ? t("pin.too_short") : null;
  const value = Number(pad.value);
  if (!pad.value) return t("number.range", pad);
  return value < pad.low || value > pad.high ? t("number.range", pad) : null;
}

function keys(page, pad, extra) {
  const all = ["1", "2", "3", "4", "5", "6", "7", "8", "9", extra, "0", "⌫"];
  return h("div", { class: "keys" }, all.map((key) =>
    key ? h("button", { key: `k${key}`, type: "button", class: "key", "data-key": key, "aria-label": key === "⌫" ? t("pad.delete") : key, onclick: () => press(page, pad, key) }, key)
      : h("span", { key: "gap" })));
}

function pinPad(page) {
  const pad = page.state.overlay;
  return [
    heading(pad.why, page),
    h("p", { class: "strong" }, t("pin.of", { name: pad.person.name })),
    h("output", { class: "typed", "aria-label": t("pin.typed", { count: pad.value.length }) }, "●".repeat(pad.value.length) || "–"),
    keys(page, pad, ""),
    button({ name: "pin-ok", disabled: padProblem(pad) !== null, onclick: () => finish(page, pad) }, t("ok")),
  ];
}

function numberPad(page) {
  const pad = page.state.overlay;
  const problem = padProblem(pad);
  return [
    heading(pad.name, page),
    h("output", { class: "typed number" }, pad.value || "–", h("small", null, ` ${pad.unit}`)),
    h("p", { class: `dim ${problem && pad.value ? "wrong" : ""}` }, t("number.range", pad)),
    keys(page, pad, pad.decimals ? "." : ""),
    button({ name: "number-ok", disabled: problem !== null, onclick: () => finish(page, pad) }, t("ok")),
  ];
}

function language(page) {
  return [
    heading(t("language.title"), page),
    h("div", { class: "choices" }, Object.entries(LANGUAGES).map(([code, name]) =>
      choice({ on: code === currentLanguage(), name: code, onclick: () => page.language(code) }, h("b", null, name)))),
  ];
}

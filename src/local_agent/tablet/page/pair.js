// Pairing: the code came behind # in the address, the PIN is typed here.

import { draw, h } from "./dom.js";
import { LANGUAGES, currentLanguage, explain, preferredLanguage, t, useLanguage } from "./texts.js";

const root = document.getElementById("page");
const state = { code: location.hash.slice(1), pin: "", findings: [], busy: false };
history.replaceState(null, "", "/pair"); // the code is not left in the address or the history

function redraw() {
  draw(root, [h("main", { class: "pairing" },
    h("div", { class: "languages" }, Object.entries(LANGUAGES).map(([code, name]) =>
      h("button", { key: code, type: "button", class: `choice ${code === currentLanguage() ? "on" : ""}`, "data-choice": code, onclick: () => choose(code) }, name))),
    h("h1", null, t("pair.title")),
    h("p", { class: "warning" }, t("pair.no_magnet_room")),
    state.code ? pad() : h("p", { class: "lead" }, t("pair.scan_code")),
    h("div", { role: "alert", class: "pair-refused" }, state.findings.map(explain).map((r) => h("p", null, h("b", null, r.text), ` — ${r.remedy}`))))]);
}

function pad() {
  return h("div", { class: "sheet pin" },
    h("p", { class: "lead" }, t("pair.type_pin")),
    h("output", { class: "typed", "aria-label": t("pin.typed", { count: state.pin.length }) }, "●".repeat(state.pin.length) || "–"),
    h("div", { class: "keys" }, ["1", "2", "3", "4", "5", "6", "7", "8", "9", "", "0", "⌫"].map((key) =>
      key ? h("button", { key: `k${key}`, type: "button", class: "key", "data-key": key, "aria-label": key === "⌫" ? t("pad.delete") : key, onclick: () => press(key) }, key) : h("span", { key: "gap" }))),
    h("button", { type: "button", class: "button primary", "data-do": "pair", disabled: state.busy || state.pin.length < 4, onclick: pair }, t("pair.pair")));
}

function press(key) {
  if (key === "⌫") state.pin = state.pin.slice(0, -1);
  else if (state.pin.length < 8) state.pin += key;
  redraw();
}

async function choose(code) {
  await useLanguage(code, { remember: true });
  redraw();
}

async function pair() {
  const body = JSON.stringify({ code: state.code, pin: state.pin });
  Object.assign(state, { pin: "", findings: [], busy: true });
  redraw();
  try {
    const answer = await fetch("/pair", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    const reply = await answer.json();
    if (reply.kind === "paired") return location.replace("/");
    state.findings = reply.findings;
  } catch {
    state.findings = [{ reason: "closing", figures: {} }];
  }
  state.busy = false;
  redraw();
}

document.addEventListener("keydown", (event) => {
  if (/^[0-9]$/.test(event.key)) press(event.key);
  else if (event.key === "Backspace") press("⌫");
});

await useLanguage(preferredLanguage());
redraw();

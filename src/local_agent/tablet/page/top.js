// The top bar: which scanner, which patient, who is here, what time it is.

import { camerasButton } from "./cameras.js";
import { h } from "./dom.js";
import { clockTime, patientLine } from "./format.js";
import { currentLanguage, t } from "./texts.js";

export function topBar(page) {
  const { state, agentNowMs, set } = page;
  const { card, view } = state;
  const here = view.staff;
  return [
    h("div", { class: "tile", vars: { "--scanner": card.colour }, "aria-hidden": "true" }, card.letter),
    h("b", { class: "scanner-name" }, `${card.site} · ${card.name}`),
    h("div", { class: "patient-line" }, patientLine(view.exam) ?? t("top.no_patient")),
    h("button", { type: "button", class: "top-button who-here", "data-open": "people", onclick: () => set({ overlay: { kind: "people" } }) },
      h("img", { src: "/pictures/person.svg", alt: "", width: "20", height: "20" }), here.length ? here.map((p) => p.name).join(", ") : t("top.nobody")),
    camerasButton(page),
    h("button", {
      type: "button", class: "top-button", "data-open": "language", "aria-label": t("language.title"),
      onclick: () => set({ overlay: { kind: "language" } }),
    }, currentLanguage().toUpperCase()),
    h("time", { class: "clock" }, clockTime(agentNowMs())),
  ];
}

/** Says that nothing here is for patients while the scanner is not a real one. */
export function demoStrip({ state }) {
  const { mode } = state.view.status;
  if (mode === "real") return null;
  return h("p", { class: "demo" }, t(mode === "demo" ? "demo.mark" : mode === "test" ? "demo.test" : "demo.unknown"));
}

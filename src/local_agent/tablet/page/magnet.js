// Helium and cooling: a quiet figure as long as all is well, a warning once the magnet needs its service.

import { h } from "./dom.js";
import { number } from "./format.js";
import { t } from "./texts.js";

/** What is the matter, each in a sentence; a level or limit that the scanner does not say is never "low". */
function faults({ helium_percent: level, helium_low_percent: low, cooling_working: cools }) {
  return [
    level !== null && low !== null && level < low && t("magnet.helium_low", { percent: number(level, 0) }),
    cools === false && t("magnet.cooling_failed"),
  ].filter(Boolean);
}

export function magnetWarning({ state }) {
  const found = state.view.status.room.magnet ? faults(state.view.status.room.magnet) : [];
  if (found.length === 0) return null;
  return h("section", { key: "magnet", class: "card warning", "data-card": "magnet", role: "alert" },
    found.map((words) => h("p", { key: words }, words)), h("p", { class: "dim" }, t("magnet.call")));
}

export function magnetLevel({ state }) {
  const magnet = state.view.status.room.magnet;
  if (!magnet || magnet.helium_percent === null || faults(magnet).length > 0) return null;
  return h("p", { key: "helium", class: "dim quiet", "data-helium": "" }, t("magnet.helium", { percent: number(magnet.helium_percent, 0) }));
}

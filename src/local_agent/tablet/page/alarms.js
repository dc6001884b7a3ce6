// Alarm conditions. Acknowledging ends the sound, never the display (IEC 60601-1-8).

import { h } from "./dom.js";
import { clockTime } from "./format.js";
import { soundIsBlocked } from "./sound.js";
import { t, word } from "./texts.js";

const ORDER = { high: 0, medium: 1, low: 2 };
const SIGNS = { high: "!!!", medium: "!!", low: "!" };

const shown = ({ state }) =>
  state.view.alarms.filter((a) => a.active).sort((a, b) => ORDER[a.priority] - ORDER[b.priority]);

/** Full width: the patient's squeeze bulb, or the most urgent alarm there is. */
export function alarmBand(page) {
  const all = shown(page);
  const first = all.find((a) => a.kind === "squeeze_bulb") ?? all[0];
  const live = { key: "alarms", "aria-live": "assertive", class: "alarm-space" };
  if (!first) return h("div", live);
  const others = all.length - 1;
  return h("div", live,
    h("div", { class: `alarm ${first.priority} ${first.acknowledged_by ? "acknowledged" : ""}`, "data-alarm": first.kind },
      h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[first.priority]),
      h("div", { class: "alarm-words" },
        h("b", null, word("alarm", first.kind)),
        h("span", null, t(`alarm_do.${first.kind}`)),
        others > 0 && h("span", null, t("alarms.others", { count: others })),
        !first.acknowledged_by && soundIsBlocked() && h("span", null, t("alarms.no_sound"))),
      acknowledgement(page, first)));
}

/** Every alarm, where there is more than the band can say. */
export function alarmList(page) {
  const all = shown(page);
  if (all.length < 2) return null;
  return h("section", { key: "alarm-list", class: "alarm-list", "aria-label": t("alarms.title") },
    h("h2", null, t("alarms.title")),
    all.map((alarm) => h("div", { key: alarm.alarm_id, class: `alarm small ${alarm.priority} ${alarm.acknowledged_by ? "acknowledged" : ""}` },
      h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[alarm.priority]),
      h("div", { class: "alarm-words" }, h("b", null, word("alarm", alarm.kind)),
        h("span", null, `${word("priority", alarm.priority)} · ${clockTime(new Date(alarm.since))}`)),
      acknowledgement(page, alarm))));
}

function acknowledgement({ act, state }, alarm) {
  if (alarm.acknowledged_by) return h("span", { class: "acked" }, t("alarms.acknowledged", { name: alarm.acknowledged_by }));
  return h("button", {
    type: "button", class: "button onalarm", "data-ack": alarm.alarm_id, disabled: state.busy.has("tablet_acknowledge"),
    onclick: () => act("tablet_acknowledge", { alarm_id: alarm.alarm_id }),
  }, t(alarm.kind === "squeeze_bulb" ? "alarms.talking" : "alarms.acknowledge"));
}

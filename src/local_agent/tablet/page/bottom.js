// The bottom bar: what is so, the emergency card, and STOP SCAN, on every page.

import { h } from "./dom.js";
import { minutes } from "./format.js";
import { isScanning } from "./steps.js";
import { said, t, word } from "./texts.js";

const OVERDUE_MS = 1000;
const CLICK_AFTER_TOUCH_MS = 700;

/** One touch, no confirmation. Never sent later: if it cannot leave now, the page says so. */
export async function pressStop({ state, link, set }) {
  const stop = { at: performance.now(), confirmed: false, overdue: !link.open };
  set({ stop });
  const outcome = await link.command("tablet_stop");
  stop.confirmed = Boolean(outcome.accepted);
  stop.overdue = !outcome.accepted;
  if (state.stop === stop) set({ stop });
}

/** Whether a stop was touched and nobody confirmed it within 1 s. */
export const stopIsOverdue = ({ state }) =>
  Boolean(state.stop && !state.stop.confirmed && performance.now() - state.stop.at > OVERDUE_MS);

export function bottomBar(page) {
  const { state, set } = page;
  return h("footer", { key: "bottom", class: "bottom" },
    state.stop?.overdue && undelivered(page),
    statusCard(page),
    h("button", { type: "button", class: "emergency", "data-open": "emergency", onclick: () => set({ overlay: { kind: "emergency" } }) },
      h("span", { "aria-hidden": "true", class: "cross" }, "✚"), t("emergency.button")),
    stopButton(page));
}

function stopButton(page) {
  const { state } = page;
  if (!state.view.status.can_stop) {
    return h("p", { key: "nostop", class: "stop none", role: "alert" }, t("stop.none"));
  }
  const recent = state.stop && performance.now() - state.stop.at < 6000;
  const latched = state.view.status.stop_latched;
  const words = latched ? t("stop.latched") : recent && state.stop.confirmed ? t("stop.confirmed") : recent && !state.stop.overdue ? t("stop.sent") : "";
  return h("button", {
    key: "stop", type: "button", class: "stop", "data-stop": true,
    onpointerdown: () => pressStop(page),
    onkeydown: (event) => (event.key === " " || event.key === "Enter") && !event.repeat && pressStop(page),
    onclick: () => {
      // assistive technology clicks without a touch before it
      if (!state.stop || performance.now() - state.stop.at > CLICK_AFTER_TOUCH_MS) void pressStop(page);
    },
  }, h("b", null, t("stop.button")), words && h("small", { role: "status" }, words));
}

function undelivered({ state, set }) {
  return h("div", { key: "undelivered", class: "undelivered", role: "alert" },
    h("div", null, h("b", null, t("stop.undelivered")), h("span", null, t("stop.use_button"))),
    h("button", { type: "button", class: "button onred", onclick: () => set({ stop: null }) }, t("close")));
}

function statusCard({ state, countedDown }) {
  const { status, control, last, link_loss_in_s: lossIn } = state.view;
  const who = control.phase === "remote" ? t("status.remote", { name: control.holder }) : word("phase", control.phase);
  const what = isScanning(state.view) && status.step_name
    ? t("said_of", { what: word("activity", status.activity), words: status.step_name }) + (status.progress ? ` · ${minutes(countedDown(status.progress.remaining_s))}` : "")
    : status.activity === null ? t("status.not_heard") : word("activity", status.activity);
  return h("section", { key: "status", class: "status", "aria-label": t("status.title") },
    h("b", null, who), h("span", { class: "strong" }, what),
    lossIn !== null && h("span", { class: "loss" }, t(`loss.${control.link_loss_action ?? "finish_sequence"}_in`, { time: minutes(countedDown(lossIn)) })),
    h("span", { class: "dim" }, last ? t("status.last", { words: said(last.words), by: last.by, outcome: said(last.outcome) }) : t("status.last_none")));
}

/** The agent was not heard for 1 s: nothing here can be trusted, and stop would not arrive. */
export function silentBand({ state, link }) {
  return h("footer", { key: "silent", class: "silent", role: "alert" },
    h("b", null, t("stop.not_connected")), h("span", null, t("stop.use_button")),
    h("small", null, state.unpaired ? "" : link.open ? t("silent.open") : t("silent.reconnecting"),
      state.card?.site_phone && ` · ${t("silent.phone", { phone: state.card.site_phone })}`));
}

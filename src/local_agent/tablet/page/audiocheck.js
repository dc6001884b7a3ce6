// “Can you hear me?”: asked by the one at the desk, answered by a person here, then asked back.

import { h } from "./dom.js";
import { t } from "./texts.js";

/** At a tablet whose sound is connected, high up, since somebody waits; nothing while nobody asks. */
export function audioCheck(page) {
  const { state, talk } = page;
  const check = state.view.audio_check;
  if (!check || !talk.connected) return null;
  if (check.phase !== "asked") return h("section", { key: "check", class: `talk check ${check.phase}`, "aria-live": "polite" }, h("small", null, t(`check.${check.phase}`, { name: check.by })));
  const busy = state.busy.has("answer_audio_check");
  return h("section", { key: "check", class: "talk check asked", "aria-live": "polite" },
    h("p", null, h("b", null, t("check.asks", { name: check.by }))),
    h("div", { class: "pair" },
      h("button", { type: "button", class: "button strong", disabled: busy, "data-do": "check-hears", onclick: () => void answer(page, check, true) }, t("check.hears")),
      h("button", { type: "button", class: "button plain", disabled: busy, "data-do": "check-hears-not", onclick: () => void answer(page, check, false) }, t("check.hears_not"))));
}

/** Whoever hears speaks next: the microphone opens with the answer. */
async function answer({ act, talk }, check, hears) {
  const accepted = await act("answer_audio_check", { check_id: check.check_id, hears });
  if (accepted && hears) talk.setOpen(true);
}

/** Calls back when another microphone or loudspeaker is there than when it was asked to watch, or one is gone. */
export function watchDevices(changed) {
  const devices = navigator.mediaDevices;
  if (!devices?.addEventListener) return;
  let known = null;
  const look = async () => {
    const all = await devices.enumerateDevices();
    const now = all.filter((one) => one.kind.startsWith("audio")).map((one) => `${one.kind} ${one.deviceId} ${one.groupId}`).sort().join("\n");
    const before = known;
    known = now;
    if (before !== null && before !== now) changed();
  };
  devices.addEventListener("devicechange", () => void look());
  void look();
}

// Whom the patient hears from afar, in full width for as long as they do, and the touch that cuts it.

import { h } from "./dom.js";
import { t, word } from "./texts.js";

/** Not an alarm, and not its colours. The cut takes the privilege back too: whoever spoke must ask anew. */
export function patientBand({ state, act }) {
  const intercom = state.view.intercom;
  const live = { key: "patient-hears", "aria-live": "assertive", class: "patient-space" };
  if (!intercom?.speaker) return h("div", live);
  return h("div", live,
    h("div", { class: "patient-hears", "data-patient-hears": intercom.heard_as },
      h("div", { class: "patient-words" },
        h("b", null, t("patient_hears.name", { name: intercom.speaker })),
        intercom.heard_as === "recorded" && h("span", null, t("patient_hears.recording", { words: word("breath", intercom.breath) }))),
      h("progress", { class: "level", max: "1", value: String(intercom.level), "aria-label": t("patient_hears.level") }),
      h("button", { type: "button", class: "button onred", "data-do": "cut-intercom", disabled: state.busy.has("cut_intercom"), onclick: () => act("cut_intercom") },
        t("patient_hears.cut"))));
}

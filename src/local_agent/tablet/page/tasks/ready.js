// Step 4: one hold, after leaving the room and closing the door: positioning and room in one.

import { h } from "../dom.js";
import { bodyLine, patientName, sideWords } from "../format.js";
import { holdButton } from "../hold.js";
import { needsExam, reasonLines, title } from "../parts.js";
import { isSigned } from "../steps.js";
import { explain, t, word } from "../texts.js";

const CHECKS = ["bulb", "ears", "loops", "patches"];

/** What still keeps patient ready from being held; the agent checks the same again. */
export function blockers(view) {
  const { exam, status, checklist } = view;
  const { room } = status;
  const reasons = [];
  if (status.activity === null) reasons.push("scanner_not_heard");
  if (!checklist.identity_confirmed) reasons.push("identity_not_confirmed");
  if (!isSigned(view)) reasons.push("screening_missing");
  if (!checklist.full_stop) reasons.push("screening_full_stop");
  if (!checklist.patient_data) reasons.push("patient_data_missing");
  if (room.door_closed === null || room.table === null) reasons.push("room_unknown");
  if (room.door_closed === false) reasons.push("door_open");
  if (!room.coil) reasons.push("no_coil");
  if (!checklist.landmark_set) reasons.push("landmark_missing");
  if (room.table !== null && room.table !== "isocentre") reasons.push("table_not_at_isocentre");
  return reasons.map((reason) => ({ reason, figures: reason === "patient_data_missing" ? { missing: t("missing.data") } : {}, exam: exam.exam_id }));
}

export function readyTask({ state, act }) {
  const { view, card } = state;
  const { exam, status, checklist } = view;
  if (!exam) return needsExam();
  const found = blockers(view);
  const { room } = status;
  const tags = [[t("fact.coil"), room.coil ?? t("coil.none"), Boolean(room.coil)],
    [t("fact.landmark"), exam.landmark ? word("landmark", exam.landmark) : "–", Boolean(exam.landmark)],
    [t("fact.table"), room.table ? word("table", room.table) : t("unknown_value"), room.table === "isocentre"]];
  return [
    title(t("ready.title"), [exam.procedure, sideWords(exam.side), exam.position && word("position", exam.position)].filter(Boolean).join(" · ")),
    h("ul", { class: "ticks grid" }, CHECKS.map((check) => h("li", { key: check }, t(`ready.${check}`)))),
    h("div", { class: "tags" }, tags.map(([name, value, good]) =>
      h("div", { key: name, class: `tag ${good ? "good" : "bad"}` }, h("small", null, name), h("b", null, value)))),
    h("p", { class: "dim strong" }, `${word("door", room.door_closed)} · ${bodyLine(exam)}`),
    checklist.patient_ready
      ? h("p", { class: "confirmed" }, "✓ ", t("ready.done"))
      : holdButton({
        id: "ready", kind: "tall", label: t("ready.hold"), detail: `${patientName(exam)} · ${card.site} ${card.name}`,
        subject: JSON.stringify([exam.exam_id, exam.landmark, exam.position, room]), disabled: found.length > 0 || state.busy.has("confirm_patient_ready"),
        describedBy: "ready-reasons", onHeld: (held_ms) => act("confirm_patient_ready", { exam_id: exam.exam_id, held_ms }),
      }),
    h("ul", { id: "ready-reasons", class: "reasons", "aria-live": "polite" }, found.map((finding) => h("li", { key: finding.reason }, reasonLines(explain(finding))))),
    found.length === 0 && h("p", { class: "dim" }, t("ready.note")),
  ];
}

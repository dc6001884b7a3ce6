// Step 3: the patient on the table. Weight, height, position; coil and landmark; into the isocentre.

import { h } from "../dom.js";
import { bodyLine, number, patientName } from "../format.js";
import { holdButton } from "../hold.js";
import { askNumber } from "../overlays.js";
import { button, choice, facts, needsExam, title } from "../parts.js";
import { t, word } from "../texts.js";

const POSITIONS = ["HFS", "HFP", "HFDR", "HFDL", "FFS", "FFP", "FFDR", "FFDL"];
const LANDMARKS = ["nasion", "chin", "sternum", "iliac_crest", "knee"];

export function positioningTask(page) {
  const { exam, checklist } = page.state.view;
  if (!exam) return needsExam();
  return !checklist.patient_data || page.state.draft.dataAgain ? body(page) : table(page);
}

function body(page) {
  const { state, draft, act } = page;
  const { exam } = state.view;
  const weight = state.draft.weight ?? exam.weight_kg;
  const height = state.draft.height ?? exam.height_cm;
  const position = state.draft.position ?? exam.position;
  const field = (name, value, unit, range) =>
    h("button", { type: "button", class: "field", "data-field": name, onclick: () => askNumber(page, { ...range, name: t(`body.${name}`), unit, submit: (v) => draft({ [name]: v }) }) },
      h("small", null, t(`body.${name}`)), h("b", null, value === null ? "–" : number(value)), h("small", null, unit));
  return [
    title(t("body.title"), t("body.how")),
    h("div", { class: "pair" },
      field("weight", weight, "kg", { low: 0.5, high: 400, decimals: 1 }),
      field("height", height, "cm", { low: 20, high: 260, decimals: 0 })),
    h("h2", null, t("body.position")),
    h("div", { class: "choices four positions" }, POSITIONS.map((code) =>
      choice({ on: code === position, name: code, onclick: () => draft({ position: code }) },
        h("img", { src: `/pictures/${code}.svg`, alt: "", width: "92", height: "44" }), h("b", null, code), h("small", null, word("position", code))))),
    button({
      name: "record-data", disabled: weight === null || height === null || !position || state.busy.has("record_patient_data"),
      onclick: async () => {
        const fields = { exam_id: exam.exam_id, weight_kg: weight, height_cm: height, position };
        if (await act("record_patient_data", fields)) draft({ dataAgain: false });
      },
    }, t("body.record")),
  ];
}

function table(page) {
  const { state, draft, act } = page;
  const { exam, status, checklist } = state.view;
  const { room } = status;
  return [
    title(t("table.title"), bodyLine(exam)),
    facts("", [
      [t("fact.coil"), room.coil ?? t(status.activity === null ? "unknown_value" : "coil.none"), room.coil ? "" : "missing"],
      [t("fact.table"), room.table ? word("table", room.table) : t("unknown_value"), ""],
    ]),
    h("h2", null, t("landmark.title")),
    h("div", { class: "choices three" }, LANDMARKS.map((landmark) =>
      choice({ on: exam.landmark === landmark, name: landmark, disabled: state.busy.has("set_landmark"), onclick: () => act("set_landmark", { exam_id: exam.exam_id, landmark }) }, h("b", null, word("landmark", landmark))))),
    tableHold(page, "isocentre", { disabled: !checklist.landmark_set || room.table === "isocentre" }),
    h("div", { class: "pair" },
      tableHold(page, "out", { disabled: room.table === "out", kind: "compact second" }),
      button({ kind: "plain", name: "data-again", onclick: () => draft({ dataAgain: true }) }, t("body.again"))),
  ];
}

/** Hold to move the table; the patient is named, since a table moves a person. */
export function tableHold({ state, act }, to, { disabled, kind = "" }) {
  const { exam, status } = state.view;
  return holdButton({
    id: `table-${to}`, kind, subject: `${to} ${exam?.exam_id}`, label: t(`move.${to}`),
    detail: exam ? `${patientName(exam)} · ${state.card.name}` : state.card.name,
    disabled: disabled || status.activity === null || status.room.table === "moving" || state.busy.has("move_table"),
    onHeld: () => act("move_table", { to }),
  });
}

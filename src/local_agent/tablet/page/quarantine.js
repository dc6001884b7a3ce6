// Wrong patient or side: saying it, and what two people decide afterwards.

import { h } from "./dom.js";
import { birthDate, dayAndTime, patientName, personName } from "./format.js";
import { askPin } from "./overlays.js";
import { button, choice, people } from "./parts.js";
import { t, word } from "./texts.js";

const MISTAKES = ["patient", "side", "procedure"];
const SIDES = ["left", "right", "both"];

/** Always in sight while an exam is open: two touches, no PIN, nobody needs to be checked in. */
export function wrongButton(page) {
  const { state, set } = page;
  if (!state.view.exam || state.view.exam.quarantine) return earlierButton(page);
  return h("button", { type: "button", class: "mistake-open", "data-open": "mistake", onclick: () => set({ overlay: { kind: "mistake" } }) }, t("wrong.button"));
}

/** Quiet: it stops nothing, since whoever is here now is another patient. */
const earlierButton = ({ state, set }) =>
  state.view.closed_exams.length > 0 &&
  h("button", { key: "earlier", type: "button", class: "button plain earlier-open", "data-open": "earlier", onclick: () => set({ overlay: { kind: "earlier" } }) }, t("earlier.button"));

/** What was wrong; the touch that says it stops and quarantines. */
export function wrongSheet(page) {
  const { exam } = page.state.view;
  if (!exam) return null;
  return [
    h("p", { class: "strong" }, `${patientName(exam)} · ${exam.procedure}${exam.side === "none" ? "" : ` · ${word("side", exam.side)}`}`),
    h("p", null, t("wrong.how")),
    mistakes(page, exam.exam_id),
    earlierButton(page),
  ];
}

function mistakes({ act, set }, examId) {
  const say = (mistaken) => {
    set({ overlay: null });
    void act("tablet_report_wrong", { exam_id: examId, mistaken });
  };
  return h("div", { class: "mistakes" }, MISTAKES.map((mistaken) =>
    h("button", { key: mistaken, type: "button", "data-do": `wrong-${mistaken}`, onclick: () => say(mistaken) }, word("mistaken", mistaken))));
}

/** An exam that was closed already: which one, then what was wrong. */
export function earlierSheet(page) {
  const { state, set } = page;
  const { closed_exams: exams } = state.view;
  const chosen = exams.find((exam) => exam.exam_id === state.overlay.examId);
  if (!exams.length) return [h("p", { class: "dim" }, t("earlier.none"))];
  if (!chosen) {
    return [
      h("p", null, t("earlier.which")),
      !exams.some((exam) => exam.patient) && h("p", { class: "dim" }, t("earlier.no_names")),
      h("div", { class: "choices one" }, exams.map((exam) =>
        choice({ name: exam.exam_id, onclick: () => set({ overlay: { kind: "earlier", examId: exam.exam_id } }) }, h("b", null, whose(exam)), h("small", null, ended(exam))))),
    ];
  }
  return [
    h("p", { class: "strong" }, `${ended(chosen)} · ${whose(chosen)}`),
    h("p", null, t("earlier.how")),
    mistakes(page, chosen.exam_id),
    button({ kind: "plain", name: "other-exam", onclick: () => set({ overlay: { kind: "earlier" } }) }, t("earlier.other")),
  ];
}

/** When an exam was closed; the day too unless it was today. */
function ended({ closed_at: at }) {
  const when = at && new Date(at);
  return !when ? t("earlier.closed_once") : t("earlier.closed", { time: dayAndTime(when) });
}

/** Stands above everything until two people have decided. */
export function quarantineStrip({ state, set }) {
  const [first] = state.view.quarantines;
  if (!first) return null;
  return h("div", { key: "quarantine", class: "in-quarantine", role: "alert" },
    h("div", null, h("b", null, t("quarantine.strip", { what: word("mistaken", first.mistaken) })), h("span", null, whose(first)),
      first.why && h("span", null, t("quarantine.failed", { why: first.why }))),
    button({ kind: "plain", name: "quarantine", onclick: () => set({ overlay: { kind: "in_quarantine" } }) }, t("quarantine.open")));
}

const whose = ({ patient, procedure, side }) =>
  [patient && named(patient), procedure, side !== "none" && word("side", side)].filter(Boolean).join(" · ");

const named = ({ name, birth_date, patient_id }) => `${personName(name)} · ${birthDate(birth_date)} · ${patient_id}`;

export function quarantineSheet(page) {
  const [first] = page.state.view.quarantines;
  if (!first) return null;
  const again = page.state.draft.proposal?.again === first.correction?.correction_id && first.correction;
  return [
    h("p", { class: "strong" }, `${word("mistaken", first.mistaken)} · ${whose(first)}`),
    h("p", { class: "dim" }, t("quarantine.reported", { name: first.reported_by }), " · ", t("quarantine.why_two")),
    first.state === "correcting" ? h("p", null, t("quarantine.correcting", { first: first.correction.proposed_by, second: first.correction.signed_by }))
      : first.state === "proposed" && !again ? second(page, first) : propose(page, first),
  ];
}

/** The first signature: what becomes of the images, what was wrong, and what is right. */
function propose(page, quarantine) {
  const { state, draft, act } = page;
  const now = { mistaken: quarantine.mistaken, ...state.draft.proposal };
  const change = (changes) => draft({ proposal: { ...now, ...changes } });
  const correct = now.verdict === "correct";
  const said = correct ? (now.mistaken === "side" ? now.side : now.item) : now.verdict === "reject";
  return [
    h("h2", null, t("quarantine.verdict")),
    h("div", { class: "choices two" }, ["correct", "reject"].map((verdict) =>
      choice({ on: now.verdict === verdict, name: verdict, onclick: () => change({ verdict }) }, h("b", null, t(`quarantine.${verdict}`))))),
    correct && h("h2", null, t("quarantine.what")),
    correct && h("div", { class: "choices three" }, MISTAKES.map((mistaken) =>
      choice({ on: now.mistaken === mistaken, name: mistaken, onclick: () => change({ mistaken, item: null, side: null }) }, h("b", null, word("mistaken", mistaken))))),
    correct && (now.mistaken === "side" ? sides(quarantine, now, change) : entries(state, now, change)),
    said && h("h2", null, t("quarantine.first")),
    said && people(state.view.staff, null, (person) => askPin(page, person, t("quarantine.title"), async (pin) => {
      const right = correct ? { item_id: now.mistaken === "side" ? null : now.item, side: now.mistaken === "side" ? now.side : null } : {};
      const fields = { exam_id: quarantine.exam_id, verdict: now.verdict, mistaken: now.mistaken, staff_id: person.staff_id, pin, ...right };
      if (await act("propose_correction", fields)) draft({ proposal: undefined });
    })),
    said && state.view.staff.length === 0 && h("p", { class: "dim" }, t("unknown.check_in")),
  ];
}

const sides = (quarantine, now, change) => [
  h("h2", null, t("quarantine.right_side")),
  h("div", { class: "choices three" }, SIDES.map((side) =>
    choice({ on: now.side === side, name: `side-${side}`, disabled: side === quarantine.side, onclick: () => change({ side }) }, h("b", null, word("side", side))))),
];

const entries = ({ view }, now, change) => [
  h("h2", null, t("quarantine.right_entry")),
  h("div", { class: "choices" }, view.worklist.map((item) =>
    choice({ on: now.item === item.item_id, name: item.item_id, onclick: () => change({ item: item.item_id }) },
      h("b", null, named(item.patient)), h("small", null, whose({ procedure: `${item.accession} · ${item.procedure}`, side: item.side }))))),
  view.worklist.length === 0 && h("p", { class: "dim" }, t("quarantine.no_entry")),
];

/** The second signature: what was, what will be, and who is not the first. */
function second(page, { exam_id, correction }) {
  const { state, act, draft } = page;
  const others = state.view.staff.filter((person) => person.name !== correction.proposed_by);
  const sign = (person) => askPin(page, person, t("quarantine.sign"), (pin) =>
    act("sign_correction", { exam_id, correction_id: correction.correction_id, staff_id: person.staff_id, pin }));
  return [
    h("h2", null, t("quarantine.proposed", { name: correction.proposed_by })),
    correction.verdict === "reject" ? h("p", { class: "strong" }, t("quarantine.reject")) : h("dl", { class: "was-becomes" },
      h("dt", null, t("quarantine.was")),
      h("dd", null, whose({ patient: correction.patient_before, procedure: correction.procedure_before, side: correction.side_before })),
      h("dt", null, t("quarantine.becomes")),
      h("dd", { class: "strong" }, whose({ patient: correction.patient_after, procedure: correction.procedure_after, side: correction.side_after }))),
    h("h2", null, t("quarantine.second")),
    people(others, null, sign),
    h("p", { class: "dim" }, t("quarantine.second_missing")),
    button({ kind: "plain", name: "propose-again", onclick: () => draft({ proposal: { again: correction.correction_id } }) }, t("quarantine.again")),
  ];
}

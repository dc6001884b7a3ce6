// Step 1: who is here, who comes next, and that it is the right person.

import { h } from "../dom.js";
import { birthDate, clockTime, patientName, personName, sideWords } from "../format.js";
import { askCheckIn } from "../overlays.js";
import { button, choice, facts, people, title } from "../parts.js";
import { away, personPicker } from "../people.js";
import { t, word } from "../texts.js";

const KINDS = ["spoken_name", "birth_date", "wristband", "patient_id", "photo_id"];

export function patientTask(page) {
  const { view } = page.state;
  if (!view.staff.length) return checkInFirst(page);
  if (!view.exam) return chosenItem(page) ?? worklist(page);
  return view.checklist.identity_confirmed ? confirmed(page) : identity(page);
}

function checkInFirst(page) {
  return [
    title(t("check_in.title"), t("check_in.how")),
    personPicker(page, away(page.state), (person) => askCheckIn(page, person)),
    !page.state.staff.length && h("p", { class: "dim" }, t("check_in.empty")),
  ];
}

function worklist({ state, draft }) {
  const items = state.view.worklist;
  return [
    title(t("worklist.title"), t("worklist.how")),
    !items.length && h("p", { class: "dim" }, t("worklist.empty"), " ", t("worklist.empty_hint")),
    h("div", { class: "worklist" }, items.map((item) =>
      h("button", { key: item.item_id, type: "button", class: "item", "data-item": item.item_id, onclick: () => draft({ itemId: item.item_id }) },
        h("time", null, clockTime(new Date(item.scheduled_at))),
        h("span", null, h("b", null, personName(item.patient.name)), h("small", null, `${birthDate(item.patient.birth_date)} · `, h("span", { class: "whole" }, item.accession))),
        h("span", { class: "what" }, item.procedure, item.side !== "none" && h("mark", null, sideWords(item.side)))))),
  ];
}

function chosenItem({ state, draft, act }) {
  const item = state.view.worklist.find((i) => i.item_id === state.draft.itemId);
  if (!item) return null;
  return [
    title(personName(item.patient.name), `${birthDate(item.patient.birth_date)} · ${word("sex", item.patient.sex)} · ${item.patient.patient_id}`),
    h("p", { class: "large" }, item.procedure, item.side !== "none" && h("mark", { class: "huge" }, sideWords(item.side))),
    facts("", [
      [t("fact.accession"), item.accession, "big"],
      [t("fact.scheduled"), clockTime(new Date(item.scheduled_at))],
      [t("fact.contrast"), t(item.contrast_planned ? "yes" : "no")],
      [t("fact.scanner"), `${state.card.letter} · ${state.card.site} · ${state.card.name}`],
    ]),
    button({ name: "take", disabled: state.busy.has("take_patient"), onclick: () => act("take_patient", { item_id: item.item_id }) }, t("worklist.take")),
    button({ kind: "plain", name: "back", onclick: () => draft({ itemId: null }) }, t("back")),
  ];
}

function identity({ state, draft, act }) {
  const { exam, staff: here } = state.view;
  const chosen = state.draft.identifiers ?? [];
  const who = here.find((p) => p.staff_id === state.draft.identifiedBy) ?? (here.length === 1 ? here[0] : null);
  const toggle = (kind) => draft({ identifiers: chosen.includes(kind) ? chosen.filter((k) => k !== kind) : [...chosen, kind] });
  return [
    title(t("identity.title"), t("identity.how")),
    identityFacts(exam),
    h("h2", null, t("identity.checked", { count: Math.min(2, chosen.length) })),
    h("div", { class: "choices three brief" }, KINDS.map((kind) =>
      choice({ on: chosen.includes(kind), name: kind, onclick: () => toggle(kind) }, h("b", null, word("identifier", kind))))),
    here.length > 1 && [h("h2", null, t("identity.who")), h("div", { class: "brief" }, people(here, who?.staff_id, (p) => draft({ identifiedBy: p.staff_id })))],
    button({
      name: "confirm-identity", disabled: chosen.length < 2 || !who || state.busy.has("confirm_identity"),
      onclick: () => act("confirm_identity", { exam_id: exam.exam_id, identifiers: chosen, staff_id: who.staff_id }),
    }, t("identity.confirm", { name: patientName(exam) })),
  ];
}

function identityFacts(exam) {
  const { patient } = exam;
  return facts("identity", [
    [t("fact.name"), patientName(exam), "big"],
    [t("fact.birth_date"), patient ? birthDate(patient.birth_date) : exam.band.birth_year, "big"],
    patient && [t("fact.patient_id"), patient.patient_id],
    [t("fact.accession"), exam.accession],
    [t("fact.procedure"), exam.side === "none" ? exam.procedure : [exam.procedure, " ", h("mark", null, sideWords(exam.side))]],
  ]);
}

function confirmed({ state }) {
  return [title(t("identity.done"), t("identity.done_how")), identityFacts(state.view.exam)];
}

// Step 2: MR safety. Screening, two signatures of different people, and the full stop at the door.

import { h } from "../dom.js";
import { number } from "../format.js";
import { askNumber, askPin } from "../overlays.js";
import { button, choice, needsExam, people, reasonLines, title } from "../parts.js";
import { isSigned, signatureFindings } from "../steps.js";
import { exceptionButton, exceptionCard } from "./exception.js";
import { explain, t, word } from "../texts.js";

const DEVICES = ["pacemaker", "neurostimulator", "cochlear", "clip", "stent", "valve", "joint", "pump", "other"];
const LIMITS = [
  ["b1_rms_ut", "µT", 0, 20],
  ["whole_body_sar_w_per_kg", "W/kg", 0, 4],
  ["head_sar_w_per_kg", "W/kg", 0, 3.2],
];

export function safetyTask(page) {
  const { exam, checklist } = page.state.view;
  if (!exam) return needsExam();
  if (page.state.draft.excepting && exam.screening?.exception_possible) return exceptionCard(page);
  const excepted = Boolean(exam.screening?.exception);
  if ((!checklist.screening_recorded && !excepted) || page.state.draft.screeningAgain) {
    return page.state.draft.implant ? implantCard(page) : record(page);
  }
  if (!isSigned(page.state.view)) return sign(page);
  return checklist.full_stop ? done(page) : fullStop(page);
}

function record(page) {
  const { state, draft, act } = page;
  const { answered = false, free = false, implants = [] } = state.draft;
  const known = free || implants.length > 0;
  return [
    title(t("screening.title"), t("screening.how")),
    choice({ on: answered, name: "answered", onclick: () => draft({ answered: !answered }) }, h("b", null, t("screening.answered")), h("small", null, t("screening.answered_what"))),
    h("h2", null, t("screening.implants")),
    h("div", { class: "choices two" },
      choice({ on: free, name: "implant-free", disabled: implants.length > 0, onclick: () => draft({ free: !free }) }, h("b", null, t("screening.free"))),
      choice({ on: implants.length > 0, name: "add-implant", disabled: free || implants.length >= 16, onclick: () => draft({ implant: {} }) }, h("b", null, t("screening.add")))),
    h("div", { class: "rows" }, implants.map((implant, index) => h("div", { key: `i${index}`, class: "row" },
      h("div", null, h("b", null, implant.device), h("small", null, limitLine(implant))),
      button({ kind: "plain", onclick: () => draft({ implants: implants.filter((_i, other) => other !== index) }) }, t("remove"))))),
    button({
      name: "record-screening", disabled: !answered || !known || state.busy.has("record_screening"),
      onclick: async () => {
        const fields = { exam_id: state.view.exam.exam_id, questions_answered: true, implants, implant_free: free };
        if (await act("record_screening", fields)) draft({ screeningAgain: false });
      },
    }, t("screening.record")),
    exceptionButton(page),
  ];
}

function limitLine(implant) {
  const known = LIMITS.filter(([key]) => implant[key] !== null && implant[key] !== undefined);
  return known.length ? known.map(([key, unit]) => `${t(`limit.${key}`)} ≤ ${number(implant[key], 2)} ${unit}`).join(" · ") : t("screening.no_limits");
}

function implantCard(page) {
  const { state, draft } = page;
  const { implant } = state.draft;
  const change = (changes) => draft({ implant: { ...implant, ...changes } });
  return [
    title(t("implant.title"), t("implant.how")),
    h("div", { class: "choices three" }, DEVICES.map((device) =>
      choice({ on: implant.kind === device, name: device, onclick: () => change({ kind: device }) }, h("b", null, word("device", device))))),
    h("h2", null, t("implant.limits")),
    h("div", { class: "choices three" }, LIMITS.map(([key, unit, low, high]) =>
      choice({
        on: key in implant, name: key,
        onclick: () => askNumber(page, { name: t(`limit.${key}`), unit, low, high, decimals: 2, submit: (value) => change({ [key]: value }) }),
      }, h("small", null, t(`limit.${key}`)), h("b", null, key in implant ? `${number(implant[key], 2)} ${unit}` : "–")))),
    h("div", { class: "pair" },
      button({ kind: "plain", onclick: () => draft({ implant: null }) }, t("back")),
      button({ name: "keep-implant", disabled: !implant.kind, onclick: () => draft({ implant: null, implants: [...(state.draft.implants ?? []), asLimits(implant)] }) }, t("implant.keep"))),
  ];
}

function asLimits(implant) {
  const limits = Object.fromEntries(LIMITS.map(([key]) => [key, implant[key] ?? null]));
  return { device: word("device", implant.kind), ...limits };
}

function sign(page) {
  const { state, act, draft } = page;
  const { exam, staff, checklist } = state.view;
  const signed = checklist.screening_signed_by;
  const left = staff.filter((p) => !signed.includes(p.name));
  return [
    title(t("sign.title"), t("sign.how")),
    h("div", { class: "signatures" }, Array.from({ length: Math.max(2, signed.length) }, (_none, index) =>
      h("div", { key: `s${index}`, class: `signature ${signed[index] ? "given" : ""}` }, h("small", null, t("sign.number", { number: index + 1 })), h("b", null, signed[index] ? `✓ ${signed[index]}` : "…"), place(exam, index)))),
    h("p", null, exam.implants.length ? exam.implants.map((i) => `${i.device}: ${limitLine(i)}`).join("; ") : t("screening.free")),
    signed.length > 0 && h("ul", { class: "reasons" }, signatureFindings(state.view).map((finding) => h("li", { key: finding.reason }, reasonLines(explain(finding))))),
    h("h2", null, t("sign.who")),
    exam.screening && exam.screening.remote_signature !== "refused" && h("p", { class: "dim" }, t("sign.remote_may")),
    people(left, null, (person) => askPin(page, person, t("sign.title"), (pin) => act("sign_screening", { exam_id: exam.exam_id, staff_id: person.staff_id, pin }))),
    left.length === 0 && h("p", { class: "dim" }, t("sign.nobody")),
    button({ kind: "plain", name: "screen-again", onclick: () => draft({ screeningAgain: true }) }, t("sign.again")),
    exceptionButton(page),
  ];
}

/** Where a signature was given, if not here. */
function place(exam, index) {
  const given = exam.screening?.signatures[index];
  return given?.remote && h("small", null, t(given.by_video ? "sign.by_video" : "sign.remote"));
}

function fullStop({ state, act }) {
  const { exam } = state.view;
  return [
    title(t("full_stop.title"), t("full_stop.how")),
    h("ul", { class: "ticks plain" }, ["patient", "pockets", "clothes", "helpers", "objects"].map((item) => h("li", { key: item }, t(`full_stop.${item}`)))),
    button({ name: "full-stop", disabled: state.busy.has("confirm_full_stop"), onclick: () => act("confirm_full_stop", { exam_id: exam.exam_id }) }, t("full_stop.confirm")),
  ];
}

function implantLines(exam, checklist) {
  if (!checklist.screening_recorded) return [t("exception.unknown")];
  return exam.implants.length ? exam.implants.map((i) => `${i.device}: ${limitLine(i)}`) : [t("screening.free")];
}

function done({ state, draft }) {
  const { checklist, exam } = state.view;
  return [
    exam.screening?.exception
      ? title(t("exception.done"), t("exception.signed", { name: exam.screening.exception.name }))
      : title(t("safety.done"), t("safety.done_by", { names: checklist.screening_signed_by.join(", ") })),
    h("ul", { class: "ticks" }, implantLines(exam, checklist).map((line) => h("li", null, line)), h("li", null, t("full_stop.title"))),
    button({ kind: "plain", name: "screen-again", onclick: () => draft({ screeningAgain: true }) }, t("sign.again")),
  ];
}

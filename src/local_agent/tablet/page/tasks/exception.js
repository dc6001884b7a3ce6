// An emergency exception to the screening: a physician who is here signs it, with a reason. Never the shorter way.

import { h } from "../dom.js";
import { askPin } from "../overlays.js";
import { button, choice, people, title } from "../parts.js";
import { t } from "../texts.js";

const REASONS = ["stroke", "cord", "silent", "life"];

/** The way to the card, where the site's policy lets a physician sign. */
export const exceptionButton = ({ state, draft }) =>
  state.view.exam.screening?.exception_possible
  && button({ kind: "plain", name: "exception", onclick: () => draft({ excepting: true }) }, t("exception.open"));

export function exceptionCard(page) {
  const { state, draft, act } = page;
  const { exam, staff } = state.view;
  const reason = state.draft.exceptionReason ?? null;
  const physicians = staff.filter((person) => person.qualification === "physician");
  const sign = (person) => askPin(page, person, t("exception.title"), async (pin) => {
    const fields = { exam_id: exam.exam_id, staff_id: person.staff_id, pin, reason: t(`exception.${reason}`) };
    if (await act("sign_emergency_exception", fields)) draft({ excepting: false, exceptionReason: null });
  });
  return [
    title(t("exception.title"), t("exception.how")),
    h("h2", null, t("exception.why")),
    h("div", { class: "choices" }, REASONS.map((key) =>
      choice({ on: reason === key, name: `reason-${key}`, onclick: () => draft({ exceptionReason: key }) }, h("b", null, t(`exception.${key}`))))),
    reason && h("h2", null, t("exception.who")),
    reason && people(physicians, null, sign),
    reason && physicians.length === 0 && h("p", { class: "strong" }, t("exception.nobody")),
    button({ kind: "plain", name: "no-exception", onclick: () => draft({ excepting: false }) }, t("back")),
  ];
}

/** Shown as long as it holds, on every page. */
export function exceptionNotice({ state }) {
  const signed = state.view.exam?.screening?.exception;
  if (!signed) return null;
  const recorded = state.view.exam.screening.recorded;
  return h("section", { key: "exception", class: "card warning", "data-card": "exception" },
    h("b", null, t("exception.signed", { name: signed.name })),
    h("p", null, signed.reason),
    !recorded && h("p", null, t("exception.unknown")));
}

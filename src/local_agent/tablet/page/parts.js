// Small pieces that several tasks use.

import { h } from "./dom.js";
import { explain, t, word } from "./texts.js";

export const title = (words, below) => [h("h1", null, words), below && h("p", { class: "dim lead" }, below)];

/** A big choice; `on` says whether it is taken. */
export const choice = ({ on, onclick, disabled = false, name }, ...content) =>
  h("button", { type: "button", class: `choice ${on ? "on" : ""}`, "aria-pressed": on ? "true" : "false", disabled, "data-choice": name, onclick }, content);

export const button = ({ onclick, disabled = false, kind = "primary", name }, ...content) =>
  h("button", { type: "button", class: `button ${kind}`, disabled, "data-do": name, onclick }, content);

export const facts = (kind, rows) =>
  h("dl", { class: `facts ${kind}` }, rows.filter(Boolean).map(([name, value, emphasis]) =>
    h("div", { class: emphasis }, h("dt", null, name), h("dd", null, value))));

/** Every open or unknown interlock, with its reasons, who can clear each and how. */
export function openInterlocks(standing) {
  return standing.interlocks.filter((lock) => lock.state !== "closed");
}

export function interlockList(standing) {
  const open = openInterlocks(standing);
  if (!open.length) return h("p", { class: "clear" }, "✓ ", t("reasons.none"));
  return h("ul", { class: "reasons" }, open.map((lock) =>
    h("li", { key: lock.interlock, "data-interlock": lock.interlock },
      h("span", { class: "lock" }, word("interlock", lock.interlock), lock.state === "unknown" && ` · ${t("reasons.unknown")}`),
      lock.findings.map((finding) => reasonLines(explain(finding))))));
}

export function reasonLines({ text, remedy, who, clearedBy }) {
  return [
    h("b", null, text),
    remedy && h("span", null, h("span", { class: `who ${clearedBy === "local_operator" || clearedBy === "both" ? "you" : ""}` }, who), remedy !== who && ` ${remedy}`),
  ];
}

/** People of the roster who are here, as choices. */
export const people = (staff, chosen, choose) =>
  h("div", { class: "choices" }, staff.map((person) =>
    choice({ on: person.staff_id === chosen, name: person.staff_id, onclick: () => choose(person) },
      h("b", null, person.name),
      h("small", null, `${t("level", { level: person.mr_level })} · ${word("qualification", person.qualification)}`))));

export const needsExam = () => [title(t("no_exam.title")), h("p", { class: "dim" }, t("no_exam.how"))];

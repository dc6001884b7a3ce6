// Choosing a person without typing: a few as large buttons, many by their initials first.

import { h } from "./dom.js";
import { button, people } from "./parts.js";
import { t } from "./texts.js";

const FEW = 12;
const MOST_LETTERS = 2;

/** First letters of all parts of a name, without accents. */
const initialsOf = (name) =>
  name.split(/[\s-]+/).map((part) => [...part.normalize("NFD").replace(/\p{M}/gu, "")][0]?.toUpperCase()).filter(Boolean);

/** Whether a person's name has these initials, in any order. */
function hasInitials(person, letters) {
  const left = initialsOf(person.name);
  return letters.every((letter) => {
    const at = left.indexOf(letter);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

/** Who may check in: everybody known who is not here yet. */
export const away = ({ staff, view }) =>
  staff.filter((person) => !view.staff.some((here) => here.staff_id === person.staff_id));

/** Buttons for all of `candidates`, or for their initials while they are too many to look through. */
export function personPicker({ state, draft }, candidates, choose) {
  const letters = candidates.length > FEW ? state.draft.initials ?? [] : [];
  const left = candidates.filter((person) => hasInitials(person, letters));
  const list = left.length <= FEW || letters.length >= MOST_LETTERS;
  return h("div", { class: "picker" },
    letters.length > 0 && h("div", { class: "chosen-letters" },
      h("b", { class: "huge" }, letters.join(" ")), h("span", { class: "dim" }, t("initials.left", { count: left.length })),
      button({ kind: "plain", name: "other-letters", onclick: () => draft({ initials: [] }) }, t("initials.again"))),
    list ? people(left, null, choose) : [
      h("p", { class: "strong" }, t(letters.length ? "initials.second" : "initials.first")),
      letterKeys(left, letters, (letter) => draft({ initials: [...letters, letter] }))]);
}

function letterKeys(candidates, letters, choose) {
  const next = new Set(candidates.flatMap((person) => {
    const rest = initialsOf(person.name);
    for (const letter of letters) rest.splice(rest.indexOf(letter), 1);
    return rest;
  }));
  return h("div", { class: "keys letters" }, [...next].sort((a, b) => a.localeCompare(b)).map((letter) =>
    h("button", { key: letter, type: "button", class: "key", "data-letter": letter, onclick: () => choose(letter) }, letter)));
}

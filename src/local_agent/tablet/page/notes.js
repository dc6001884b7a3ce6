// Notes between the local operator and whoever is at the other end: ready-made phrases, no typing.

import { h } from "./dom.js";
import { clockTime } from "./format.js";
import { button } from "./parts.js";
import { t } from "./texts.js";

const PHRASES = ["call", "moment", "wait", "ready", "contrast_ready", "contrast_given", "moved", "leaving", "back"];
const SHOWN = 2;

/** The button that opens the phrases; only where somebody could read them. */
export const noteButton = ({ set }) =>
  h("button", { type: "button", class: "note-button", "data-open": "note", onclick: () => set({ overlay: { kind: "note" } }) }, t("note.write"));

/** The newest notes of this exam, with who wrote them. */
export function notes({ state }) {
  const written = state.view.timeline.filter((entry) => entry.kind === "note_sent" && entry.figures.text);
  if (!written.length) return null;
  return h("section", { key: "notes", class: "notes", "aria-live": "polite", "aria-label": t("note.title") },
    written.slice(-SHOWN).reverse().map((entry) => h("blockquote", { key: `n${entry.seq}`, class: "bubble" },
      h("p", null, entry.figures.text),
      h("small", { class: "dim" }, `${clockTime(new Date(entry.at))} · ${entry.by}`))));
}

export function noteSheet(page) {
  const { state, act, set } = page;
  const send = async (phrase) => {
    if (await act("tablet_note", { text: t(`note.${phrase}`) })) set({ overlay: null });
  };
  return [
    h("div", { class: "phrases" }, PHRASES.map((phrase) =>
      h("button", { key: phrase, type: "button", class: "choice", "data-phrase": phrase, disabled: state.busy.has("tablet_note"), onclick: () => send(phrase) }, h("b", null, t(`note.${phrase}`))))),
    h("p", { class: "dim" }, t("note.no_command")),
  ];
}

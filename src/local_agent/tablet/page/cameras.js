// The privacy switch: which pictures leave the room, and the local operator's word over each of them.

import { h } from "./dom.js";
import { button } from "./parts.js";
import { t, word } from "./texts.js";

/** Opens the list; says how many are paused. Nothing where the site has no camera. */
export function camerasButton({ state, set }) {
  const { sources } = state.view;
  if (!sources.length) return null;
  const paused = sources.filter((source) => source.state === "paused").length;
  return h("button", { type: "button", class: `top-button ${paused ? "paused" : ""}`, "data-open": "cameras", onclick: () => set({ overlay: { kind: "cameras" } }) },
    paused ? t("cameras.paused", { count: paused }) : t("cameras.count", { count: sources.length }));
}

export function camerasSheet({ state, act }) {
  return [
    h("p", { class: "dim" }, t("cameras.how")),
    h("div", { class: "rows" }, state.view.sources.map((source) => cameraRow(source, state.busy.has("pause_source"), act))),
  ];
}

function cameraRow(source, busy, act) {
  const paused = source.state === "paused";
  const lacks = source.state === "failing" && source.why && t(`device_lacks.${source.why.reason}`, source.why.figures);
  const what = word("source_state", source.state);
  const says = lacks ? t("said_of", { what, words: lacks }) : what;
  return h("div", { key: source.source, class: `row camera ${source.state}`, "data-camera": source.source },
    h("div", null, h("b", null, source.title), h("small", null, `${word("source", source.kind)} · ${says}`)),
    button({
      kind: paused ? "primary" : "strong", name: `${paused ? "resume" : "pause"}-${source.source}`, disabled: busy,
      onclick: () => act("pause_source", { source: source.source, paused: !paused }),
    }, t(paused ? "cameras.resume" : "cameras.pause")));
}

// A button that must be held for one second, for exactly what was drawn when the finger came down.
// If what it stands for changes, is disabled or goes away meanwhile, the hold is cancelled.

import { h } from "./dom.js";

export const HOLD_MS = 1000;

let active = null; // {id, subject, since, timer}
let drawn = new Set();
let redraw = () => {};

export function onHoldChange(listener) {
  redraw = listener;
  document.addEventListener("visibilitychange", cancelHold);
  window.addEventListener("blur", cancelHold);
}

/** Before drawing: forget which hold buttons are on the page. */
export function beginDrawing() {
  drawn = new Set();
}

/** After drawing: a held button that is no longer there was not held. */
export function endDrawing() {
  if (active && !drawn.has(active.id)) cancelHold();
}

/** Whatever is being held was not held. */
export function cancelHold() {
  if (!active) return;
  clearTimeout(active.timer);
  active = null;
  redraw();
}

function begin(id, subject, onHeld) {
  cancelHold();
  const since = performance.now();
  const finish = () => {
    active = null;
    onHeld(Math.min(60000, Math.round(performance.now() - since)));
    redraw();
  };
  active = { id, subject, since, timer: setTimeout(finish, HOLD_MS) };
  redraw();
}

/** Whether the finger is still on the button; a touch keeps reporting to it after sliding off. */
function isOver(event) {
  const box = event.currentTarget.getBoundingClientRect();
  return event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
}

const isPressKey = (event) => event.key === " " || event.key === "Enter";

/** `subject` says in a string everything the hold confirms; `onHeld(held_ms)` runs once it was held. */
export function holdButton({ id, subject, label, detail, disabled = false, kind = "", onHeld, describedBy }) {
  drawn.add(id);
  if (active?.id === id && (disabled || active.subject !== subject)) queueMicrotask(cancelHold);
  const holding = active?.id === id && active.subject === subject;
  return h(
    "button",
    {
      key: `hold-${id}`,
      type: "button",
      class: `hold ${kind} ${holding ? "holding" : ""}`,
      "data-hold": id,
      disabled,
      "aria-describedby": describedBy,
      onpointerdown: (event) => event.button === 0 && begin(id, subject, onHeld),
      onpointermove: (event) => active?.id === id && !isOver(event) && cancelHold(),
      onpointerleave: cancelHold,
      onpointerup: cancelHold,
      onpointercancel: cancelHold,
      onkeydown: (event) => {
        if (!isPressKey(event)) return;
        event.preventDefault();
        if (!event.repeat) begin(id, subject, onHeld);
      },
      onkeyup: (event) => isPressKey(event) && cancelHold(),
      onblur: cancelHold,
      oncontextmenu: (event) => event.preventDefault(),
    },
    h("span", { class: "hold-words" }, h("b", null, label), detail && h("small", null, detail)),
  );
}

// Step 5: what the scanner does now, what comes next, and what keeps it from starting.

import { h } from "../dom.js";
import { clockTime, minutes } from "../format.js";
import { needsExam, title } from "../parts.js";
import { t, word } from "../texts.js";

export function scanningTask(page) {
  const { view } = page.state;
  if (!view.exam) return needsExam();
  return [
    title(t("scanning.title"), view.exam.protocol_name || t("scanning.no_protocol")),
    running(page), queue(view.exam), timeline(page.state),
  ];
}

function running({ state, countedDown }) {
  const { status } = state.view;
  const { progress } = status;
  if (!progress) return idle(state.view);
  const share = Math.round(progress.fraction * 100);
  return h("section", { class: "running" },
    h("div", { class: "running-head" }, h("b", null, status.step_name), h("b", { class: "left" }, t("scanning.left", { time: minutes(countedDown(progress.remaining_s)) }))),
    h("progress", { max: "100", value: String(share), "aria-label": status.step_name }),
    h("small", null, t("scanning.lines", { done: progress.lines_acquired, all: progress.lines_total })));
}

/** Nothing runs: whose turn it is, where it is anybody's. */
function idle({ status, control, exam }) {
  if (status.activity === null) return h("section", { class: "running idle" }, h("p", null, t("status.not_heard")));
  const remote = control.phase === "remote" && control.privileges.includes("start");
  const asked = control.request_id !== null;
  return h("section", { class: "running idle" },
    h("p", null, word("activity", status.activity)),
    !exam.quarantine && h("small", null, remote ? t("scanning.idle_remote", { name: control.holder }) : asked ? t("scanning.idle_asked", { name: control.requested_by }) : t("scanning.idle_local")));
}

function queue(exam) {
  return h("ol", { class: "queue" }, exam.steps.map((step) =>
    h("li", { key: step.step_id, class: step.state },
      h("span", null, h("b", null, step.name), step.repeat_reason && h("small", null, t("scanning.repeat", { why: step.repeat_reason }))),
      step.deviations.length > 0 && h("span", { class: "deviates" }, t("scanning.deviates", { count: step.deviations.length })),
      h("span", { class: "dim" }, minutes(step.duration_s)),
      h("span", { class: "state" }, step.step_id === exam.armed_step ? t("scanning.armed") : word("step_state", step.state)))));
}

/** What the scanner or the agent said of itself needs no name behind it. */
function timeline({ view, card }) {
  if (!view.timeline.length) return null;
  return h("section", { class: "timeline" }, h("h2", null, t("timeline.title")),
    h("ul", null, [...view.timeline].reverse().slice(0, 6).map((entry) =>
      h("li", { key: `e${entry.seq}` }, h("time", null, clockTime(new Date(entry.at))), " ", word("event", entry.kind), entry.kind === "note_sent" && entry.figures.text && `: ${entry.figures.text}`, entry.by && ![card.scanner, "agent"].includes(entry.by) && h("span", { class: "dim" }, ` · ${entry.by}`)))));
}

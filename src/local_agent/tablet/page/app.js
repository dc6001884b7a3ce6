// The page's one state and its one drawing. What is true comes from the agent; here are only drafts.

import { alarmBand, alarmList } from "./alarms.js";
import { bottomBar, silentBand, stopIsOverdue } from "./bottom.js";
import { draw, h } from "./dom.js";
import { beginDrawing, cancelHold, endDrawing, onHoldChange } from "./hold.js";
import { patientBand } from "./intercom.js";
import { AgentLink } from "./link.js";
import { overlay } from "./overlays.js";
import { quarantineStrip, wrongButton } from "./quarantine.js";
import { side } from "./side.js";
import { soundAlarms, unlockSound } from "./sound.js";
import { STEPS, currentStep, stepDone } from "./steps.js";
import { watchDevices } from "./audiocheck.js";
import { Talk } from "./talk.js";
import { finishTask } from "./tasks/finish.js";
import { patientTask } from "./tasks/patient.js";
import { positioningTask } from "./tasks/positioning.js";
import { readyTask } from "./tasks/ready.js";
import { safetyTask } from "./tasks/safety.js";
import { scanningTask } from "./tasks/scanning.js";
import { currentLanguage, explain, preferredLanguage, t, useLanguage } from "./texts.js";
import { demoStrip, topBar } from "./top.js";

const TASKS = {
  patient: patientTask, safety: safetyTask, positioning: positioningTask,
  ready: readyTask, scanning: scanningTask, finish: finishTask,
};
const root = document.getElementById("page");
const state = {
  card: null, view: null, staff: [], fresh: false, viewAt: 0, agentAheadMs: 0, lookedAt: null, current: null, examId: null,
  draft: {}, overlay: null, notice: null, busy: new Set(), stop: null, unpaired: false,
};

const link = new AgentLink(
  {
    welcome: (message) => {
      state.card = message.card;
      talk.welcome();
      redraw();
    },
    staff: (message) => {
      state.staff = message.people;
      redraw();
    },
    beat: (message) => {
      state.agentAheadMs = Date.parse(message.at) - Date.now();
    },
    view: (message) => {
      takeView(message);
      talk.viewed(message);
      redraw();
    },
    talk: (message) => void talk.heard(message),
    changed: () => {
      if (link.silent) letGo();
      redraw();
    },
    lost: () => {
      talk.lost();
      state.fresh = false;
      letGo();
      redraw();
    },
    unpaired: () => {
      state.unpaired = true;
      talk.stop();
      redraw();
    },
  },
  currentLanguage,
);

const talk = new Talk(link, () => redraw());
watchDevices(() => {
  if (talk.wanted && state.view?.audio_check) void link.command("void_audio_check");
});

/** Nothing that was begun before a silence is finished after it. */
function letGo() {
  cancelHold();
  state.overlay = null;
}

function takeView(view) {
  const examId = view.exam?.exam_id ?? null;
  if (examId !== state.examId) Object.assign(state, { examId, draft: {}, lookedAt: null, overlay: null });
  const current = currentStep(view);
  // Taking the table out for an exam that ends early leads no one back to positioning.
  const ending = state.lookedAt === "finish" && current !== "scanning";
  if (current !== state.current) Object.assign(state, { current, lookedAt: ending ? "finish" : null });
  Object.assign(state, { view, fresh: true, viewAt: performance.now() });
}

/** What every part of the page is given: the state, and how to change it or ask the agent. */
const page = {
  state,
  link,
  talk,
  agentNowMs: () => Date.now() + state.agentAheadMs,
  /** A figure that counts down since the view came. */
  countedDown: (seconds) => Math.max(0, seconds - (performance.now() - state.viewAt) / 1000),
  set: (changes) => {
    Object.assign(state, changes);
    redraw();
  },
  draft: (changes) => {
    Object.assign(state.draft, changes);
    redraw();
  },
  /** Ask the agent; a refusal is shown with all its reasons. Resolves to whether it was accepted. */
  act: async (kind, fields) => {
    state.busy.add(kind);
    state.notice = null;
    redraw();
    const outcome = await link.command(kind, fields);
    state.busy.delete(kind);
    if (outcome.lost) state.notice = { text: t("notice.lost"), reasons: [] };
    else if (!outcome.accepted) state.notice = { text: t("notice.refused"), reasons: outcome.findings.map(explain) };
    else if (outcome.findings.length) state.notice = { text: t("notice.unrecorded"), reasons: outcome.findings.map(explain) };
    redraw();
    return Boolean(outcome.accepted);
  },
  language: async (wanted) => {
    await useLanguage(wanted, { remember: true });
    page.set({ overlay: null });
  },
};

let waiting = false;
function redraw() {
  if (waiting) return;
  waiting = true;
  queueMicrotask(() => {
    waiting = false;
    beginDrawing();
    draw(root, pageParts());
    endDrawing();
    moveFocus();
  });
}

/** The focus goes into a sheet that opens, and back to where it was when the sheet closes. */
let shownOverlay = null;
let cameFrom = null;
function moveFocus() {
  if (state.overlay === shownOverlay) return;
  if (!shownOverlay) cameFrom = document.activeElement;
  shownOverlay = state.overlay;
  if (shownOverlay) root.querySelector(".sheet")?.focus();
  else if (cameFrom?.isConnected) cameFrom.focus();
}

function pageParts() {
  if (state.unpaired) return [unpairedNote(), silentBand(page)];
  if (!state.card || !state.view) return [connecting(), silentBand(page)];
  const silent = link.silent || !state.fresh;
  const covered = silent || state.overlay !== null;
  return [
    h("header", { key: "top", class: "top", inert: silent }, topBar(page)),
    h("div", { key: "strips", class: "strips", inert: silent }, demoStrip(page), alarmBand(page), patientBand(page), quarantineStrip(page), notice()),
    h("div", { key: "mid", class: `mid ${silent ? "grey" : ""}`, inert: covered }, stepList(), task(), side(page)),
    !silent && state.overlay && overlay(page),
    silent ? silentBand(page) : bottomBar(page),
  ].filter(Boolean);
}

function connecting() {
  return h("main", { key: "connecting", class: "connecting" }, h("h1", null, t("connecting.title")),
    link.farewell.map((f) => h("p", null, explain(f).text)));
}

function unpairedNote() {
  return h("main", { key: "unpaired", class: "connecting" },
    h("h1", null, t("unpaired.title")), h("p", null, t("unpaired.how")),
    h("a", { class: "button primary", href: "/pair" }, t("unpaired.pair")));
}

function stepList() {
  const shown = state.lookedAt ?? state.current;
  return h("nav", { class: "steps", "aria-label": t("steps.title") },
    h("ol", null, STEPS.map((step, index) => {
      const done = stepDone(state.view, step);
      return h("li", { key: step },
        h("button", {
          type: "button", "data-step": step, class: `step ${done ? "done" : ""} ${step === shown ? "on" : ""}`,
          "aria-current": step === shown ? "step" : null,
          onclick: () => page.set({ lookedAt: step === state.current ? null : step }),
        },
        h("i", { "aria-hidden": "true" }, done ? "✓" : index + 1),
        h("span", null, t(`step.${step}`)),
        step === state.current && step !== shown && h("em", null, t("steps.now"))));
    })), wrongButton(page));
}

function task() {
  const shown = state.lookedAt ?? state.current;
  return h("main", { key: `task-${shown}`, class: "task", "data-task": shown },
    TASKS[shown](page), alarmList(page));
}

function notice() {
  if (!state.notice) return h("div", { key: "notice", class: "notice-space", role: "status" });
  return h("div", { key: "notice", class: "notice", role: "status" },
    h("div", null, h("b", null, state.notice.text),
      state.notice.reasons.map((r) => h("p", null, r.text, r.remedy && h("span", { class: "dim" }, ` — ${r.remedy}`)))),
    h("button", { type: "button", class: "button plain", onclick: () => page.set({ notice: null }) }, t("close")));
}

function tick() {
  if (!state.view || link.silent) return;
  soundAlarms(state.view.alarms, page.agentNowMs());
  if (stopIsOverdue(page)) state.stop.overdue = true;
  redraw();
}

document.addEventListener("pointerdown", unlockSound, { capture: true });
document.addEventListener("keydown", (event) => {
  unlockSound();
  if (event.key === "Escape" && state.overlay) page.set({ overlay: null });
  state.overlay?.onKey?.(event);
}, { capture: true });

onHoldChange(redraw);
await useLanguage(preferredLanguage());
redraw();
link.connect();
setInterval(tick, 250);

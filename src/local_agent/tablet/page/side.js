// The right column: the remote person, what they ask, and what the local operator can do about it.

import { audioCheck } from "./audiocheck.js";
import { h } from "./dom.js";
import { minutes, number, patientName } from "./format.js";
import { holdButton } from "./hold.js";
import { button, interlockList, openInterlocks, people } from "./parts.js";
import { noteButton, notes } from "./notes.js";
import { askPin } from "./overlays.js";
import { magnetLevel, magnetWarning } from "./magnet.js";
import { exceptionNotice } from "./tasks/exception.js";
import { asked } from "./request.js";
import { unreadList } from "./responsibilities.js";
import { talkCard } from "./talk.js";
import { said, t, word } from "./texts.js";

const PRESENCE_PROMPT_MS = 60_000;

export function side(page) {
  return h("aside", { class: "side", "aria-label": t("side.title") },
    person(page), control(page), audioCheck(page), unknownStart(page), presence(page), magnetWarning(page), firstLevel(page), asked(page),
    unreadList(page), exceptionNotice(page), talkCard(page), notes(page), reasons(page), magnetLevel(page));
}

function person(page) {
  const { state } = page;
  const { control, holder_link: line } = state.view;
  const name = control.holder || control.requested_by;
  const away = !name;
  return h("section", { key: "person", class: `person ${away ? "away" : ""}` },
    h("span", { class: "avatar", "aria-hidden": "true" }, away ? "–" : initials(name)),
    h("div", null, h("b", null, away ? t("side.nobody") : name), away && h("small", null, t("side.nobody_hint")),
      !control.holder && control.requested_role && h("small", null, word("role", control.requested_role)),
      !away && control.phase !== "consent_pending" && h("small", { class: `line ${line.grade}` },
        word("link", line.grade), line.round_trip_ms !== null && h("span", { class: "whole" }, ` · ${number(line.round_trip_ms, 0)} ms`))),
    !away && noteButton(page));
}

const initials = (name) => name.split(/\s+/).map((part) => part[0] ?? "").slice(0, 2).join("").toUpperCase();

/** Taking control back stands first, so that nothing pushes it out of sight. */
function control(page) {
  const { control: now } = page.state.view;
  if (now.phase === "remote") return remote(page, now);
  return now.phase === "suspended" ? suspended(page, now) : null;
}

/** Whether something else waits for the local operator, so that space is kept for it. */
const decisionWaits = ({ state: { view } }) =>
  view.status.unknown_command !== null || view.control.request_id !== null || Boolean(undecided(view));

function remote(page, control) {
  const { act, state } = page;
  return h("section", { key: "remote", class: "card", "data-card": "remote" },
    h("h2", null, t("remote.title", { name: control.holder })),
    !decisionWaits(page) && h("p", { class: "granted" }, control.privileges.map((p) => word("privilege", p)).join(" · ")),
    takeBack(act, state),
    control.link_loss_action && !decisionWaits(page) && h("p", { class: "dim after" }, t(`loss.${control.link_loss_action}`)));
}

const takeBack = (act, state) =>
  button({ kind: "strong", name: "revoke", disabled: state.busy.has("revoke_control"), onclick: () => act("revoke_control") }, t("remote.take_back"));

function suspended({ act, state, countedDown }, control) {
  const left = control.suspended_for_s === null ? null : countedDown(control.suspended_for_s);
  return h("section", { key: "suspended", class: "card decide", "data-card": "suspended" },
    h("h2", null, t("suspended.title")),
    h("p", null, t("suspended.why", { name: control.holder })),
    left !== null && h("p", { class: "count" }, minutes(left)),
    button({ name: "resume", disabled: left === 0 || state.busy.has("resume_control"), onclick: () => act("resume_control") }, t("suspended.resume")),
    takeBack(act, state));
}

/** Asked 60 s before presence lapses; any touch counts, this one says so. */
function presence({ act, state, agentNowMs }) {
  const until = state.view.status.presence_until;
  if (!until) return null;
  const left = Date.parse(until) - agentNowMs();
  if (left > PRESENCE_PROMPT_MS) return null;
  return h("section", { key: "presence", class: "card decide", "data-card": "presence", role: "alert" },
    h("h2", null, t("presence.title")),
    h("p", null, left > 0 ? t("presence.left", { time: minutes(left / 1000) }) : t("presence.lapsed")),
    button({ name: "present", onclick: () => act("confirm_presence") }, t("presence.here")));
}

function undecided(view) {
  const steps = view.exam?.steps ?? [];
  const all = [...view.standing.interlocks.flatMap((lock) => lock.findings), ...steps.flatMap((step) => step.findings)];
  return all.find((finding) => finding.reason === "first_level_undecided");
}

const least = (figure) => (Number.isFinite(Number.parseFloat(figure)) ? Number.parseFloat(figure) : null);

/** The local half of the decision, up to values that cover what is predicted: heating, stimulation, or both. */
function firstLevel(page) {
  const { state, act, draft } = page;
  const { exam } = state.view;
  const found = exam && undecided(state.view);
  if (!found) return null;
  const [sar, pns] = [least(found.figures.w_per_kg), least(found.figures.pns_percent)];
  const lowest = sar === null ? null : Math.min(4, Math.ceil(sar * 2 - 1e-9) / 2);
  const offers = lowest === null ? [] : [...new Set([lowest, Math.min(4, lowest + 0.5), 4])];
  const chosen = offers.includes(state.draft.upTo) ? state.draft.upTo : lowest;
  const values = { ...(chosen !== null && { up_to_w_per_kg: chosen }), ...(pns !== null && { up_to_pns_percent: Math.min(100, Math.ceil(pns)) }) };
  const label = chosen === null ? "first_level.allow_pns" : pns === null ? "first_level.allow" : "first_level.allow_both";
  return h("section", { key: "first-level", class: "card decide", "data-card": "first-level" },
    h("h2", null, t("first_level.title")),
    h("p", null, t("first_level.why", { step: found.figures.step ?? "–", value: said(found.figures.value ?? "–") })),
    offers.length > 0 && h("div", { class: "privileges offers" }, offers.map((value) =>
      h("button", { key: `v${value}`, type: "button", class: `privilege ${value === chosen ? "on" : ""}`, "aria-pressed": String(value === chosen), onclick: () => draft({ upTo: value }) }, `${number(value)} W/kg`))),
    holdButton({
      id: "first-level", kind: "compact", subject: JSON.stringify([exam.exam_id, values, found]),
      label: t(label, { value: number(chosen ?? 0), pns: number(values.up_to_pns_percent ?? 0) }), detail: patientName(exam),
      disabled: state.busy.has("allow_first_level") || Object.keys(values).length === 0,
      onHeld: () => act("allow_first_level", { exam_id: exam.exam_id, ...values }),
    }),
    h("p", { class: "dim" }, t("first_level.watch")));
}

/** A start whose outcome nobody knows: a named person looks at the scanner and says. */
function unknownStart(page) {
  const { state, draft } = page;
  const command = state.view.status.unknown_command;
  if (!command) return null;
  const here = state.view.staff;
  const who = here.find((p) => p.staff_id === state.draft.settler) ?? (here.length === 1 ? here[0] : null);
  const answer = (ran) => askPin(page, who, t(ran ? "unknown.ran" : "unknown.not_ran"), (pin) =>
    page.act("settle_unknown", { unknown_command: command, ran, staff_id: who.staff_id, pin }));
  return h("section", { key: "unknown", class: "card decide", "data-card": "unknown" },
    h("h2", null, t("unknown.title")), h("p", null, t("unknown.how")),
    here.length > 1 && people(here, who?.staff_id, (p) => draft({ settler: p.staff_id })),
    here.length === 0 && h("p", { class: "strong" }, t("unknown.check_in")),
    h("div", { class: "pair" },
      button({ name: "ran", disabled: !who, onclick: () => answer(true) }, t("unknown.ran")),
      button({ name: "not-ran", disabled: !who, onclick: () => answer(false) }, t("unknown.not_ran"))));
}

function reasons({ state }) {
  const { standing, exam } = state.view;
  if (!exam) return null;
  const count = openInterlocks(standing).length;
  return h("section", { key: "reasons", class: "before", "aria-live": "polite" },
    h("h2", null, count ? t("reasons.title", { count }) : t("reasons.clear")), count > 0 && interlockList(standing));
}

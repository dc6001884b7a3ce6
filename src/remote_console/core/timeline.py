"""A sentence for each kind of timeline entry; an unknown kind is shown plainly, never hidden."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from mr_contract.views import TimelineEntry
from mr_contract.vocabulary import AlarmKind, BreathCommand, LinkLossAction
from remote_console.core.known_words import known, known_privileges
from remote_console.core.phrases import Figure, Phrase, Words, p, verbatim
from remote_console.core.unwritten import Unwritten, unwritten_words
from remote_console.core.vocabulary_words import ALARM_WORDS, BREATH_WORDS, LINK_LOSS_WORDS, choice_words

_PLACEHOLDER = re.compile(r"{(\w+)}")

SENTENCES: dict[str, tuple[Phrase, ...]] = {
    "agent_started": (p("The agent at the site started: control, consent and presence begin anew"),),
    "link_opened": (p("{name} connected"), p("A console connected")),
    "link_closed": (p("{name} disconnected"), p("A console disconnected")),
    "violation_seen": (p("A message broke the rules: {why}"),),
    "checked_in": (p("{name} checked in"), p("Checked in at the site")),
    "checked_out": (p("{name} checked out"), p("Checked out at the site")),
    "exam_opened": (p("Exam opened: {procedure}"), p("Exam opened")),
    "exam_closed": (p("Exam closed"),),
    "wrong_reported": (
        p("Wrong patient or side reported ({mistaken}): images in quarantine"),
        p("Wrong patient or side reported: images in quarantine"),
    ),
    "correction_proposed": (
        p("Correction of the exam in quarantine proposed ({mistaken})"),
        p("Correction of the exam in quarantine proposed"),
    ),
    "correction_signed": (p("Correction signed by a second person"),),
    "correction_written": (p("Corrected copies stored; originals stay in quarantine"),),
    "correction_failed": (p("Correction came to nothing: {why}"), p("Correction came to nothing")),
    "identity_confirmed": (p("Identity confirmed: {identifiers}"), p("Identity confirmed")),
    "screening_recorded": (p("MR safety screening recorded"),),
    "screening_signed": (p("Screening signed, Level {mr_level}"), p("Screening signed")),
    "screening_signed_remotely": (
        p("Screening signed at a console, Level {mr_level}; by video: {by_video}"),
        p("Screening signed at a console"),
    ),
    "emergency_exception_signed": (
        p("Emergency exception signed: {reason}"),
        p("Emergency exception signed"),
    ),
    "full_stop_confirmed": (p("Full stop before the magnet room confirmed"),),
    "patient_data_recorded": (
        p("Weight {weight_kg} kg, height {height_cm} cm, position {position}"),
        p("Patient data recorded"),
    ),
    "landmark_chosen": (p("Landmark: {landmark}"), p("Landmark set")),
    "patient_ready_confirmed": (p("Patient ready"),),
    "first_level_decided": (
        p("First level decided, up to {up_to_w_per_kg} W/kg, PNS {up_to_pns_percent} %"),
        p("First level decided, up to {up_to_w_per_kg} W/kg"),
        p("First level decided, up to PNS {up_to_pns_percent} %"),
        p("First level decided"),
    ),
    "responsibilities_divided": (p("Who does what changed: {moved}"), p("Who does what is laid out")),
    "responsibilities_acknowledged": (p("Who does what acknowledged"),),
    "door_opened": (p("Door opened"),),
    "door_closed": (p("Door closed"),),
    "door_moved": (p("Door moved"),),
    "table_was_moved": (p("Table moved: {table}"), p("Table moved")),
    "coil_was_changed": (p("Coil: {coil}"), p("Coil changed")),
    "room_unattested": (
        p("The scanner cannot attest that nothing moved: {why}"),
        p("The room is not attested"),
    ),
    "scanner_heard": (p("Scanner heard"),),
    "scanner_lost": (p("Scanner not heard"),),
    "scanner_faulted": (p("Scanner fault: {fault}"), p("Scanner fault")),
    "scanner_fault_cleared": (p("Scanner fault cleared"),),
    "bulb_squeezed": (p("The patient squeezed the bulb"),),
    "bulb_answered": (p("The squeeze of the bulb was answered"),),
    "control_asked": (
        p("{name} asked for control: {privileges}"),
        p("{name} asked for control"),
        p("Control asked for"),
    ),
    "control_granted": (
        p("Control granted to {name}: {privileges}; link lost → {link_loss_action}"),
        p("Control granted to {name}"),
        p("Control granted"),
    ),
    "control_denied": (p("Control denied to {name}"), p("Control denied")),
    "control_ended": (p("Control of {name} ended: {why}"), p("Control ended")),
    "control_suspended": (p("Control of {name} suspended: link lost"), p("Control suspended: link lost")),
    "control_resumed": (p("Control of {name} resumed"), p("Control resumed")),
    "link_loss_acted": (p("Link lost: {action}"), p("The agreed link-loss action was carried out")),
    "protocol_opened": (
        p("Protocol {name} v{version} opened"),
        p("Protocol {name} opened"),
        p("Protocol opened"),
    ),
    "step_set": (
        p("{step}: {asked}; also {changes}"),
        p("{step}: {asked}"),
        p("{step}: {changes}"),
        p("{step} edited"),
        p("A step was edited"),
    ),
    "step_reachieved": (p("{step} calculated anew"), p("A step was calculated anew")),
    "step_repeated": (
        p("{step} queued again: {reason}"),
        p("A step was queued again: {reason}"),
        p("A step was queued again"),
    ),
    "step_armed": (p("{step} armed as next"), p("A step was armed as next")),
    "step_disarmed": (p("Disarmed: {why}"), p("Disarmed")),
    "start_refused": (
        p("Start of {step} refused: {findings}"),
        p("Start of {step} refused: {why}"),
        p("Start of {step} refused"),
        p("Start refused"),
    ),
    "start_intended": (p("Start of {step} sent to the scanner"), p("Start sent to the scanner")),
    "start_accepted": (
        p("{step} accepted by the scanner in {ms} ms"),
        p("{step} accepted by the scanner"),
        p("Start accepted by the scanner"),
    ),
    "start_withdrawn": (
        p("Start withdrawn: {findings}"),
        p("Start of {step} withdrawn: {why}"),
        p("Start of {step} withdrawn"),
        p("Start withdrawn"),
    ),
    "start_failed": (p("Start of {step} failed: {why}"), p("Start failed: {why}"), p("Start failed")),
    "start_became_unknown": (
        p("It is not known whether {step} ran: {why}"),
        p("It is not known whether a start ran"),
    ),
    "start_settled": (
        p("The site said whether the step ran: {ran}"),
        p("The site said whether the step ran"),
    ),
    "acquisition_began": (p("{step} acquiring"), p("Acquisition began")),
    "acquisition_finished": (
        p("{step}: {lines_acquired} of {lines_total} lines acquired"),
        p("{lines_acquired} of {lines_total} lines acquired"),
        p("Acquisition ended"),
    ),
    "series_announced": (p("{description}: {instance_count} images ready"), p("Images ready")),
    "series_was_stored": (
        p("{description} stored, {instance_count} images"),
        p("{instance_count} images stored"),
        p("Series stored"),
    ),
    "stop_given": (p("STOP given"),),
    "stop_confirmed": (p("The scanner took the stop"),),
    "scanner_idled": (p("Scanner idle"),),
    "alarm_raised": (p("Alarm: {alarm}"), p("Alarm raised")),
    "alarm_cleared": (p("Alarm over: {alarm}"), p("Alarm over")),
    "alarm_acknowledged": (p("Alarm ACKNOWLEDGED"),),
    "source_paused": (p("{title}: paused by the site"), p("Picture paused by the site")),
    "source_resumed": (p("{title}: resumed by the site"), p("Picture resumed by the site")),
    "audio_checked": (
        p("Audio check: nothing heard {unheard_at}"),
        p("Audio check: both ends hear each other ({local})"),
        p("Audio check"),
    ),
    "audio_check_voided": (p("Audio check no longer holds: {why}"), p("Audio check no longer holds")),
    "intercom_opened": (
        p("The patient hears a recording ({language}): {breath}"),
        p("The patient hears the remote operator: {breath}"),
        p("The patient hears the remote operator"),
    ),
    "intercom_closed": (
        p("Heard by the patient for {lasted_s} s: {why}"),
        p("The patient hears nobody remote any more"),
    ),
    "intercom_withdrawn": (
        p("The site cut speaking to the patient: {name}"),
        p("The site cut speaking to the patient"),
    ),
    "note_sent": (p("“{text}”"), p("Note sent")),
}
"""By kind, the fullest sentence first: the first whose figures were all sent is used."""


_DOOR = {"yes": "door_closed", "no": "door_opened"}
ENDED_WORDS = {
    "released": p("released"),
    "revoked": p("taken back by the site"),
    "not_resumed": p("not resumed in time"),
    "exam_closed": p("the exam was closed"),
    "withdrawn": p("withdrawn"),
    "link_closed": p("the link was closed"),
    "watching_revoked": p("the site took back watching"),
}
_ENDS_WORDS = {"site": p("at the site"), "desk": p("at the desk")}
_LOST_WORDS = {
    "audio_broken": p("sound was interrupted"),
    "audio_device_changed": p("a sound device was changed"),
}
_UNHEARD_WORDS = {
    "let_go": p("key released"),
    "played": p("played to the end"),
    "replaced": p("something newer"),
    "cut": p("cut by the site"),
    "control_ended": p("control ended"),
    "exam_closed": p("the exam was closed"),
    "link_lost": p("link lost"),
    "sound_lost": p("sound lost"),
    "failed": p("the intercom failed"),
    "too_long": p("held too long"),
}


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One line of the timeline."""

    time: str
    words: Phrase
    by: str


def sentence(entry: TimelineEntry, labels: Mapping[str, str] | None = None) -> Phrase:
    """The entry in words; `labels` are what parameters are called."""
    kind = (
        _DOOR.get(entry.figures.get("closed", ""), entry.kind) if entry.kind == "door_moved" else entry.kind
    )
    for choice in SENTENCES.get(kind, ()):
        names = _PLACEHOLDER.findall(choice.text)
        if all(name in entry.figures for name in names):
            figures = ((n, _figure(kind, n, entry.figures[n], labels or {})) for n in names)
            return Phrase(choice.text, tuple(figures))
    plain = ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in entry.figures.items())
    name = entry.kind.replace("_", " ").replace(".", " ")
    return verbatim(f"{name}: {plain}" if plain else name)


def _figure(kind: str, name: str, value: str, labels: Mapping[str, str]) -> Figure:
    """Closed words of the contract in the desk's language; everything else as it came."""
    match name:
        case "alarm" if value in set(AlarmKind):
            return ALARM_WORDS[AlarmKind(value)]
        case "link_loss_action" | "action" if value in set(LinkLossAction):
            return LINK_LOSS_WORDS[LinkLossAction(value)]
        case "privileges":
            return known_privileges(value)
        case "asked" | "changes":
            return tuple(_named(words, labels) for words in value.split(", "))
        case "why" if kind == "control_ended":
            return ENDED_WORDS.get(value, value)
        case "why" if kind == "intercom_closed":
            return _UNHEARD_WORDS.get(value, value)
        case "why" if kind == "audio_check_voided":
            return _LOST_WORDS.get(value, value)
        case "unheard_at":
            return _ENDS_WORDS.get(value, value)
        case "breath" if value in set(BreathCommand):
            return BREATH_WORDS[BreathCommand(value)]
        case "description":
            return value.replace("INCOMPLETE ", "").removesuffix(" SIMULATED")
        case "name" | "local" | "text" | "reason" | "by" | "step" | "coil" | "procedure":
            return value
        case _:
            return known(value)


def _named(words: str, labels: Mapping[str, str]) -> Words:
    """A change of a parameter by the name people know it by: "te_ms 80" is "Echo time 80"."""
    key, _, value = words.partition(" ")
    if key not in labels:
        return known(words)
    return p("{label} {value}", label=p(labels[key]), value=choice_words(value))


OUTCOMES = frozenset({"start_accepted", "start_failed", "start_withdrawn", "start_became_unknown"})


def told(entries: tuple[TimelineEntry, ...]) -> tuple[TimelineEntry, ...]:
    """What is worth a line: a start once its outcome is known is told by its outcome, with its step;
    images that were announced, by their being stored. Nothing else is left out."""
    steps = {
        e.figures.get("command_id"): e.figures.get("step") for e in entries if e.kind == "start_intended"
    }
    ended = {e.figures.get("command_id") for e in entries if e.kind in OUTCOMES}
    stored = {e.figures.get("series_id") for e in entries if e.kind == "series_was_stored"}
    names = {e.figures.get("series_id"): e.figures for e in entries if e.kind == "series_announced"}
    shown = []
    for entry in entries:
        command, series = entry.figures.get("command_id"), entry.figures.get("series_id")
        match entry.kind:
            case "start_intended" if command in ended and command is not None:
                continue
            case "series_announced" if series in stored and series is not None:
                continue
            case "series_was_stored" if series in names:
                shown.append(_with(entry, {**names[series], **entry.figures}))
            case kind if kind in OUTCOMES and steps.get(command) and "step" not in entry.figures:
                shown.append(_with(entry, {**entry.figures, "step": str(steps[command])}))
            case _:
                shown.append(entry)
    return tuple(shown)


def _with(entry: TimelineEntry, figures: dict[str, str]) -> TimelineEntry:
    return entry.model_copy(update={"figures": figures})


def timeline_rows(
    entries: tuple[TimelineEntry, ...],
    unwritten: tuple[Unwritten, ...] = (),
    *,
    you: str,
    zone: tzinfo | None,
    labels: Mapping[str, str] | None = None,
    limit: int = 60,
) -> tuple[TimelineRow, ...]:
    """Newest first, in the time zone of the desk; `you` is shown as such.

    What is not written down has no number: it stands above the record that was the newest then.
    """
    rows = [(e.seq, _row(e, you, zone, labels or {})) for e in sorted(told(entries), key=lambda e: e.seq)]
    for one in unwritten:
        words = p("{sentence} – {by}", sentence=unwritten_words(one), by=p("you"))
        rows.append((one.after_seq, TimelineRow(_clock(one.at, zone), words, you)))
    rows.sort(key=lambda numbered: numbered[0])
    return tuple(row for _, row in rows[::-1][:limit])


def _clock(at: datetime, zone: tzinfo | None) -> str:
    return at.astimezone(zone).strftime("%H:%M:%S")


def _row(entry: TimelineEntry, you: str, zone: tzinfo | None, labels: Mapping[str, str]) -> TimelineRow:
    words = sentence(entry, labels)
    if entry.by and entry.by not in {entry.scanner, "agent"}:
        by = p("you") if entry.by == you else verbatim(entry.by)
        words = p("{sentence} – {by}", sentence=words, by=by)
    return TimelineRow(_clock(entry.at, zone), words, entry.by)

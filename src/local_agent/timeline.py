"""Journal events as timeline entries: a kind and the figures its sentence needs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from local_agent.core.events import JournalEvent
from mr_contract.model import Model
from mr_contract.parameters import ParameterChange
from mr_contract.views import TimelineEntry

_SKIPPED = {
    "kind",
    "by",
    "content",
    "device",
    "token",
    "identity_digest",
    "closed_at",
    "correction_id",
    "link",
    "standing",
    "scanner_number",
    "screening",
    "people",
    "digest",
}
NOT_SHOWN = {
    "link_opened", "link_closed", "step_reachieved", "scanner_idled", "agent_started", "command_refused",
    "door_refused", "pictures_began", "pictures_ended", "talk_began", "talk_ended",
}  # fmt: skip
"""Journalled, but nothing a person scanning needs to read: who was refused was told so."""


_OF_NO_PATIENT = frozenset(
    {
        "control_asked", "control_granted", "control_denied", "control_ended", "control_suspended",
        "control_resumed", "link_loss_acted", "stop_given", "stop_confirmed", "alarm_raised", "alarm_cleared",
        "alarm_acknowledged", "scanner_heard", "scanner_lost", "scanner_faulted", "scanner_fault_cleared",
        "violation_seen", "exam_closed", "intercom_opened", "intercom_closed",
        "intercom_withdrawn", "source_paused", "source_resumed", "audio_checked", "audio_check_voided",
        "checked_in", "checked_out",
        "responsibilities_divided", "responsibilities_acknowledged",
    }
)  # fmt: skip


def tells_nothing_of_a_patient(entry: TimelineEntry) -> bool:
    """Whether an entry may be shown where `view` is not granted. Unlisted kinds are not."""
    return entry.kind in _OF_NO_PATIENT


def entry_of(
    event: JournalEvent, seq: int, at: datetime, scanner: str, *, step_names: dict[str, str]
) -> TimelineEntry:
    """The entry for one event; figures are words already."""
    figures: dict[str, str] = {}
    for name in type(event).model_fields:
        if name in _SKIPPED:
            continue
        words = _words(getattr(event, name))
        if words:
            figures[name] = words[:160]
    step_id = figures.get("step_id")
    if step_id:
        figures["step"] = step_names.get(step_id, step_id)
    plan = getattr(event, "plan", None)
    if plan is not None:
        figures["step"] = plan.name
    figures = dict(list(figures.items())[:12])
    return TimelineEntry(
        seq=seq, at=at, scanner=scanner or None, kind=event.kind, figures=figures, by=event.by
    )


def _words(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case str() | int():
            return str(value)
        case dict():
            return ", ".join(f"{k} {_words(v)}" for k, v in value.items())
        case tuple() | list():
            return ", ".join(w for w in map(_words, value) if w)
        case ParameterChange(key=key, before=before, after=after):
            return f"{key} {_words(before)} → {_words(after)}"
        case Model():
            return _model_words(value)
        case _:
            return str(value)


def _model_words(value: Model) -> str:
    for name in ("text", "device", "name"):
        words = getattr(value, name, None)
        if isinstance(words, str):
            return words
    return ""

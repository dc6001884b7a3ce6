"""What each console is shown of a scanner.

Rules upheld here:
- Only what changed is sent, as whole values; what is the same for many links is worked out once.
- What identifies or tells of a patient goes only where `view` is granted, and waits until it is.
- What waited for `view` is gone with the exam it tells of.
- What happened is told in its order, each entry once: what is new waits for the replay of what was before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from local_agent.core.audio_check import audio_check_view
from local_agent.core.control_state import Holder
from local_agent.core.desk import Desk, Moment
from local_agent.core.intercom import intercom_view
from local_agent.core.readings import SiteStatement
from local_agent.core.session import LinkSession
from local_agent.core.showing import control_view, exam_view, sources_view, status_view, vitals_view
from local_agent.core.showing_quarantine import closed_exams, undecided_closed
from local_agent.ports import ConsoleLink
from local_agent.timeline import tells_nothing_of_a_patient
from mr_contract.console_messages import (
    AlarmsChanged,
    ClosedExamsChanged,
    ControlChanged,
    ExamChanged,
    IntercomChanged,
    LastCommandChanged,
    ScannerStatusChanged,
    StandingChanged,
    TimelineAdded,
    VitalsChanged,
)
from mr_contract.media_messages import SourcesChanged, TalkChanged
from mr_contract.model import Model
from mr_contract.views import TimelineEntry
from mr_contract.vocabulary import ControlPhase, Privilege

ENTRIES_KEPT = 300
"""Entries of one scanner that may wait for `view`."""


@dataclass(slots=True)
class Attendance:
    """One console, from its hello to its end."""

    link: ConsoleLink
    session: LinkSession
    holder: Holder
    statements: dict[str, SiteStatement] = field(default_factory=dict)
    shown: dict[tuple[str, str], Model] = field(default_factory=dict)
    withheld: dict[str, deque[TimelineEntry]] = field(default_factory=dict)
    """Entries by scanner that wait for `view` to be granted; gone with the exam."""
    behind: list[TimelineEntry] | None = None
    """Entries that wait for the replay of what happened before them; None when it is over."""


def may_view(desks: Mapping[str, Desk], link: str, scanner: str) -> bool:
    """Whether this link was granted `view` of the scanner."""
    desk = desks.get(scanner)
    return desk is not None and Privilege.VIEW in desk.control.privileges_of(link)


def show_desk(links: Sequence[Attendance], desk: Desk, moment: Moment) -> None:
    """Send each of these links what it has not been shown yet."""
    if not links:
        return
    name = desk.scanner
    controls = [control_view(desk, there.holder.link, moment.at_s) for there in links]
    exam, local = desk.facts.exam, controls[0].phase is ControlPhase.LOCAL
    status = status_view(desk, moment, asks_for_you=local and exam is not None and exam.ready is not None)
    _send(links, name, ScannerStatusChanged(scanner=name, status=status))
    for there, control in zip(links, controls, strict=True):
        intercom = intercom_view(desk, there.holder.link)
        _send((there,), name, IntercomChanged(scanner=name, intercom=intercom))
        _send((there,), name, ControlChanged(scanner=name, control=control))
        if Privilege.VIEW in control.privileges:
            _release_withheld(there, name)
    _send(links, name, StandingChanged(scanner=name, standing=desk.standing(moment.at_s).standing))
    for view in (True, False):
        pairs = zip(links, controls, strict=True)
        seeing = tuple(there for there, c in pairs if (Privilege.VIEW in c.privileges) is view)
        if seeing:
            _send(seeing, name, ExamChanged(scanner=name, exam=exam_view(desk, moment.at_s, view=view)))
            vitals = vitals_view(desk, moment.at_s, view=view)
            _send(seeing, name, VitalsChanged(scanner=name, vitals=vitals))
    earlier = closed_exams(desk, view=False)
    waiting = undecided_closed(desk)
    _send(links, name, ClosedExamsChanged(scanner=name, exams=earlier, quarantined=waiting))
    _send(links, name, SourcesChanged(scanner=name, sources=sources_view(desk)))
    for there in links:
        check = audio_check_view(desk, there.holder.link)
        talk = TalkChanged(scanner=name, site_listens=desk.readings.site_listens, audio_check=check)
        _send((there,), name, talk)
    _send(links, name, AlarmsChanged(scanner=name, alarms=desk.alarms.shown()))
    if desk.last is not None:
        _send(links, name, LastCommandChanged(scanner=name, last=desk.last))


def replayed(there: Attendance, desks: Mapping[str, Desk], before: Sequence[TimelineEntry]) -> None:
    """What happened before, then what happened while it was read."""
    waiting, there.behind = there.behind or [], None
    show_entries(there, {}, before)  # as if without `view`: of other patients than the one in the room too
    for scanner in tuple(there.withheld):
        if may_view(desks, there.holder.link, scanner):
            _release_withheld(there, scanner)
    show_entries(there, desks, waiting)


def show_entries(there: Attendance, desks: Mapping[str, Desk], entries: Sequence[TimelineEntry]) -> None:
    """What tells of a patient waits until this link is granted `view` of the scanner."""
    if there.behind is not None:
        there.behind.extend(entries)
        return
    now = []
    for entry in entries:
        scanner = entry.scanner or ""
        if tells_nothing_of_a_patient(entry) or may_view(desks, there.holder.link, scanner):
            now.append(entry)
        else:
            there.withheld.setdefault(scanner, deque(maxlen=ENTRIES_KEPT)).append(entry)
        if entry.kind in {"exam_opened", "exam_closed"}:
            there.withheld.pop(scanner, None)  # of another patient
        if entry.kind == "exam_opened" and entry not in now:
            there.withheld[scanner] = deque([entry], maxlen=ENTRIES_KEPT)
    if now:
        there.link.send(TimelineAdded(entries=tuple(now)))


def _release_withheld(there: Attendance, scanner: str) -> None:
    waiting = there.withheld.pop(scanner, None)
    if waiting:
        there.link.send(TimelineAdded(entries=tuple(waiting)))


def _send(links: Sequence[Attendance], scanner: str, message: Model) -> None:
    key = (scanner, type(message).__name__)
    for there in links:
        if there.shown.get(key) != message:
            there.shown[key] = message
            there.link.send(message)

"""The latest of everything heard from a site, as values. Pure.

A value is shown as it came; nothing is inferred. A new connection begins with nothing: what was true
before the line was lost may not be true now. The timeline stays, for it is the past.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from mr_contract.console_messages import (
    AgentHello,
    AlarmsChanged,
    Beat,
    ClosedExamsChanged,
    ControlChanged,
    ExamChanged,
    FromAgent,
    IntercomChanged,
    LastCommandChanged,
    ProtocolOffer,
    ProtocolsListed,
    ScannerStatusChanged,
    StandingChanged,
    StepChanged,
    TimelineAdded,
)
from mr_contract.exam import ClosedExam, ExamView, QuarantineView, StepDetail
from mr_contract.intercom import IntercomView
from mr_contract.standing import Standing
from mr_contract.views import (
    AlarmView,
    ControlView,
    LastCommand,
    LinkView,
    ScannerCard,
    ScannerStatus,
    TimelineEntry,
)

MOST_TIMELINE_ENTRIES = 5000


@dataclass(frozen=True, slots=True)
class ScannerView:
    """One scanner; None where nothing was heard on this connection."""

    card: ScannerCard
    status: ScannerStatus | None = None
    control: ControlView | None = None
    standing: Standing | None = None
    exam: ExamView | None = None
    steps: Mapping[str, StepDetail] = field(default_factory=lambda: MappingProxyType({}))
    alarms: tuple[AlarmView, ...] = ()
    last_command: LastCommand | None = None
    intercom: IntercomView | None = None
    closed_exams: tuple[ClosedExam, ...] = ()
    """Closed lately, newest first: they may still be reported wrong."""
    quarantined: tuple[QuarantineView, ...] = ()
    """Closed, and in quarantine until two people at the site have decided."""
    protocols: tuple[ProtocolOffer, ...] = ()


@dataclass(frozen=True, slots=True)
class SiteView:
    """One site."""

    hello: AgentHello | None = None
    scanners: Mapping[str, ScannerView] = field(default_factory=lambda: MappingProxyType({}))
    beat: Beat | None = None
    timeline: tuple[TimelineEntry, ...] = ()

    @property
    def link(self) -> LinkView | None:
        """The control round trip as the agent measures it."""
        return None if self.beat is None else self.beat.link

    @property
    def last_seq(self) -> int:
        """The newest timeline entry heard."""
        return self.timeline[-1].seq if self.timeline else 0


def hear(view: SiteView, message: FromAgent) -> SiteView:
    """The view after a message; answers to commands change nothing here."""
    match message:
        case AgentHello():
            cards = {card.scanner: ScannerView(card) for card in message.scanners}
            went_back = message.seq < view.last_seq
            timeline = () if went_back else view.timeline
            return SiteView(hello=message, scanners=MappingProxyType(cards), timeline=timeline)
        case Beat():
            return replace(view, beat=message)
        case TimelineAdded(entries=entries):
            known = {entry.seq for entry in view.timeline}
            new = (entry for entry in entries if entry.seq not in known)  # also older ones, withheld before
            merged = sorted((*view.timeline, *new), key=lambda entry: entry.seq)
            return replace(view, timeline=tuple(merged)[-MOST_TIMELINE_ENTRIES:])
        case _:
            scanner = view.scanners.get(getattr(message, "scanner", ""))
            if scanner is None:
                return view
            changed = {**view.scanners, scanner.card.scanner: _hear_of_scanner(scanner, message)}
            return replace(view, scanners=MappingProxyType(changed))


def _hear_of_scanner(view: ScannerView, message: FromAgent) -> ScannerView:
    match message:
        case ScannerStatusChanged(status=status):
            return replace(view, status=status)
        case ControlChanged(control=control):
            return replace(view, control=control)
        case StandingChanged(standing=standing):
            return replace(view, standing=standing)
        case ExamChanged(exam=exam):
            return replace(view, exam=exam, steps=_steps_of(view.steps, exam))
        case StepChanged(step=step):
            return replace(view, steps=MappingProxyType({**view.steps, step.step_id: step}))
        case AlarmsChanged(alarms=alarms):
            return replace(view, alarms=alarms)
        case LastCommandChanged(last=last):
            return replace(view, last_command=last)
        case ClosedExamsChanged(exams=exams, quarantined=quarantined):
            return replace(view, closed_exams=exams, quarantined=quarantined)
        case IntercomChanged(intercom=intercom):
            return replace(view, intercom=intercom)
        case ProtocolsListed(protocols=protocols):
            return replace(view, protocols=protocols)
        case _:
            return view


def _steps_of(steps: Mapping[str, StepDetail], exam: ExamView | None) -> Mapping[str, StepDetail]:
    """The details of steps that this exam still has."""
    known = {step.step_id for step in exam.steps} if exam else set()
    return MappingProxyType({step_id: step for step_id, step in steps.items() if step_id in known})

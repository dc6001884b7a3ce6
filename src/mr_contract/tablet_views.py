"""What a tablet shows, as values that replace each other whole."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mr_contract.audio_check import AudioCheckView
from mr_contract.exam import ClosedExams, ExamView, QuarantineView, WorklistItem
from mr_contract.intercom import IntercomView
from mr_contract.media_messages import Sources
from mr_contract.model import Identifier, Model, ShortText
from mr_contract.standing import Standing
from mr_contract.views import (
    AlarmView,
    ControlView,
    LastCommand,
    LinkView,
    ScannerStatus,
    TimelineEntry,
)
from mr_contract.vocabulary import Qualification


class StaffView(Model):
    """A person of the site's roster."""

    staff_id: Identifier
    name: ShortText
    mr_level: Annotated[int, Field(ge=1, le=2)]
    qualification: Qualification


class ChecklistView(Model):
    """How far preparation has come; every item is a fact of the journal."""

    identity_confirmed: bool = False
    screening_recorded: bool = False
    screening_signed_by: Annotated[tuple[ShortText, ...], Field(max_length=4)] = ()
    screening_complete: bool = False
    """The full stop is confirmed; two signed, one of them Level 2, or a physician signed an exception."""
    full_stop: bool = False
    patient_data: bool = False
    landmark_set: bool = False
    patient_ready: bool = False


class TabletView(Model):
    """All a tablet shows, as one value."""

    kind: Literal["tablet_view"] = "tablet_view"
    status: ScannerStatus
    control: ControlView
    standing: Standing
    exam: ExamView | None
    checklist: ChecklistView
    staff: Annotated[tuple[StaffView, ...], Field(max_length=100)]
    """Who is checked in here."""
    worklist: Annotated[tuple[WorklistItem, ...], Field(max_length=100)]
    quarantines: Annotated[tuple[QuarantineView, ...], Field(max_length=16)] = ()
    """Exams in quarantine about which nothing is decided yet, oldest first."""
    closed_exams: ClosedExams = ()
    """Exams closed lately that may still be reported wrong, newest first."""
    alarms: Annotated[tuple[AlarmView, ...], Field(max_length=32)]
    last: LastCommand | None
    holder_link: LinkView
    sources: Sources = ()
    talkers: Annotated[tuple[ShortText, ...], Field(max_length=16)] = ()
    """Who hears this room and is heard in it, while a tablet talks."""
    audio_check: AudioCheckView | None = None
    """“Can you hear me?”, as far as it has come; None: nobody asked, or it counts no more."""
    intercom: IntercomView | None = None
    """The patient's intercom, and whom they hear; None: the site declared none."""
    link_loss_in_s: float | None = None
    timeline: Annotated[tuple[TimelineEntry, ...], Field(max_length=20)] = ()

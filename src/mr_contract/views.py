"""What both ends are shown of a scanner, each a whole value that replaces the one before."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from mr_contract.exam import PatientBand
from mr_contract.exposure import SarAverages
from mr_contract.findings import Findings
from mr_contract.magnet import MagnetReading
from mr_contract.model import Identifier, Model, ShortText
from mr_contract.vocabulary import (
    AlarmKind,
    AlarmPriority,
    ControlPhase,
    LinkGrade,
    LinkLossAction,
    PrescanStep,
    Privilege,
    Role,
    ScannerActivity,
    ScannerMode,
    TablePosition,
)

Privileges = Annotated[tuple[Privilege, ...], Field(max_length=5)]


class ScannerCard(Model):
    """What never changes while an agent runs: name, letter, colour, field strength, mode."""

    scanner: Identifier
    site: ShortText
    name: ShortText
    letter: Annotated[str, Field(min_length=1, max_length=2)]
    colour: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]
    field_t: Annotated[float, Field(ge=0.0, le=20.0)]
    site_phone: ShortText


class ControlView(Model):
    """Who operates, asked about once a second and shown at both ends."""

    phase: ControlPhase
    holder: ShortText = ""
    yours: bool = False
    """Whether this very link holds control."""
    privileges: Privileges = ()
    request_id: Identifier | None = None
    requested: Privileges = ()
    requested_by: ShortText = ""
    requested_role: Role | None = None
    requested_link_loss_action: LinkLossAction | None = None
    """What the one who asks proposes for a lost link; a grant makes it the agreed action."""
    link_loss_action: LinkLossAction | None = None
    suspended_for_s: float | None = None
    """Seconds left in which the local operator may touch Resume."""
    responsibilities_acknowledged: bool = False
    """By the person of this very link; at the tablet by whoever holds control, or else asks for it."""


class RoomView(Model):
    """Door, table, coil and magnet as the scanner reports them; None is unknown."""

    door_closed: bool | None = None
    table: TablePosition | None = None
    coil: ShortText | None = None
    magnet: MagnetReading | None = None


class ProgressView(Model):
    """The running acquisition."""

    step_id: Identifier
    acquisition_id: Identifier
    fraction: Annotated[float, Field(ge=0.0, le=1.0)]
    remaining_s: Annotated[float, Field(ge=0.0)]
    lines_acquired: Annotated[int, Field(ge=0)]
    lines_total: Annotated[int, Field(ge=0)]
    waiting: ShortText = ""
    """In words, why a triggered acquisition has been waiting for long."""
    prescan: PrescanStep | None = None
    """What is being adjusted before lines are acquired."""
    averages: SarAverages | None = None
    """Running averages of the SAR, where the scanner tells them."""


class AlarmView(Model):
    """An alarm condition. Acknowledging ends its sound, never its display."""

    alarm_id: Identifier
    kind: AlarmKind
    priority: AlarmPriority
    since: AwareDatetime
    acknowledged_by: ShortText = ""
    active: bool = True


class LinkView(Model):
    """The control link of the holder (or, on a console, of this console) as the agent measures it."""

    grade: LinkGrade
    round_trip_ms: float | None = None


class LastCommand(Model):
    """Read-back: the last command given, by whom, and what became of it."""

    command_id: Identifier
    words: ShortText
    by: ShortText
    at: AwareDatetime
    outcome: ShortText
    findings: Findings = ()


class ScannerStatus(Model):
    """State of a scanner for its fleet card and band."""

    activity: ScannerActivity | None
    """None: the scanner is not heard, so nothing is known."""
    mode: ScannerMode | None
    can_stop: bool
    fault: ShortText = ""
    stop_latched: bool = False
    asks_for_you: bool = False
    band: PatientBand | None = None
    step_name: ShortText = ""
    progress: ProgressView | None = None
    room: RoomView = RoomView()
    unknown_command: Identifier | None = None
    """A start whose outcome a named person at the site must settle."""
    presence_until: AwareDatetime | None = None


class TimelineEntry(Model):
    """A journalled event in words: `sentence` names a text, `figures` fill it."""

    seq: Annotated[int, Field(ge=0)]
    at: AwareDatetime
    scanner: Identifier | None
    kind: Identifier
    figures: Annotated[dict[str, ShortText], Field(max_length=12)] = Field(default_factory=dict)
    by: ShortText = ""

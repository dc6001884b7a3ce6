"""What the journal remembers. Facts are the fold of these events, and of nothing else.

Events are past tense. None carries what identifies a patient: an exam is named by its id, and its
identity lives outside the chain under an erasable key.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from local_agent.core.knocks import Door, TurnedAway
from mr_contract.exam import HeightCm, WeightKg
from mr_contract.exposure import ExposurePrediction, ImplantLimits
from mr_contract.geometry import SliceGroups
from mr_contract.model import Digest, Identifier, Model, ParameterValues, ShortText
from mr_contract.parameters import Changes
from mr_contract.reasons import Findings
from mr_contract.views import Privileges
from mr_contract.vocabulary import (
    AlarmKind,
    IdentifierKind,
    Landmark,
    LinkLossAction,
    PatientPosition,
    Qualification,
    Role,
    Side,
    TablePosition,
)


class Event(Model):
    """Common to all; `by` names who acted, a person or a machine."""

    by: ShortText = ""


# ------------------------------------------------------------------ agent and links


class AgentStarted(Event):
    """Clears control, consent and presence: nothing live survives a restart."""

    kind: Literal["agent_started"] = "agent_started"
    boot: Identifier


class LinkOpened(Event):
    kind: Literal["link_opened"] = "link_opened"
    link: Identifier
    role: Role


class LinkClosed(Event):
    kind: Literal["link_closed"] = "link_closed"
    link: Identifier
    why: ShortText = ""


class ViolationSeen(Event):
    kind: Literal["violation_seen"] = "violation_seen"
    why: ShortText


class CommandRefused(Event):
    """A command of a console or a tablet, other than a start, that was not carried out."""

    kind: Literal["command_refused"] = "command_refused"
    command: Identifier
    command_id: Identifier
    findings: Findings
    claimed: ShortText = ""
    """The member of staff whom the sender claimed to be and did not prove to be."""
    count: int = 1
    """How many refusals this line stands for; of several the command is the last."""


class DoorRefused(Event):
    """Someone was turned away at a door; concerns the site and no scanner. `by` only if they are known."""

    kind: Literal["door_refused"] = "door_refused"
    door: Door
    why: TurnedAway
    where: ShortText = ""
    """The address it came from, of several the last; empty where it is not known for sure."""
    count: int = 1
    """How many this line stands for."""


# ------------------------------------------------------------------ people


class CheckedIn(Event):
    kind: Literal["checked_in"] = "checked_in"
    staff_id: Identifier
    name: ShortText
    mr_level: int
    qualification: Qualification


class CheckedOut(Event):
    kind: Literal["checked_out"] = "checked_out"
    staff_id: Identifier


# ------------------------------------------------------------------ the exam


class ExamOpened(Event):
    kind: Literal["exam_opened"] = "exam_opened"
    exam_id: Identifier
    procedure: ShortText
    side: Side
    age_years: int
    contrast_planned: bool
    identity_digest: Digest


class IdentityConfirmed(Event):
    kind: Literal["identity_confirmed"] = "identity_confirmed"
    identifiers: tuple[IdentifierKind, ...]


class ScreeningRecorded(Event):
    kind: Literal["screening_recorded"] = "screening_recorded"
    implant_free: bool
    implants: tuple[ImplantLimits, ...]


class ScreeningSigned(Event):
    kind: Literal["screening_signed"] = "screening_signed"
    staff_id: Identifier
    mr_level: int


class FullStopConfirmed(Event):
    kind: Literal["full_stop_confirmed"] = "full_stop_confirmed"


class PatientDataRecorded(Event):
    kind: Literal["patient_data_recorded"] = "patient_data_recorded"
    weight_kg: WeightKg
    height_cm: HeightCm
    position: PatientPosition


class LandmarkChosen(Event):
    kind: Literal["landmark_chosen"] = "landmark_chosen"
    landmark: Landmark


class PatientReadyConfirmed(Event):
    """Bound to patient, scanner, table, coil and room; `moved_number` is the scanner's own attestation."""

    kind: Literal["patient_ready_confirmed"] = "patient_ready_confirmed"
    scanner_boot: Identifier
    moved_number: int
    coil: ShortText


class FirstLevelDecided(Event):
    """One side's half of the decision for first level controlled mode; what is None is not decided by it."""

    kind: Literal["first_level_decided"] = "first_level_decided"
    side: Literal["remote", "local"]
    up_to_w_per_kg: float | None = None
    """Whole-body SAR."""
    up_to_pns_percent: float | None = None
    """Share of the mean stimulation threshold."""


class ExamClosed(Event):
    kind: Literal["exam_closed"] = "exam_closed"


# ------------------------------------------------------------------ room and scanner


class DoorMoved(Event):
    kind: Literal["door_moved"] = "door_moved"
    closed: bool
    during_scan: bool = False


class TableWasMoved(Event):
    kind: Literal["table_was_moved"] = "table_was_moved"
    table: TablePosition
    by_step: bool = False
    moved_number: int | None = None
    """Under which the scanner attests this movement; None where it was found moved after a silence."""


class CoilWasChanged(Event):
    kind: Literal["coil_was_changed"] = "coil_was_changed"
    coil: ShortText | None


class RoomUnattested(Event):
    """The scanner cannot attest that nothing moved while it was not heard."""

    kind: Literal["room_unattested"] = "room_unattested"
    why: ShortText


class ScannerHeard(Event):
    kind: Literal["scanner_heard"] = "scanner_heard"
    scanner_boot: Identifier


class ScannerLost(Event):
    kind: Literal["scanner_lost"] = "scanner_lost"


class ScannerFaulted(Event):
    kind: Literal["scanner_faulted"] = "scanner_faulted"
    fault: ShortText


class ScannerFaultCleared(Event):
    kind: Literal["scanner_fault_cleared"] = "scanner_fault_cleared"


class BulbSqueezed(Event):
    kind: Literal["bulb_squeezed"] = "bulb_squeezed"


class BulbAnswered(Event):
    kind: Literal["bulb_answered"] = "bulb_answered"


# ------------------------------------------------------------------ control


class ControlAsked(Event):
    kind: Literal["control_asked"] = "control_asked"
    request_id: Identifier
    link: Identifier
    device: Digest
    name: ShortText
    role: Role
    privileges: Privileges
    link_loss_action: LinkLossAction


class ControlGranted(Event):
    """What was granted, with the action agreed for a lost link."""

    kind: Literal["control_granted"] = "control_granted"
    request_id: Identifier
    name: ShortText
    privileges: Privileges
    link_loss_action: LinkLossAction


class ControlDenied(Event):
    kind: Literal["control_denied"] = "control_denied"
    request_id: Identifier
    name: ShortText
    by_silence: bool = False


class ControlEnded(Event):
    """Control is local again: released, revoked, suspended too long, exam closed."""

    kind: Literal["control_ended"] = "control_ended"
    name: ShortText
    why: Literal["released", "revoked", "not_resumed", "exam_closed", "withdrawn", "link_closed"]


class ControlSuspended(Event):
    kind: Literal["control_suspended"] = "control_suspended"
    name: ShortText


class ControlResumed(Event):
    kind: Literal["control_resumed"] = "control_resumed"
    name: ShortText


class LinkLossActed(Event):
    kind: Literal["link_loss_acted"] = "link_loss_acted"
    action: LinkLossAction


# ------------------------------------------------------------------ protocol and steps


class StepPlan(Model):
    """A step as achieved: all that its revision is made of, and what was predicted."""

    step_id: Identifier
    name: ShortText
    sequence: Identifier
    values: ParameterValues
    slices: SliceGroups
    prediction: ExposurePrediction
    duration_s: float
    relative_snr: float


class ProtocolOpened(Event):
    kind: Literal["protocol_opened"] = "protocol_opened"
    protocol_id: Identifier
    name: ShortText
    version: int
    steps: tuple[StepPlan, ...]


class StepSet(Event):
    """An edit or an undo took effect; `asked` are the keys that were asked for."""

    kind: Literal["step_set"] = "step_set"
    plan: StepPlan
    changes: Changes = ()
    asked: ParameterValues
    undo: bool = False


class StepReachieved(Event):
    """Patient, coil or scanner changed: the same wishes, achieved anew."""

    kind: Literal["step_reachieved"] = "step_reachieved"
    plan: StepPlan


class StepRepeated(Event):
    kind: Literal["step_repeated"] = "step_repeated"
    step_id: Identifier
    new_step_id: Identifier
    reason: ShortText


class StepArmed(Event):
    kind: Literal["step_armed"] = "step_armed"
    command_id: Identifier
    step_id: Identifier
    revision: Digest


class StepDisarmed(Event):
    kind: Literal["step_disarmed"] = "step_disarmed"
    why: ShortText


# ------------------------------------------------------------------ starts and stops


class StartRefused(Event):
    kind: Literal["start_refused"] = "start_refused"
    command_id: Identifier
    content: Digest
    device: Digest
    step_id: Identifier
    findings: Findings


class StartIntended(Event):
    """Durable before anything is sent: after a crash the scanner is asked what became of it."""

    kind: Literal["start_intended"] = "start_intended"
    command_id: Identifier
    content: Digest
    device: Digest
    step_id: Identifier
    revision: Digest
    token: Identifier
    scanner_number: int
    """The scanner's event number at `prepare`: its log from there on tells what became of it."""
    standing: ShortText
    round_trip_ms: float | None = None


class StartAccepted(Event):
    kind: Literal["start_accepted"] = "start_accepted"
    command_id: Identifier
    acquisition_id: Identifier
    settled_by_log: bool = False


class StartWithdrawn(Event):
    kind: Literal["start_withdrawn"] = "start_withdrawn"
    command_id: Identifier
    findings: Findings


class StartFailed(Event):
    kind: Literal["start_failed"] = "start_failed"
    command_id: Identifier
    why: ShortText


class StartBecameUnknown(Event):
    kind: Literal["start_became_unknown"] = "start_became_unknown"
    command_id: Identifier
    why: ShortText


class StartSettled(Event):
    """A named person looked and said whether it ran."""

    kind: Literal["start_settled"] = "start_settled"
    command_id: Identifier
    ran: bool


class AcquisitionBegan(Event):
    kind: Literal["acquisition_began"] = "acquisition_began"
    command_id: Identifier
    acquisition_id: Identifier
    step_id: Identifier
    prediction: ExposurePrediction | None = None
    """What is recorded per series: operating modes and SAR with its definition."""


class AcquisitionFinished(Event):
    kind: Literal["acquisition_finished"] = "acquisition_finished"
    acquisition_id: Identifier
    step_id: Identifier
    complete: bool
    why: ShortText
    lines_acquired: int
    lines_total: int


class SeriesAnnounced(Event):
    kind: Literal["series_announced"] = "series_announced"
    step_id: Identifier
    series_id: Identifier
    number: int
    description: ShortText
    instance_count: int
    complete: bool


class SeriesWasStored(Event):
    kind: Literal["series_was_stored"] = "series_was_stored"
    series_id: Identifier
    instance_count: int


class StopGiven(Event):
    """Journalled after it was sent; latches until the scanner is idle."""

    kind: Literal["stop_given"] = "stop_given"
    command_id: Identifier


class StopConfirmed(Event):
    """The scanner took the stop."""

    kind: Literal["stop_confirmed"] = "stop_confirmed"


class ScannerIdled(Event):
    """The scanner is idle: nothing runs and a stop is no longer latched."""

    kind: Literal["scanner_idled"] = "scanner_idled"


# ------------------------------------------------------------------ alarms and notes


class AlarmRaised(Event):
    kind: Literal["alarm_raised"] = "alarm_raised"
    alarm_id: Identifier
    alarm: AlarmKind


class AlarmCleared(Event):
    kind: Literal["alarm_cleared"] = "alarm_cleared"
    alarm: AlarmKind


class AlarmAcknowledged(Event):
    kind: Literal["alarm_acknowledged"] = "alarm_acknowledged"
    alarm_id: Identifier


class SourcePaused(Event):
    """The local operator paused a camera or screen: nobody sees it until they resume it."""

    kind: Literal["source_paused"] = "source_paused"
    source: Identifier
    title: ShortText


class SourceResumed(Event):
    kind: Literal["source_resumed"] = "source_resumed"
    source: Identifier
    title: ShortText


class NoteSent(Event):
    """That a note was sent; its words are not journalled, since they may name a patient."""

    kind: Literal["note_sent"] = "note_sent"
    length: int


JournalEvent = Annotated[
    AgentStarted
    | LinkOpened
    | LinkClosed
    | ViolationSeen
    | CommandRefused
    | DoorRefused
    | CheckedIn
    | CheckedOut
    | ExamOpened
    | IdentityConfirmed
    | ScreeningRecorded
    | ScreeningSigned
    | FullStopConfirmed
    | PatientDataRecorded
    | LandmarkChosen
    | PatientReadyConfirmed
    | FirstLevelDecided
    | ExamClosed
    | DoorMoved
    | TableWasMoved
    | CoilWasChanged
    | RoomUnattested
    | ScannerHeard
    | ScannerLost
    | ScannerFaulted
    | ScannerFaultCleared
    | BulbSqueezed
    | BulbAnswered
    | ControlAsked
    | ControlGranted
    | ControlDenied
    | ControlEnded
    | ControlSuspended
    | ControlResumed
    | LinkLossActed
    | ProtocolOpened
    | StepSet
    | StepReachieved
    | StepRepeated
    | StepArmed
    | StepDisarmed
    | StartRefused
    | StartIntended
    | StartAccepted
    | StartWithdrawn
    | StartFailed
    | StartBecameUnknown
    | StartSettled
    | AcquisitionBegan
    | AcquisitionFinished
    | SeriesAnnounced
    | SeriesWasStored
    | StopGiven
    | StopConfirmed
    | ScannerIdled
    | AlarmRaised
    | AlarmCleared
    | AlarmAcknowledged
    | SourcePaused
    | SourceResumed
    | NoteSent,
    Field(discriminator="kind"),
]

JOURNAL_EVENT: TypeAdapter[JournalEvent] = TypeAdapter(JournalEvent)
EVENT_VERSION = 1
"""Version written with every record; older ones are upcast when they are read."""

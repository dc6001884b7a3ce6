"""What an adapter tells unasked: events, numbered without gaps, and readings, which are neither
numbered nor kept.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from mr_contract.exposure import SarAverages
from mr_contract.magnet import MagnetReading
from mr_contract.model import Digest, Identifier, Model, ShortText
from mr_contract.vitals import Vitals
from mr_contract.vocabulary import Landmark, PrescanStep, TablePosition

EventNumber = Annotated[int, Field(ge=0)]


Percent = Annotated[int, Field(ge=0, le=100)]


class Event(Model):
    number: EventNumber
    at: AwareDatetime


class DoorOpened(Event):
    kind: Literal["door_opened"] = "door_opened"


class DoorClosed(Event):
    kind: Literal["door_closed"] = "door_closed"


class TableMoved(Event):
    """`by_step`: moved by an accepted step, which voids nothing."""

    kind: Literal["table_moved"] = "table_moved"
    table: TablePosition
    table_mm: float
    by_step: bool = False


class CoilChanged(Event):
    kind: Literal["coil_changed"] = "coil_changed"
    coil: ShortText | None


class LandmarkSet(Event):
    kind: Literal["landmark_set"] = "landmark_set"
    landmark: Landmark


class PatientRegistered(Event):
    kind: Literal["patient_registered"] = "patient_registered"
    exam_id: Identifier


class MagnetRead(Event):
    """Helium or cooling changed by something worth telling: at least one percent, or a limit crossed."""

    kind: Literal["magnet_read"] = "magnet_read"
    magnet: MagnetReading


class BulbPressed(Event):
    kind: Literal["bulb_pressed"] = "bulb_pressed"


class BulbReleased(Event):
    kind: Literal["bulb_released"] = "bulb_released"


class FaultRaised(Event):
    kind: Literal["fault_raised"] = "fault_raised"
    fault: ShortText


class FaultCleared(Event):
    kind: Literal["fault_cleared"] = "fault_cleared"


class StopReceived(Event):
    """A stop, from whom: the scanner's own record that it arrived."""

    kind: Literal["stop_received"] = "stop_received"
    by: ShortText


class AcquisitionStarted(Event):
    kind: Literal["acquisition_started"] = "acquisition_started"
    command_id: Identifier
    acquisition_id: Identifier
    step_id: Identifier
    revision: Digest


class AcquisitionProgressed(Event):
    kind: Literal["acquisition_progressed"] = "acquisition_progressed"
    acquisition_id: Identifier
    command_id: Identifier
    step_id: Identifier
    fraction: Annotated[float, Field(ge=0.0, le=1.0)]
    remaining_s: Annotated[float, Field(ge=0.0)]
    lines_acquired: Annotated[int, Field(ge=0)]
    lines_total: Annotated[int, Field(ge=0)]
    waiting: ShortText = ""
    """In words, why a triggered acquisition has been waiting for long; empty while triggers come."""
    prescan: PrescanStep | None = None
    """What is being adjusted; told at the beginning of each step, however fast it passes."""
    averages: SarAverages | None = None


class AcquisitionEnded(Event):
    """`complete`: every line was acquired. Otherwise stopped, or ended by a fault."""

    kind: Literal["acquisition_ended"] = "acquisition_ended"
    acquisition_id: Identifier
    command_id: Identifier
    step_id: Identifier
    complete: bool
    why: ShortText = ""
    lines_acquired: Annotated[int, Field(ge=0)]
    lines_total: Annotated[int, Field(ge=0)]


class ImagesReady(Event):
    """Reconstruction finished: this many instances come on the images connection."""

    kind: Literal["images_ready"] = "images_ready"
    acquisition_id: Identifier
    command_id: Identifier
    step_id: Identifier
    series_id: Identifier
    series_number: int
    description: ShortText
    instance_count: Annotated[int, Field(ge=0)]
    complete: bool


class BecameIdle(Event):
    kind: Literal["became_idle"] = "became_idle"


class VitalsRead(Model):
    """What the patient's sensors show now: a reading, neither a reply nor an event.

    It has no number and is in no log; only the newest matters. At most twice a second, and only while a
    patient is registered. The curves are of the last second; empty where no such sensor is attached.
    """

    kind: Literal["vitals_read"] = "vitals_read"
    at: AwareDatetime
    vitals: Vitals
    ecg_uv: Annotated[tuple[Annotated[int, Field(ge=-20_000, le=20_000)], ...], Field(max_length=256)] = ()
    pulse_percent: Annotated[tuple[Percent, ...], Field(max_length=64)] = ()
    respiration_percent: Annotated[tuple[Percent, ...], Field(max_length=64)] = ()
    """From 0 (out) to 100 (in)."""


ScannerEvent = Annotated[
    DoorOpened
    | DoorClosed
    | TableMoved
    | CoilChanged
    | LandmarkSet
    | PatientRegistered
    | MagnetRead
    | BulbPressed
    | BulbReleased
    | FaultRaised
    | FaultCleared
    | StopReceived
    | AcquisitionStarted
    | AcquisitionProgressed
    | AcquisitionEnded
    | ImagesReady
    | BecameIdle,
    Field(discriminator="kind"),
]

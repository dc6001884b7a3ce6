"""What ran, what it left, and what stopped it."""

from __future__ import annotations

from typing import Literal

from local_agent.core.events.event import Event
from mr_contract.exposure import ExposurePrediction
from mr_contract.model import Identifier, ShortText


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
    exam_id: Identifier | None = None
    """Whose series it is; None: of the exam that was open, in journals from before it was told."""


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

"""What happened in the room and to the scanner."""

from __future__ import annotations

from typing import Literal

from local_agent.core.events.event import Event
from mr_contract.model import Identifier, ShortText
from mr_contract.vocabulary import TablePosition


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

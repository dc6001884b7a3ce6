"""What is to be seen in the simulated room, from what the agent knows of its scanner. Pure.

Rules upheld here:
- What is not known is not drawn as if it were: without word of the scanner the room is dark, and says so.
- The table is where the scanner says it is at rest; only on its way it is imagined.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from mr_contract.views import ScannerStatus
from mr_contract.vocabulary import ScannerActivity, TablePosition

_WITH_CONTRAST = re.compile(r"\b(gd|kv|contrast|bolus|dynamic|dynamique)\b", re.IGNORECASE)
BOLUS_SHARE = 0.25
"""The share of a step with contrast in which the injector injects."""


class Injection(StrEnum):
    """What the contrast injector does."""

    READY = "ready"
    INJECTING = "injecting"
    GIVEN = "given"


@dataclass(frozen=True, slots=True)
class RoomState:
    """One moment of the room. None is unknown."""

    table: TablePosition | None = None
    door_closed: bool | None = None
    coil: str | None = None
    has_patient: bool = False
    scanning: bool = False
    bulb_pressed: bool = False
    injection: Injection = Injection.READY
    injected: float = 0.0
    """The share of the contrast agent that is in the patient, 0 to 1."""
    step_name: str = ""


def room_state_of(status: ScannerStatus | None, *, patient_calls: bool = False) -> RoomState | None:
    """What the room looks like; None: the scanner is not heard."""
    if status is None or status.activity is None:
        return None
    scanning = status.activity is ScannerActivity.ACQUIRING
    injection, injected = _injection(status) if scanning else (Injection.READY, 0.0)
    return RoomState(
        table=status.room.table,
        door_closed=status.room.door_closed,
        coil=status.room.coil or None,
        has_patient=status.band is not None,
        scanning=scanning,
        bulb_pressed=patient_calls,
        injection=injection,
        injected=injected,
        step_name=status.step_name if scanning else "",
    )


def _injection(status: ScannerStatus) -> tuple[Injection, float]:
    """A step that is named for contrast is one with contrast: nothing more is told to those who watch."""
    if not _WITH_CONTRAST.search(status.step_name) or status.progress is None:
        return Injection.READY, 0.0
    share = min(1.0, status.progress.fraction / BOLUS_SHARE)
    share = round(share * 50) / 50
    return (Injection.INJECTING, share) if share < 1.0 else (Injection.GIVEN, 1.0)

"""What happens in the room: door, coil, table by hand or button, bulb, faults.

- An opened door and a squeezed bulb stop nothing that runs; they keep the next start from happening.
- A table or a coil taken from under a running acquisition ends it, and so does a fault.
"""

from __future__ import annotations

from typing import assert_never

from mr_contract.scanner_messages import (
    BecameIdle,
    BulbPressed,
    BulbReleased,
    CoilChanged,
    DoorClosed,
    DoorOpened,
    FaultCleared,
    FaultRaised,
)
from mr_contract.vocabulary import TablePosition
from simulated_mri.scanner.inputs import (
    BulbLetGo,
    BulbSqueezed,
    CoilPlugged,
    DoorSwung,
    FaultAppeared,
    FaultGone,
    RoomInput,
    TableButton,
    TablePushed,
)
from simulated_mri.scanner.passing import end_acquisition, halt_table, move_table, place_table
from simulated_mri.scanner.state import Moment, Outcome, without_token


def happen(outcome: Outcome, room: RoomInput, moment: Moment) -> Outcome:
    """Something in the room changed; what is so already is no event."""
    state = outcome.state
    match room:
        case DoorSwung(closed):
            if closed == state.door_closed:
                return outcome
            swung = outcome.having(door_closed=closed)
            return swung.logged(DoorClosed if closed else DoorOpened, moment).moved()
        case CoilPlugged(coil):
            return outcome if coil == state.coil else _plug(outcome, coil, moment)
        case TablePushed(table_mm):
            ended = end_acquisition(outcome, moment, why="the table was moved by hand")
            return place_table(ended, TablePosition.ELSEWHERE, table_mm, moment)
        case TableButton(inwards):
            to = TablePosition.ISOCENTRE if inwards else TablePosition.OUT
            there = state.move is None and state.table is to
            if there or (inwards and (state.fault or state.landmark is None)):
                return outcome
            return move_table(end_acquisition(outcome, moment, why="the table was moved"), to, moment)
        case BulbSqueezed():
            if state.bulb_squeezed:
                return outcome
            called = outcome.having(bulb_squeezed=True, bulb_unanswered=True).logged(BulbPressed, moment)
            return without_token(called, "the patient squeezed the bulb")
        case BulbLetGo():
            return settle_bulb(outcome, moment, bulb_squeezed=False)
        case FaultAppeared(fault):
            return outcome if fault == state.fault else _fail(outcome, fault, moment)
        case FaultGone():
            if not state.fault:
                return outcome
            return outcome.having(fault="").logged(FaultCleared, moment).logged(BecameIdle, moment)
        case _:
            assert_never(room)


def settle_bulb(outcome: Outcome, moment: Moment, **changes: bool) -> Outcome:
    """The call ends once the bulb is released and somebody answered, whichever comes last."""
    settled = outcome.having(**changes)
    if outcome.state.bulb_calling and not settled.state.bulb_calling:
        return settled.logged(BulbReleased, moment)
    return settled


def _plug(outcome: Outcome, coil: str | None, moment: Moment) -> Outcome:
    ended = end_acquisition(outcome, moment, why="the coil was changed")
    return ended.having(coil=coil).logged(CoilChanged, moment, coil=coil).moved()


def _fail(outcome: Outcome, fault: str, moment: Moment) -> Outcome:
    raised = outcome.having(fault=fault).logged(FaultRaised, moment, fault=fault)
    ended = end_acquisition(raised, moment, why=f"fault: {fault}"[:160])
    return halt_table(without_token(ended, "a fault was raised"), moment)

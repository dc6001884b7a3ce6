"""What happens in the room: door, coil, table by hand or button, bulb, faults.

- An opened door and a squeezed bulb stop nothing that runs; they keep the next start from happening.
- A table or a coil taken from under a running acquisition ends it, and so does a fault.
- Several faults may hold at once; the scanner is ready again when the last of them is gone.
- Helium and cooling are told as they change. Helium below its least level is a fault.
- The emergency stop takes the table's power too.
"""

from __future__ import annotations

from typing import assert_never

from mr_contract.magnet import MagnetReading
from mr_contract.scanner_messages import (
    BecameIdle,
    CoilChanged,
    DoorClosed,
    DoorOpened,
    FaultCleared,
    FaultRaised,
    MagnetRead,
)
from mr_contract.vocabulary import TablePosition
from simulated_mri.scanner.bulb import settle, squeeze
from simulated_mri.scanner.inputs import (
    BulbLetGo,
    BulbSqueezed,
    CoilPlugged,
    DoorSwung,
    FaultAppeared,
    FaultGone,
    HeliumRead,
    RoomInput,
    TableButton,
    TablePushed,
)
from simulated_mri.scanner.passing import end_acquisition, halt_table, move_table, place_table
from simulated_mri.scanner.state import Moment, Outcome, State, without_token

EMERGENCY_STOP = "emergency stop"
HELIUM = "helium"
HELIUM_LEAST_PERCENT = 50.0
HELIUM_LOW_PERCENT = 60.0
"""Below it the scanner asks for its service; it still scans."""
COOLING = "cooling"


def happen(outcome: Outcome, room: RoomInput, moment: Moment) -> Outcome:
    """Something in the room changed; what is so already is no event."""
    after = _happen(outcome, room, moment)
    told = magnet(after.state)
    if told == magnet(outcome.state):
        return after
    read = outcome.logged(MagnetRead, moment, magnet=told)  # what follows from it is told after it
    return _happen(read, room, moment)


def magnet(state: State) -> MagnetReading:
    """What the scanner's own gauges show."""
    return MagnetReading(
        helium_percent=state.helium_percent,
        helium_low_percent=HELIUM_LOW_PERCENT,
        cooling_working=COOLING not in state.faults,
    )


def _happen(outcome: Outcome, room: RoomInput, moment: Moment) -> Outcome:
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
            if (
                there
                or EMERGENCY_STOP in state.faults
                or (inwards and (state.fault or state.landmark is None))
            ):
                return outcome
            return move_table(end_acquisition(outcome, moment, why="the table was moved"), to, moment)
        case BulbSqueezed():
            return outcome if state.bulb_squeezed else squeeze(outcome, moment, held=True)
        case BulbLetGo():
            return settle(outcome, moment, bulb_squeezed=False)
        case FaultAppeared(fault, of):
            return outcome if state.faults.get(of) == fault else _fail(outcome, of, fault, moment)
        case FaultGone(of):
            return _mend(outcome, of, moment) if of in state.faults else outcome
        case HeliumRead(percent):
            return _helium(outcome.having(helium_percent=percent), moment)
        case _:
            assert_never(room)


def _plug(outcome: Outcome, coil: str | None, moment: Moment) -> Outcome:
    ended = end_acquisition(outcome, moment, why="the coil was changed")
    return ended.having(coil=coil).logged(CoilChanged, moment, coil=coil).moved()


def _fail(outcome: Outcome, of: str, fault: str, moment: Moment) -> Outcome:
    raised = outcome.having(faults={**outcome.state.faults, of: fault})
    raised = raised.logged(FaultRaised, moment, fault=raised.state.fault)
    ended = end_acquisition(raised, moment, why=f"fault: {fault}"[:160])
    return halt_table(without_token(ended, "a fault was raised"), moment)


def _mend(outcome: Outcome, of: str, moment: Moment) -> Outcome:
    """What is left is told again, so that nobody takes one repair for all."""
    left = {name: words for name, words in outcome.state.faults.items() if name != of}
    mended = outcome.having(faults=left)
    if left:
        return mended.logged(FaultRaised, moment, fault=mended.state.fault)
    return mended.logged(FaultCleared, moment).logged(BecameIdle, moment)


def _helium(outcome: Outcome, moment: Moment) -> Outcome:
    percent = outcome.state.helium_percent
    if percent < HELIUM_LEAST_PERCENT:
        words = f"helium level {percent:g} %, at least {HELIUM_LEAST_PERCENT:g} % is needed"
        return _happen(outcome, FaultAppeared(words, HELIUM), moment)
    return _happen(outcome, FaultGone(HELIUM), moment)

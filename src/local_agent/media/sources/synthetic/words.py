"""The line of words in a synthetic picture, for those who cannot see it well. Pure."""

from __future__ import annotations

from local_agent.media.sources.synthetic.room_state import Injection, RoomState
from mr_contract.vocabulary import SourceKind, TablePosition

_TABLE = {
    TablePosition.OUT: "table outside",
    TablePosition.MOVING: "table moves",
    TablePosition.ISOCENTRE: "table at isocentre",
    TablePosition.ELSEWHERE: "table elsewhere",
}
_INJECTION = {
    Injection.READY: "nothing given",
    Injection.INJECTING: "injecting",
    Injection.GIVEN: "contrast agent given",
}
MOST_LETTERS = 48


def words_of(kind: SourceKind, state: RoomState | None) -> str:
    """At most `MOST_LETTERS` letters."""
    if state is None:
        return ""
    if state.bulb_pressed:
        return "PATIENT CALLS"
    if kind is SourceKind.INJECTOR:
        words = _INJECTION[state.injection]
    elif kind is SourceKind.PATIENT:
        words = " · ".join(
            [_scan(state), state.coil or "no coil"] if state.has_patient else ["nobody on the table"]
        )
    else:
        words = " · ".join(
            [
                _scan(state),
                _TABLE.get(state.table, "table unknown") if state.table else "table unknown",
                _door(state),
            ]
        )
    return words if len(words) <= MOST_LETTERS else words[: MOST_LETTERS - 1] + "…"


def _scan(state: RoomState) -> str:
    return "scanning" if state.scanning else "not scanning"


def _door(state: RoomState) -> str:
    if state.door_closed is None:
        return "door unknown"
    return "door closed" if state.door_closed else "door open"

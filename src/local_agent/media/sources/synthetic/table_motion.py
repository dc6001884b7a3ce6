"""Where the table is drawn: on its way at the speed of a real one. Pure; metres and seconds."""

from __future__ import annotations

from mr_contract.vocabulary import TablePosition

TRAVEL_M = 1.2
"""From outside until the landmark is at the isocentre."""
ELSEWHERE_M = 0.7
M_PER_S = 0.1
STEP_M = 0.01
"""Nobody sees less, and every other picture would be drawn anew for it."""


class TableMotion:
    """Follows what the scanner says: `at_m` is 0 outside and `TRAVEL_M` at the isocentre."""

    def __init__(self) -> None:
        self._at_m: float | None = None
        self._last: TablePosition | None = None
        self._looked_s = 0.0
        self._inwards = True

    def at_m(self, table: TablePosition | None, now_s: float) -> float:
        """Where the table is now; a table of which nothing is known is outside."""
        gone_s, self._looked_s = max(0.0, now_s - self._looked_s), now_s
        aim_m = self._aim_m(table)
        if self._at_m is None:
            self._at_m = aim_m
        reach_m = M_PER_S * gone_s
        if table is not TablePosition.MOVING:
            reach_m *= 4  # it has arrived already: what is seen catches up
        self._at_m += min(max(aim_m - self._at_m, -reach_m), reach_m)
        self._last = table
        return round(self._at_m / STEP_M) * STEP_M

    def _aim_m(self, table: TablePosition | None) -> float:
        match table:
            case TablePosition.ISOCENTRE:
                self._inwards = False
                return TRAVEL_M
            case TablePosition.MOVING:
                return TRAVEL_M if self._inwards else 0.0
            case TablePosition.ELSEWHERE:
                return ELSEWHERE_M
            case _:
                self._inwards = True
                return 0.0

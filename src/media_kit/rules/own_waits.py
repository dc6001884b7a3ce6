"""How long work waited for this machine's own processor: what a line must not be blamed for.

- A datagram waits from its arrival in the kernel until it is looked at. More than `MOST_S`, or less than
  nothing, is no wait: the wall clock was set in between.
"""

from __future__ import annotations

MOST_S = 10.0


def waited_s(arrived_wall_s: float | None, now_wall_s: float) -> float:
    """Seconds that something has waited here; 0 where its arrival is not known or cannot be."""
    if arrived_wall_s is None:
        return 0.0
    waited = now_wall_s - arrived_wall_s
    return waited if 0.0 < waited <= MOST_S else 0.0

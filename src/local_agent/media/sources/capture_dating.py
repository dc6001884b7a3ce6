"""When a picture was captured, from what its device says and when it arrived. Pure; seconds throughout.

Rules upheld here:
- A picture is never dated younger than what is known allows: of several, the one that came quickest tells how
  far a device's clock is from ours, and a picture that comes later than that one was under way for longer.
- A picture is never dated later than its arrival.
- A device whose clock jumps, stands or runs wrong is dated by arrival again.
"""

from __future__ import annotations

DRIFT = 0.002
"""How much a device's clock may run wrong: the estimate forgets this much a second."""
UNBELIEVABLE_S = 30.0
"""A picture that seems to have been under way for longer: the device has set its clock."""
KERNEL_DELAY_S = 1.0


class ArrivalDating:
    """Dates the pictures of a device whose clock has an unknown beginning, such as a network camera."""

    def __init__(self) -> None:
        self._behind_s: float | None = None
        self._arrived_s = self._said_s = 0.0

    def captured_s(self, said_s: float | None, arrived_s: float) -> float:
        """The capture time of a picture; `said_s` is the device's own time stamp, if it has one.

        The least delay of the device and its line cannot be seen from here and is not in it.
        """
        if said_s is None:
            return arrived_s
        behind_s = arrived_s - said_s
        estimate_s = self._behind_s
        if estimate_s is not None and said_s > self._said_s:
            estimate_s += DRIFT * (arrived_s - self._arrived_s)
        else:
            estimate_s = behind_s
        if not 0.0 <= behind_s - estimate_s < UNBELIEVABLE_S:
            estimate_s = behind_s
        self._behind_s, self._arrived_s, self._said_s = estimate_s, arrived_s, said_s
        return said_s + estimate_s


def by_kernel(said_s: float | None, monotonic_s: float, arrived_s: float) -> float:
    """The capture time of a picture that the kernel stamped by its monotonic clock, in boot time.

    `monotonic_s` is that clock now, `arrived_s` boot time now. A stamp that cannot be meant is not used.
    """
    if said_s is None or not 0.0 <= monotonic_s - said_s <= KERNEL_DELAY_S:
        return arrived_s
    return arrived_s - (monotonic_s - said_s)

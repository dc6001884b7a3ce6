"""Deciding times: boot time, which counts suspend and cannot be set, with the boot it belongs to.

The command line and the agent are different processes of one machine: a code made by one expires for
the other by the same clock. After a restart of the machine the clock begins anew, so an instant of
another boot is never "not yet expired".
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class BootInstant:
    """`at_s` seconds after the machine's boot `boot_id`."""

    boot_id: str
    at_s: float

    def after(self, seconds: float) -> BootInstant:
        """The instant that many seconds later, in the same boot."""
        return BootInstant(self.boot_id, self.at_s + seconds)

    def is_within(self, start: BootInstant, seconds: float) -> bool:
        """Whether this instant lies in the `seconds` after `start`; another boot never does."""
        return self.boot_id == start.boot_id and 0 <= self.at_s - start.at_s < seconds


def read_boot_instant() -> BootInstant:
    """Now, on this machine (Linux)."""
    return BootInstant(_BOOT_ID.read_text().strip(), time.clock_gettime(time.CLOCK_BOOTTIME))

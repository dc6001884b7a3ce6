"""Take a device away from its driver, and give it back: what unplugging is to whoever uses it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

DRIVERS = Path("/sys/bus/platform/drivers")


def boot_s() -> float:
    """Boot time, as the agent counts it."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def unplug(driver: str, device: str) -> None:
    """Returns at once: the kernel waits until its users let go."""
    file = DRIVERS / driver / "unbind"
    threading.Thread(target=file.write_text, args=(device,), daemon=True).start()


def plug_in(driver: str, device: str) -> None:
    """Blocks until the driver has it."""
    (DRIVERS / driver / "bind").write_text(device)


def wait_until(holds: Callable[[], bool], within_s: float) -> float | None:
    """Seconds it took; None if it did not come about."""
    began_s = boot_s()
    while not holds():
        if boot_s() - began_s > within_s:
            return None
        time.sleep(0.02)
    return boot_s() - began_s

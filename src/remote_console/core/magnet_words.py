"""What the magnet's gauges show, in words; louder when it needs its service."""

from __future__ import annotations

from mr_contract.magnet import MagnetReading
from remote_console.core.phrases import Words, p


def magnet_words(magnet: MagnetReading | None) -> tuple[Words, ...]:
    """Helium where it is read; cooling only where it fails, since details are short."""
    if magnet is None:
        return ()
    words: list[Words] = []
    if magnet.helium_percent is not None:
        percent = f"{magnet.helium_percent:.0f}"
        if magnet.helium_low:
            words.append(p("⚠ HELIUM LOW: {percent} %, call the service", percent=percent))
        else:
            words.append(p("helium {percent} %", percent=percent))
    if magnet.cooling_working is False:
        words.append(p("⚠ COOLING HAS FAILED"))
    return tuple(words)

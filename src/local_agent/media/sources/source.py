"""What every camera and screen of a site is to the media process.

A source plays in a thread that the media process gives it, and again, with back-off, when it has failed. It
knows nothing of viewers, encoders, threads or retries. A paused source does not play: its device is let go.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import av

from local_agent.media.sources.tablet_pictures import TabletPictures
from mr_contract.device_reasons import DeviceReason, device
from mr_contract.views import ScannerStatus

Offer = Callable[[av.VideoFrame, float], None]
"""Take a picture, and when it was captured: seconds of boot time, as `SourceSite.boot_s` counts.

From the thread that plays; does not wait. The frame is not changed afterwards by either side. A source offers
only pictures that are new: one that repeats the last picture of a stalled camera would hide that it stalled.
"""


class SourceFailed(Exception):
    """There are no pictures; `why` says it, and holds no secret."""

    def __init__(self, reason: DeviceReason, **figures: str) -> None:
        self.why = device(reason, **figures)
        super().__init__(self.why.text)


@dataclass(frozen=True, slots=True)
class SourceSite:
    """What a source may know of where it is."""

    boot_s: Callable[[], float]
    """Boot time now, in seconds."""
    status: Callable[[], ScannerStatus | None]
    """The source's scanner as last heard; None: it is not heard. From any thread."""
    patient_calls: Callable[[], bool] = lambda: False
    """Whether the scanner's squeeze bulb was pressed and not answered yet. From any thread."""
    tablet: TabletPictures | None = None
    """Where the scanner's tablets hand in pictures of their own cameras."""


class Source(Protocol):
    """One camera or screen. Made from its line in `site.toml`; nothing is opened before `play`."""

    def play(self, offer: Offer, stop: threading.Event) -> None:
        """Offer pictures until `stop` is set, then let go of the device and return, within a second.

        Called again after it returned or raised. Raises SourceFailed, also for a device that gave no picture
        for 5 s.
        """
        ...

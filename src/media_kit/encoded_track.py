"""A track that hands encoded packets to aiortc's sender."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from aiortc import MediaStreamTrack
from av import Packet

from media_kit.rules.capture_times import CapturePair
from media_kit.rules.lines import LineReport


class EncodedTrack(MediaStreamTrack):
    """What a corrected sender expects of a track whose frames are encoded already.

    Its packets' timestamps are capture times: boot time at the site.
    """

    kind = "video"
    copies = 0
    """How often its line is to be sent each packet again unasked."""
    pace_bps: int | None = None
    """How fast its packets may leave; None: as they come."""
    capture_pair: CapturePair | None = None
    """Set by the sender with the first frame sent: how its RTP timestamps count."""

    @abstractmethod
    async def recv(self) -> Packet[Any]:
        """The next packet. Raises MediaStreamError when there will be none."""

    @abstractmethod
    def request_key_frame(self) -> None:
        """The receiver cannot show anything until a key frame."""

    @abstractmethod
    def line_reported(self, report: LineReport) -> None:
        """The receiver said how its line is."""

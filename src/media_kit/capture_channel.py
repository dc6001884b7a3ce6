"""The data channel that says when the pictures of a connection were captured."""

from __future__ import annotations

import asyncio
import logging

from aiortc import RTCDataChannel, RTCPeerConnection

from media_kit.encoded_track import EncodedTrack
from media_kit.rules.capture_times import (
    LABEL,
    REPEAT_S,
    CapturePair,
    pairs_from_text,
    pairs_to_text,
)

_LOG = logging.getLogger(__name__)
LOOK_EVERY_S = 0.1


class CaptureTimesSaid:
    """Tells the other side, while the connection lives, how the timestamps of the tracks sent to it count."""

    def __init__(self, connection: RTCPeerConnection, channel: RTCDataChannel) -> None:
        self._connection = connection
        self._channel = channel
        self._telling = asyncio.get_running_loop().create_task(self._tell())

    async def close(self) -> None:
        """Say no more; before the connection is closed."""
        self._telling.cancel()
        await asyncio.wait([self._telling])

    async def _tell(self) -> None:
        loop = asyncio.get_running_loop()
        said: dict[str, CapturePair] = {}
        said_s = 0.0
        while self._channel.readyState != "closed":
            known = self._known()
            if (known != said or loop.time() - said_s >= REPEAT_S) and self._channel.readyState == "open":
                self._channel.send(pairs_to_text(known))
                said, said_s = known, loop.time()
            await asyncio.sleep(LOOK_EVERY_S)

    def _known(self) -> dict[str, CapturePair]:
        known = {}
        for transceiver in self._connection.getTransceivers():
            track = transceiver.sender.track
            mid = transceiver.mid
            if mid is not None and isinstance(track, EncodedTrack) and track.capture_pair is not None:
                known[mid] = track.capture_pair
        return known


class CaptureTimes:
    """What the other side said about the pictures it sends."""

    def __init__(self) -> None:
        self._pairs: dict[str, CapturePair] = {}

    def hear(self, channel: RTCDataChannel) -> None:
        """Listen to a data channel; one with another label is left alone."""
        if channel.label == LABEL:
            channel.on("message", self._said)

    def captured_s(self, mid: str, timestamp: int | None) -> float | None:
        """When a decoded frame of a stream was captured, in boot time at the site; None until it was said.

        `timestamp` is the frame's `pts` as a corrected receiver gives it.
        """
        pair = self._pairs.get(mid)
        return None if pair is None or timestamp is None else pair.captured_at_s(timestamp)

    def _said(self, text: str | bytes) -> None:
        try:
            self._pairs = pairs_from_text(text if isinstance(text, str) else text.decode())
        except ValueError as fault:
            _LOG.warning("capture times not understood: %s", fault)

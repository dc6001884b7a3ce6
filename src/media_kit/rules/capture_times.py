"""When a decoded frame was captured: the RTP timestamps of a stream, tied to the site's boot time.

The sender's RTP timestamps *are* capture times, counted at 90 kHz from an origin of chance, so that one pair
of (RTP timestamp, capture time) says everything about a stream for as long as it lives. The pair travels on a
data channel when the stream begins and every `REPEAT_S`; RTP timestamps wrap after 13 hours.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

CLOCK_HZ = 90_000
REPEAT_S = 5.0
LABEL = "capture-times"
"""The data channel's label; the offering side of a connection opens it."""
MOST_STREAMS = 64
MOST_BYTES = 8192
_WRAP = 1 << 32


@dataclass(frozen=True, slots=True)
class CapturePair:
    """A moment on both scales: 32-bit RTP timestamp, and boot time at the site in seconds."""

    rtp_timestamp: int
    captured_s: float

    def captured_at_s(self, rtp_timestamp: int) -> float:
        """The capture time of any frame within 6.6 hours of the pair; unwrapped timestamps will do."""
        ticks = (rtp_timestamp - self.rtp_timestamp + _WRAP // 2) % _WRAP - _WRAP // 2
        return self.captured_s + ticks / CLOCK_HZ


def pairs_to_text(pairs: dict[str, CapturePair]) -> str:
    """The message on the data channel: `{"MID": [RTP timestamp, boot time in s], …}`."""
    return json.dumps({mid: [p.rtp_timestamp, round(p.captured_s, 6)] for mid, p in pairs.items()})


def pairs_from_text(text: str) -> dict[str, CapturePair]:
    """The pairs by media id. Raises ValueError for anything else than such a message."""
    if len(text) > MOST_BYTES:
        raise ValueError("the capture times are longer than any connection has streams")
    said = json.loads(text, parse_constant=_refuse)
    if not isinstance(said, dict) or len(said) > MOST_STREAMS:
        raise ValueError("the capture times are no object of pairs by media id")
    return {mid: _pair(value) for mid, value in said.items()}


def _pair(value: object) -> CapturePair:
    match value:
        case [int(rtp), int() | float() as captured_s] if 0 <= rtp < _WRAP and 0 <= captured_s < 1e12:
            return CapturePair(rtp, float(captured_s))
        case _:
            raise ValueError("a capture time is not [RTP timestamp, seconds]")


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no time")

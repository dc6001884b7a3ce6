"""What the first bytes of a VP8 frame say (RFC 6386, 9.1)."""

from __future__ import annotations

from dataclasses import dataclass

_START_CODE = b"\x9d\x01\x2a"
MOST_PIXELS = 1920 * 1200
"""A peer that announces a larger picture is not decoded: memory would be its to choose."""


@dataclass(frozen=True, slots=True)
class KeyFrameHeader:
    """Size of a key frame in pixels."""

    width: int
    height: int

    @property
    def is_bearable(self) -> bool:
        """Whether a decoder may be given this frame."""
        return 0 < self.width * self.height <= MOST_PIXELS


def key_frame_header(data: bytes) -> KeyFrameHeader | None:
    """The header of a key frame; None for every other frame, and for what is no frame."""
    if len(data) < 10 or data[0] & 1 or data[3:6] != _START_CODE:
        return None
    width = int.from_bytes(data[6:8], "little") & 0x3FFF
    height = int.from_bytes(data[8:10], "little") & 0x3FFF
    return KeyFrameHeader(width, height)

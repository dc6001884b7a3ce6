"""Which encoded frames stand alone, and which a decoder may be given."""

from __future__ import annotations

from media_kit.rules.vp8 import key_frame_header

_H264_START = b"\x00\x00\x00\x01"
_H264_KEY_UNITS = frozenset({5, 7})
"""IDR slice and sequence parameter set (H.264, table 7-1)."""


def is_key_frame(codec_name: str, data: bytes) -> bool:
    """Whether a frame can be decoded without any before it."""
    match codec_name:
        case "VP8":
            return key_frame_header(data) is not None
        case "H264":
            units = data.split(_H264_START)
            return any(unit[0] & 0x1F in _H264_KEY_UNITS for unit in units if unit)
        case _:
            return False


def is_bearable(data: bytes) -> bool:
    """Whether a frame asks for no more memory than the largest screen shown."""
    header = key_frame_header(data)
    return header is None or header.is_bearable

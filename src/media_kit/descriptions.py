"""Descriptions that come from the other side: believed only as far as they are well-formed and bounded."""

from __future__ import annotations

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.exceptions import InternalError, InvalidAccessError, InvalidStateError, OperationError

from media_kit.corrections.transport import MALFORMED

MOST_BYTES = 64 * 1024
MOST_MEDIA = 16
MOST_CANDIDATES = 64
"""Each candidate is an address that this machine will send checks to."""
_UNUSABLE = (*MALFORMED, InternalError, InvalidAccessError, InvalidStateError, OperationError, RuntimeError)
"""What aiortc raises; a RuntimeError where it looks for a line that is not there (a StopIteration)."""


class BadDescription(Exception):
    """The other side's description cannot be used; the words say why. Close the connection it was for."""


async def take_description(connection: RTCPeerConnection, kind: str, sdp: str) -> None:
    """Apply the other side's `offer` or `answer`. Raises BadDescription."""
    _check(kind, sdp)
    try:
        await connection.setRemoteDescription(RTCSessionDescription(sdp, kind))
    except _UNUSABLE as fault:
        raise BadDescription(f"the {kind} cannot be used: {fault}") from fault


def _check(kind: str, sdp: str) -> None:
    if kind not in ("offer", "answer"):
        raise BadDescription(f"a description is an offer or an answer, not {kind[:20]!r}")
    if len(sdp) > MOST_BYTES:
        raise BadDescription(f"the {kind} has {len(sdp)} characters; {MOST_BYTES} at most")
    lines = sdp.splitlines()
    for begin, most, words in (
        ("m=", MOST_MEDIA, "media sections"),
        ("a=candidate:", MOST_CANDIDATES, "candidates"),
    ):
        count = sum(line.startswith(begin) for line in lines)
        if count > most:
            raise BadDescription(f"the {kind} has {count} {words}; {most} at most")

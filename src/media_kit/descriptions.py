"""Descriptions that come from the other side: believed only as far as they are well-formed and bounded."""

from __future__ import annotations

from ipaddress import IPv4Address, ip_address

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.exceptions import InternalError, InvalidAccessError, InvalidStateError, OperationError

from media_kit.corrections.transport import MALFORMED

MOST_BYTES = 64 * 1024
MOST_MEDIA = 16
MOST_CANDIDATES = 64
"""Each candidate is an address that this machine will send checks to."""
LOWEST_PORT = 1024
"""Below are services (DNS, SNMP, syslog); whoever describes a connection must not have us write to them."""
BROADCAST = IPv4Address("255.255.255.255")
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
    for line in lines:
        if line.startswith("a=candidate:") and not _may_be_peer(line.split()):
            raise BadDescription(f"the {kind} names an address at which no peer can be")


def _may_be_peer(fields: list[str]) -> bool:
    """Whether checks may be sent to a candidate (RFC 8839, 5.1): no group of hosts, no port of a service."""
    if len(fields) > 2 and fields[2].lower() == "tcp":
        return True  # browsers name them, with port 9; no check is ever sent there
    if len(fields) < 6 or not fields[5].isdecimal() or int(fields[5]) < LOWEST_PORT:
        return False
    try:
        address = ip_address(fields[4])
    except ValueError:
        return fields[4].endswith(".local")  # a browser's name for its own address (mDNS)
    return not (address.is_multicast or address.is_unspecified or address == BROADCAST)

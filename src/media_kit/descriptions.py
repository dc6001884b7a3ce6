"""Descriptions that come from the other side: believed only as far as they are well-formed and bounded."""

from __future__ import annotations

from ipaddress import IPv4Address, ip_address

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.exceptions import InternalError, InvalidAccessError, InvalidStateError, OperationError

from media_kit.corrections.transport import MALFORMED

MOST_BYTES = 64 * 1024
MOST_MEDIA = 16
MOST_CANDIDATES = 64
"""Each candidate is an address that this machine will send checks to. One that is named again for every media
section counts once."""
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
        await connection.setRemoteDescription(RTCSessionDescription(with_candidates_everywhere(sdp), kind))
    except _UNUSABLE as fault:
        raise BadDescription(f"the {kind} cannot be used: {fault}") from fault


def with_candidates_everywhere(sdp: str) -> str:
    """Name the candidates of a bundle in each of its sections: browsers name them in the first one only.

    Of several sections on one transport aiortc takes only the last one's candidates: a browser was then found
    by its own checks or not at all, and behind a relay, which lets in nobody that was not written to, never.
    """
    session, *sections = _sections(sdp.splitlines())
    bundled = next((line.split()[1:] for line in session if line.startswith("a=group:BUNDLE")), [])
    members = [section for section in sections if _mid(section) in bundled]
    named = next((found for section in members if (found := _candidates(section))), [])
    for section in members:
        if not _candidates(section):
            section.extend(named)
    return "".join(f"{line}\r\n" for section in (session, *sections) for line in section)


def _sections(lines: list[str]) -> list[list[str]]:
    """What is said of the session, then each media section."""
    sections: list[list[str]] = [[]]
    for line in lines:
        if line.startswith("m="):
            sections.append([])
        sections[-1].append(line)
    return sections


def _mid(section: list[str]) -> str:
    return next((line.removeprefix("a=mid:") for line in section if line.startswith("a=mid:")), "")


def _candidates(section: list[str]) -> list[str]:
    return [line for line in section if line.startswith(("a=candidate:", "a=end-of-candidates"))]


def _check(kind: str, sdp: str) -> None:
    if kind not in ("offer", "answer"):
        raise BadDescription(f"a description is an offer or an answer, not {kind[:20]!r}")
    if len(sdp) > MOST_BYTES:
        raise BadDescription(f"the {kind} has {len(sdp)} characters; {MOST_BYTES} at most")
    lines = sdp.splitlines()
    candidates = {line for line in lines if line.startswith("a=candidate:")}
    for count, most, words in (
        (sum(line.startswith("m=") for line in lines), MOST_MEDIA, "media sections"),
        (len(candidates), MOST_CANDIDATES, "candidates"),
    ):
        if count > most:
            raise BadDescription(f"the {kind} has {count} {words}; {most} at most")
    for line in candidates:
        if not _may_be_peer(line.split()):
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

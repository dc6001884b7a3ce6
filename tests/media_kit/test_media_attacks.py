"""What a peer, or anybody who can reach the port, sends to harm: it is contained, and pictures go on."""

from __future__ import annotations

import socket
import struct
from typing import Any

import pytest
from media_pair import Pair, media_pair, until, without

from media_kit.corrections import catalogue
from media_kit.corrections.key_frame_data import is_bearable

_TRUNCATED_EXTENSION = struct.pack("!BBHLLHH", 0x90, 97, 1, 1, 77, 0xBEDE, 1) + bytes([0x30, 9, 0, 0])
"""abs-send-time (id 3) with one byte instead of three."""
_TRUNCATED_REMB = struct.pack("!BBHLL", 0x8F, 206, 4, 1, 0) + b"REMB" + bytes([255, 0, 0, 0])
"""A bandwidth estimate for 255 streams that names none."""


def _transport(connection: Any) -> Any:
    return connection.getTransceivers()[0].receiver.transport


def _send_empty_datagram(pair: Pair) -> None:
    """To the port of the desk, from somebody who is no peer."""
    candidate = _transport(pair.far).transport.iceGatherer.getLocalCandidates()[0]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anybody:
        anybody.sendto(b"", (candidate.ip, candidate.port))


async def test_an_empty_datagram_from_a_stranger_is_dropped() -> None:
    async with media_pair() as pair:
        _send_empty_datagram(pair)
        await until(lambda: bool(_transport(pair.far).malformed == 1))
        await pair.offer_until(lambda: pair.newest >= 10)


@pytest.mark.logs
async def test_without_containment_an_empty_datagram_ends_the_connection() -> None:
    async with media_pair(only=without(catalogue.contain_faults)) as pair:
        _send_empty_datagram(pair)
        await until(lambda: bool(_transport(pair.far).state == "closed"))


async def test_a_truncated_header_extension_is_dropped() -> None:
    async with media_pair() as pair:
        await _transport(pair.near)._send_rtp(_TRUNCATED_EXTENSION)
        await until(lambda: bool(_transport(pair.far).malformed == 1))
        await pair.offer_until(lambda: pair.newest >= 10)


async def test_a_truncated_bandwidth_estimate_is_dropped() -> None:
    async with media_pair() as pair:
        await _transport(pair.far)._send_rtp(_TRUNCATED_REMB)
        await until(lambda: bool(_transport(pair.near).malformed == 1))
        await pair.offer_until(lambda: pair.newest >= 10)


def test_a_picture_of_sixteen_thousand_by_sixteen_thousand_is_not_decoded() -> None:
    announced = b"\x10\x02\x00\x9d\x01\x2a" + struct.pack("<HH", 16383, 16383) + bytes(20)
    usual = b"\x10\x02\x00\x9d\x01\x2a" + struct.pack("<HH", 1920, 1080) + bytes(20)
    assert not is_bearable(announced)
    assert is_bearable(usual)


async def test_noise_on_the_capture_channel_changes_nothing() -> None:
    async with media_pair() as pair:
        await pair.offer_until(lambda: pair.times.captured_s("0", 0) is not None)
        known = pair.times.captured_s("0", 0)
        for noise in ("", "[]", "{" * 5000, '{"0": [1, 2, 3]}', '{"0": [NaN, 1]}', "x" * 100_000, b"\xff"):
            pair.times._said(noise)
        assert pair.times.captured_s("0", 0) == known

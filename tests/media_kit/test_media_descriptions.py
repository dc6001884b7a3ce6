"""Descriptions that are malformed or enormous: refused in words, and nothing else happens."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from aioice import turn
from aiortc import RTCPeerConnection
from hypothesis import given, settings
from hypothesis import strategies as st
from media_pair import HERE, without

import media_kit
from media_kit.corrections import ALL, catalogue
from media_kit.corrections.ice import RELAY_WAITING_BYTES
from media_kit.descriptions import MOST_BYTES, MOST_CANDIDATES, MOST_MEDIA, _check

_CANDIDATE = "a=candidate:1 1 udp 2130706431 192.0.2.1 4000 typ host\r\n"


def _candidates(count: int) -> list[str]:
    """Each with another port."""
    return [_CANDIDATE.replace("4000", str(4000 + number)) for number in range(count)]


async def _offer() -> str:
    with media_kit.correct(HERE):
        near = media_kit.new_connection()
        media_kit.receive_pictures(near)
        near.createDataChannel("any")
        await near.setLocalDescription(await near.createOffer())
        sdp: str = near.localDescription.sdp
        await near.close()
    return sdp


async def _take(sdp: str, kind: str = "offer") -> None:
    with media_kit.correct(HERE):
        far = media_kit.new_connection()
        try:
            await media_kit.take_description(far, kind, sdp)
        finally:
            await far.close()


@pytest.mark.parametrize(
    ("sdp", "words"),
    [
        ("x" * (MOST_BYTES + 1), "characters"),
        ("m=video 9 UDP/TLS/RTP/SAVPF 97\r\n" * (MOST_MEDIA + 1), "media sections"),
        ("".join(_candidates(MOST_CANDIDATES + 1)), "candidates"),
        (_CANDIDATE.replace("4000", "514"), "no peer can be"),
        (_CANDIDATE.replace("192.0.2.1", "224.0.0.251"), "no peer can be"),
        (_CANDIDATE.replace("192.0.2.1", "255.255.255.255"), "no peer can be"),
        (_CANDIDATE.replace("192.0.2.1", "ris.hospital.example"), "no peer can be"),
        ("a=candidate:1 1 udp 2130706431", "no peer can be"),
        ("m=video", "cannot be used"),
        ("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 97\r\n", "cannot be used"),
    ],
)
async def test_a_description_that_cannot_be_used_is_refused_in_words(sdp: str, words: str) -> None:
    with pytest.raises(media_kit.BadDescription, match=words):
        await _take(sdp)


async def test_candidates_as_browsers_name_them_are_taken() -> None:
    named = (
        "a=candidate:1 1 UDP 2122252543 8c1f6a2e-9f0b-4b0e-8f4e-1c2d3e4f5a6b.local 51000 typ host\r\n"
        "a=candidate:2 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active\r\n"
        "a=candidate:3 1 udp 2122252543 fe80::1%eth0 51000 typ host\r\n"
    )
    _check("offer", await _offer() + named)


async def test_a_candidate_that_every_section_names_again_counts_once() -> None:
    _check("offer", await _offer() + "".join(_candidates(MOST_CANDIDATES - 2) * 4))


async def test_candidates_that_a_browser_names_in_the_first_section_only_are_those_of_the_bundle() -> None:
    session, picture, channel = re.split("(?=^m=)", await _offer(), flags=re.MULTILINE)
    channel = re.sub("^a=(candidate:|end-of-candidates).*\r\n", "", channel, flags=re.MULTILINE)
    with media_kit.correct(HERE):
        far = media_kit.new_connection()
        await media_kit.take_description(far, "offer", session + picture + channel)
        transport: Any = far.getTransceivers()[0].receiver.transport.transport
        known = [candidate.host for candidate in transport._connection.remote_candidates]
        await far.close()
    assert known == ["127.0.0.1"]


async def test_an_answer_to_nothing_is_refused() -> None:
    sdp = await _offer()
    with pytest.raises(media_kit.BadDescription, match="answer cannot be used"):
        await _take(sdp, "answer")
    with pytest.raises(media_kit.BadDescription, match="not 'rollback'"):
        await _take(sdp, "rollback")


@settings(max_examples=30, deadline=None, derandomize=True, database=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 999),
            st.integers(0, 99),
            st.text(st.characters(codec="ascii", exclude_characters="\r\n"), max_size=8),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_a_garbled_offer_is_taken_or_refused_and_nothing_else(spots: list[tuple[int, int, str]]) -> None:
    async def garble() -> None:
        lines = (await _offer()).splitlines()
        for line, cut, noise in spots:
            at = line % len(lines)
            lines[at] = lines[at][:cut] + noise
        try:
            await _take("\r\n".join(lines) + "\r\n")
        except media_kit.BadDescription:
            return

    asyncio.run(garble())


@pytest.mark.parametrize("only", [ALL, without(catalogue.keep_transports, catalogue.close_once)])
async def test_a_bundle_with_a_section_that_is_not_there_leaves_a_connection_that_closes(only: Any) -> None:
    sdp = re.sub("m=video.*(?=m=application)", "", await _offer(), flags=re.DOTALL)
    with media_kit.correct(HERE, only=only):
        far = media_kit.new_connection()
        if only is ALL:
            with pytest.raises(media_kit.BadDescription, match="section that is not there"):
                await media_kit.take_description(far, "offer", sdp)
            await far.close()
        else:
            await media_kit.take_description(far, "offer", sdp)
            with pytest.raises(AttributeError):
                await far.close()


class _Stalled:
    """A stream that takes nothing more."""

    def __init__(self) -> None:
        self.waiting = 0

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def write(self, data: bytes) -> None:
        self.waiting += len(data)


@pytest.mark.parametrize(("only", "is_bounded"), [(ALL, True), (without(catalogue.bound_relays), False)])
def test_a_relay_that_is_not_read_keeps_a_bounded_queue(only: Any, is_bounded: bool) -> None:
    with media_kit.correct(only=only):
        protocol: Any = turn.TurnClientTcpProtocol(("192.0.2.1", 3478), "u", "p", 600, 500)
    protocol.transport = stalled = _Stalled()
    for _ in range(1000):
        protocol._send(b"\x40\x00\x04\x00" + bytes(1024))
    assert (stalled.waiting <= RELAY_WAITING_BYTES + 2048) == is_bounded
    before = stalled.waiting
    protocol._send(b"\x00\x04" + bytes(18))  # a refresh keeps the allocation alive
    assert stalled.waiting > before


def test_a_connection_of_ours_has_one_transport_and_no_server() -> None:
    async def look() -> None:
        connection: RTCPeerConnection = media_kit.new_connection()
        first, second = (media_kit.receive_pictures(connection) for _ in range(2))
        assert first.receiver.transport is second.receiver.transport
        await connection.close()

    asyncio.run(look())

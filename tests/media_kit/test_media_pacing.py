"""The voice passes pictures that wait for their turn."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

import pytest
from media_pair import media_pair, without

from media_kit.corrections import ALL, catalogue

SMALL = bytes([0x80, 96]) + bytes(200)


def _large(source: int) -> bytes:
    """A packet of a picture, from this source."""
    return bytes([0x80, 97]) + bytes(6) + source.to_bytes(4, "big") + bytes(1000)


@pytest.mark.parametrize(("only", "first"), [(ALL, "voice"), (without(catalogue.pace_pictures), "picture")])
async def test_a_word_passes_a_large_picture_on_a_paced_line(
    only: Collection[catalogue.Correction], first: str
) -> None:
    async with media_pair(only=only) as pair:
        transport: Any = pair.near.getTransceivers()[0].receiver.transport
        transport.pace_bps = 1_000_000
        source = pair.near.getSenders()[0]._ssrc
        left: list[str] = []

        async def picture() -> None:
            for _ in range(40):
                await transport._send_rtp(_large(source))
            left.append("picture")

        async def voice() -> None:
            await transport._send_rtp(SMALL)
            left.append("voice")

        await asyncio.gather(picture(), voice())
        assert left[0] == first


async def test_retransmissions_never_hold_up_who_reads_what_arrives() -> None:
    async with media_pair() as pair:
        transport: Any = pair.near.getTransceivers()[0].receiver.transport
        transport.pace_bps = 1000
        again = pair.near.getSenders()[0]._rtx_ssrc
        for _ in range(100):  # at the pace they would take a quarter of an hour
            await transport._send_rtp(_large(again))

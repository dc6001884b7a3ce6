"""Each correction of aiortc: what works with it, and the fault that is there without it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection
from typing import Any

import pytest
from lossy_line import Line
from media_pair import Pair, media_pair, until, without

import media_kit
from media_kit.corrections import ALL, catalogue


def _recovered(pair: Pair) -> list[int]:
    return [receiver.figures.recovered for receiver in pair.far.getReceivers()]  # type: ignore[attr-defined]


def _skipped(pair: Pair) -> list[int]:
    return [receiver.figures.skipped for receiver in pair.far.getReceivers()]  # type: ignore[attr-defined]


@pytest.mark.parametrize("loss", [0.01, 0.03])
async def test_two_bundled_streams_get_their_lost_packets_again(loss: float) -> None:
    async with media_pair(streams=2, line=Line(loss=loss)) as pair:
        await pair.offer_until(lambda: min(_recovered(pair)) >= 2 and pair.newest >= 100)


async def test_without_routing_no_retransmission_arrives_with_two_streams() -> None:
    async with media_pair(2, Line(loss=0.03), without(catalogue.route_retransmissions)) as pair:
        await pair.offer_until(lambda: min(_skipped(pair)) >= 2)
        assert _recovered(pair) == [0, 0]


async def test_a_picture_is_shown_without_the_one_after_it() -> None:
    async with media_pair() as pair:
        pair.offer()
        await until(lambda: pair.newest == 0)


async def test_without_assembly_a_picture_waits_for_the_one_after_it() -> None:
    async with media_pair(only=without(catalogue.assemble_pictures)) as pair:
        pair.offer()
        await _everything_arrived(pair, sent=lambda: pair.line.carried > 0)
        assert pair.newest == -1
        await pair.offer_until(lambda: pair.newest >= 0)


async def test_a_packet_that_never_comes_costs_a_key_frame_and_no_more() -> None:
    async with media_pair(line=Line(loses_for_good=60)) as pair:
        await pair.offer_until(lambda: pair.line.lost > 0)
        lost_at = pair.offered
        await pair.offer_until(lambda: pair.newest >= lost_at + 30)
        assert pair.key_frames >= 2


@pytest.mark.parametrize("off", [catalogue.assemble_pictures, catalogue.tell_tracks])
async def test_without_it_a_packet_that_never_comes_stops_the_picture(off: catalogue.Correction) -> None:
    async with media_pair(line=Line(loses_for_good=60), only=without(off)) as pair:
        await pair.offer_until(lambda: pair.line.lost > 0)
        lost_at = pair.offered
        await pair.offer_until(lambda: pair.offered >= lost_at + 40)
        assert pair.newest <= lost_at
        assert pair.key_frames == 1


async def test_the_picture_comes_back_after_an_outage() -> None:
    async with media_pair(streams=2) as pair:
        await pair.offer_until(lambda: pair.newest >= 20)
        pair.line.cut = True
        cut_at = pair.offered
        await pair.offer_until(lambda: pair.offered >= cut_at + 100)
        pair.line.cut = False
        back_at = pair.offered
        await pair.offer_until(lambda: pair.newest >= back_at + 20)


async def test_a_large_screen_comes_whole_though_a_packet_was_lost() -> None:
    async with media_pair(line=Line(loses_once=3), content=media_kit.Content.SCREEN) as pair:
        pair.scale = 4
        pair.offer()
        await until(lambda: pair.newest == 0)


@pytest.mark.parametrize(("only", "kept"), [(ALL, 1024), (without(catalogue.lengthen_history), 128)])
async def test_so_many_packets_can_be_sent_again(only: Collection[catalogue.Correction], kept: int) -> None:
    async with media_pair(only=only) as pair:
        await pair.offer_until(lambda: pair.line.carried > 1100)
        sender: Any = pair.near.getSenders()[0]
        assert len(sender._RTCRtpSender__rtp_history) == kept


async def test_a_track_that_nobody_reads_keeps_one_picture() -> None:
    async with media_pair(reading=False) as pair:
        await pair.offer_until(lambda: pair.offered >= 60 and pair.line.carried > 60)
        await until(lambda: _decoded(pair) > 0)
        assert _decoded(pair) <= 1


async def test_without_the_slot_every_picture_is_kept() -> None:
    async with media_pair(reading=False, only=without(catalogue.keep_newest)) as pair:
        await pair.offer_until(lambda: _decoded(pair) >= 20)


async def test_the_receiver_knows_its_round_trip() -> None:
    async with media_pair(line=Line(delay_s=0.05)) as pair:
        await pair.offer_until(lambda: pair.newest >= 0)
        assert _receiver(pair)._pictures.round_trip_s >= 0.1


async def test_without_timing_the_receiver_does_not_know_its_round_trip() -> None:
    async with media_pair(line=Line(delay_s=0.05), only=without(catalogue.time_round_trips)) as pair:
        await pair.offer_until(lambda: pair.newest >= 0)
        assert _receiver(pair)._pictures.round_trip_s == 0.0


def _receiver(pair: Pair) -> Any:
    return pair.far.getReceivers()[0]


def _decoded(pair: Pair) -> int:
    queue: asyncio.Queue[object] = _receiver(pair).track._queue
    return queue.qsize()


async def _everything_arrived(pair: Pair, sent: Any) -> None:
    await until(sent)

    async def arrived() -> int:
        report = await _receiver(pair).getStats()
        return max((s.packetsReceived for s in report.values() if s.type == "inbound-rtp"), default=0)

    async with asyncio.timeout(60):
        while await arrived() < pair.line.carried:
            await asyncio.sleep(0.005)


async def test_a_pair_that_ended_leaves_no_task_and_no_thread() -> None:
    before, threads = asyncio.all_tasks(), set(threading.enumerate())
    for _ in range(3):
        async with media_pair(streams=2, line=Line(loss=0.03)) as pair:
            await pair.offer_until(lambda: pair.newest >= 20)
    await until(lambda: asyncio.all_tasks() == before)
    assert not [t for t in set(threading.enumerate()) - threads if not t.name.startswith("asyncio_")]

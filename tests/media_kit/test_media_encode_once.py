"""One encoder a source and quality, whatever the viewers do."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import pytest_asyncio
from aiortc.mediastreams import MediaStreamError
from av import CodecContext, VideoFrame
from media_pair import FRAME_S, Clock, number_of, numbered_picture, until

from media_kit import Content, Effort, EncodedSource, Encoders, LayerFigures, Quality, Viewer, ViewerTrack
from media_kit.rules.lines import LineReport
from media_kit.viewing import MOST_WAITING


class Desk:
    """A source, a clock, and viewers without a network."""

    def __init__(self, encoders: ThreadPoolExecutor) -> None:
        self.clock = Clock()
        self.source = EncodedSource(Content.CAMERA, Encoders(encoders, self.clock, lambda: 0.0))
        self.offered = 0

    def viewer(self) -> Viewer:
        return Viewer(self.clock)

    async def offer(self, pictures: int = 1) -> None:
        """Pictures, each encoded before the next one."""
        for _ in range(pictures):
            before = self.source.figures()
            self.clock.now_s += FRAME_S
            self.source.offer(numbered_picture(self.offered, scale=4), self.clock.now_s)
            self.offered += 1
            await until(lambda: self._is_encoded_since(before))  # noqa: B023

    def _is_encoded_since(self, before: dict[Quality, LayerFigures]) -> bool:
        """In every quality that somebody still looks at."""
        now = self.source.figures()
        return all(now[q].pictures > before[q].pictures for q in Quality if now[q].viewers)

    @property
    def encoded(self) -> int:
        return sum(f.pictures for f in self.source.figures().values())

    def key_frames(self, quality: Quality = Quality.HIGH) -> int:
        return self.source.figures()[quality].key_frames


@pytest_asyncio.fixture
async def desk() -> AsyncIterator[Desk]:
    with ThreadPoolExecutor(2) as encoders:
        desk = Desk(encoders)
        yield desk
        await desk.source.close()


def _showing(track: ViewerTrack) -> Quality | None:
    return track.showing


async def _numbers(track: ViewerTrack, pictures: int) -> list[int]:
    """The numbers of the next pictures, decoded as the viewer would."""
    decoder = CodecContext.create("libvpx", "r")
    found = []
    for _ in range(pictures):
        packet = await track.recv()
        found += [number_of(frame) for frame in decoder.decode(packet)]
    return found


async def test_eight_viewers_are_served_by_as_many_encodings_as_one(desk: Desk) -> None:
    tracks = [desk.viewer().look_at(desk.source, Quality.HIGH) for _ in range(8)]
    await desk.offer(10)
    assert desk.encoded == 10
    for track in tracks:
        assert await _numbers(track, 10) == list(range(10))


async def test_a_quality_nobody_looks_at_is_not_encoded(desk: Desk) -> None:
    track = desk.viewer().look_at(desk.source, Quality.HIGH)
    await desk.offer(3)
    assert desk.source.figures()[Quality.LOW].pictures == 0
    track.stop()
    desk.source.offer(numbered_picture(9), desk.clock.now_s + 1)
    await asyncio.sleep(0)
    assert desk.encoded == 3
    assert all(figures.viewers == 0 for figures in desk.source.figures().values())


async def test_a_late_viewer_begins_with_a_key_frame(desk: Desk) -> None:
    desk.viewer().look_at(desk.source, Quality.HIGH)
    await desk.offer(20)
    late = desk.viewer().look_at(desk.source, Quality.HIGH)
    await desk.offer(5)
    assert desk.key_frames() == 2
    assert await _numbers(late, 3) == [20, 21, 22]


async def test_key_frame_requests_of_all_viewers_at_once_are_answered_by_one(desk: Desk) -> None:
    tracks = [desk.viewer().look_at(desk.source, Quality.HIGH) for _ in range(8)]
    await desk.offer(40)
    for track in tracks:
        track.request_key_frame()
    await desk.offer(5)
    assert desk.key_frames() == 2


async def test_a_viewer_that_asks_with_every_picture_cannot_flood_the_others(desk: Desk) -> None:
    flooding = desk.viewer().look_at(desk.source, Quality.HIGH)
    desk.viewer().look_at(desk.source, Quality.HIGH)
    for _ in range(100):
        flooding.request_key_frame()
        await desk.offer()
    assert desk.key_frames() <= 1 + 100 * FRAME_S / 1.0 + 1


async def test_a_viewer_moves_to_the_other_quality_at_a_key_frame_and_misses_nothing(desk: Desk) -> None:
    viewer = desk.viewer()
    track = viewer.look_at(desk.source, Quality.HIGH)
    await desk.offer(3)
    viewer.want({track: Quality.LOW})
    assert _showing(track) is Quality.HIGH
    await desk.offer(3)
    assert _showing(track) is Quality.LOW
    assert desk.source.figures()[Quality.HIGH].viewers == 0
    numbers = await _numbers(track, len(track._pictures))
    assert numbers == sorted(numbers)
    assert set(numbers) == set(range(6))  # one moment may come in both qualities


async def test_what_is_not_wanted_is_neither_sent_nor_encoded(desk: Desk) -> None:
    viewer = desk.viewer()
    track = viewer.look_at(desk.source, None)
    await desk.offer(2)
    assert (len(track._pictures), desk.key_frames()) == (0, 0)
    viewer.want({track: Quality.LOW})
    await desk.offer(2)
    shown = len(track._pictures)
    assert shown
    viewer.want({})
    await desk.offer(2)
    assert len(track._pictures) == shown


async def test_a_viewer_gives_way_when_it_is_told_to_and_only_while_it_sends(desk: Desk) -> None:
    viewer = desk.viewer()
    track = viewer.look_at(desk.source, Quality.HIGH)
    wide_bps = viewer.line.affords_bps
    viewer.give_way()
    assert viewer.line.affords_bps == wide_bps
    await desk.offer(2)
    await track.recv()
    viewer.give_way()
    assert viewer.line.affords_bps < wide_bps
    assert viewer.pace_bps is not None


async def test_times_of_packets_always_grow(desk: Desk) -> None:
    viewer = desk.viewer()
    track = viewer.look_at(desk.source, Quality.HIGH)
    times: list[int] = []
    for quality in (Quality.LOW, Quality.HIGH, Quality.LOW, Quality.HIGH):
        viewer.want({track: quality})
        await desk.offer(2)
        while track._pictures:
            times.append((await track.recv()).pts or 0)
    assert times == sorted(set(times))


async def test_a_viewer_that_never_reads_costs_a_bounded_number_of_pictures(desk: Desk) -> None:
    asleep = desk.viewer().look_at(desk.source, Quality.HIGH)
    awake = desk.viewer().look_at(desk.source, Quality.HIGH)
    await desk.offer(MOST_WAITING * 3)
    assert len(asleep._pictures) <= MOST_WAITING
    assert desk.key_frames() == 1
    reading = asyncio.ensure_future(asleep.recv())
    await asyncio.sleep(0)
    await desk.offer(2)
    assert (await reading).is_keyframe
    awake.stop()


async def test_a_crowded_line_moves_its_viewer_down_and_nobody_else(desk: Desk) -> None:
    narrow, wide = desk.viewer(), desk.viewer()
    poor, rich = (viewer.look_at(desk.source, Quality.HIGH) for viewer in (narrow, wide))
    await desk.offer(2)
    narrow.line_reported(LineReport(lost_share=0.0, round_trip_s=0.02))
    desk.clock.now_s += 1
    narrow.line_reported(LineReport(receiver_bps=400_000, lost_share=0.0, round_trip_s=0.4))
    narrow.line_reported(LineReport(receiver_bps=400_000))
    await desk.offer(2)
    assert (poor.showing, rich.showing) == (Quality.LOW, Quality.HIGH)


async def test_a_track_that_was_stopped_ends_its_reader(desk: Desk) -> None:
    track = desk.viewer().look_at(desk.source, Quality.LOW)
    reading = asyncio.ensure_future(track.recv())
    await asyncio.sleep(0)
    track.stop()
    with pytest.raises(MediaStreamError):
        await reading


async def test_pictures_that_come_faster_than_they_are_taken_do_not_wait(desk: Desk) -> None:
    desk.viewer().look_at(desk.source, Quality.HIGH)
    for number in range(1000):
        desk.source.offer(numbered_picture(number), desk.clock.now_s + number)
    await until(lambda: desk.encoded >= 1)
    assert desk.encoded <= 2


async def test_one_picture_in_two_qualities_and_two_sources_at_once_is_encoded_in_each(desk: Desk) -> None:
    with ThreadPoolExecutor(4) as encoders:
        shared = Encoders(encoders, desk.clock, lambda: 0.0)
        sources = [EncodedSource(Content.CAMERA, shared) for _ in range(2)]
        viewers = [desk.viewer().look_at(source, quality) for source in sources for quality in Quality]
        small = [numbered_picture(number) for number in range(MOST_WAITING)]
        for number, picture in enumerate(small):
            for source in sources:
                source.offer(picture, 200 + number * FRAME_S)
            await until(lambda: all(len(viewer._pictures) > number for viewer in viewers))  # noqa: B023
        for viewer in viewers:
            assert await _numbers(viewer, len(small)) == list(range(len(small)))
        assert [picture.pict_type for picture in small] == [small[0].pict_type] * len(small)
        for source in sources:
            await source.close()


async def test_a_frame_of_no_size_costs_nothing_but_itself(desk: Desk) -> None:
    track = desk.viewer().look_at(desk.source, Quality.HIGH)
    await desk.offer(2)
    desk.clock.now_s += FRAME_S
    desk.source.offer(VideoFrame(0, 0, "yuv420p"), desk.clock.now_s)
    await until(lambda: desk.source.figures()[Quality.HIGH].faults == 1)
    await desk.offer(2)
    assert await _numbers(track, 4) == [0, 1, 2, 3]


async def test_a_camera_that_changes_its_size_goes_on_with_a_key_frame(desk: Desk) -> None:
    track = desk.viewer().look_at(desk.source, Quality.HIGH)
    await desk.offer(3)
    desk.clock.now_s += FRAME_S
    desk.source.offer(numbered_picture(3, scale=2), desk.clock.now_s)
    await until(lambda: desk.encoded == 4)
    assert await _numbers(track, 4) == [0, 1, 2, 3]
    assert desk.key_frames() == 2


async def test_a_machine_that_is_short_of_processor_leaves_pictures_out_before_they_are_encoded() -> None:
    clock, spent = Clock(), itertools.count()
    with ThreadPoolExecutor(1) as threads:
        encoders = Encoders(threads, clock, lambda: next(spent) * 0.2)  # each look at it costs 0.2 s
        source, viewer = EncodedSource(Content.CAMERA, encoders), Viewer(clock)
        track = viewer.look_at(source, Quality.HIGH)

        async def offer() -> None:
            clock.now_s += FRAME_S
            source.offer(numbered_picture(1), clock.now_s)
            for _ in range(20):
                await asyncio.sleep(0.001)

        try:
            while encoders.effort is not Effort.LEAST:
                await offer()
            viewer.line_reported(LineReport(lost_share=0.0))
            assert track.share.quality is Quality.LOW
            before = sum(f.pictures for f in source.figures().values())
            for _ in range(25):
                await offer()
            assert sum(f.pictures for f in source.figures().values()) - before <= 8
        finally:
            viewer.close()
            await source.close()

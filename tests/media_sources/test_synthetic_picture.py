"""The synthetic pictures: what changes in the room changes in them, and nothing else is drawn."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fake_devices import Clock, Playing
from PIL import Image, ImageChops, ImageStat

from local_agent.media.sources.source import SourceFailed
from local_agent.media.sources.synthetic import Injection, RoomState, SyntheticCamera
from local_agent.media.sources.synthetic.camera import LivePicture
from local_agent.media.sources.synthetic.canvas import CAPTION_HEIGHT, HEIGHT, WIDTH, Canvas, Patch, patch
from local_agent.media.sources.synthetic.captions import CLOCK_WIDTH
from mr_contract.vocabulary import SourceKind, TablePosition

NOON = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
SCENE = (0, CAPTION_HEIGHT, WIDTH, HEIGHT)
DOOR, GANTRY, BORE = (90, 150, 400, 520), (630, 150, 1050, 550), (686, 264, 828, 436)
LYING = RoomState(TablePosition.OUT, door_closed=True, coil="Head 20", has_patient=True)


class Watched(Canvas):
    """Counts what is painted."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[Patch] = []

    def paint(self, piece: Patch) -> None:
        self.pieces.append(piece)
        super().paint(piece)


class Camera:
    """A picture that a test brings up to any moment."""

    def __init__(self, kind: SourceKind) -> None:
        self.picture = LivePicture(kind, "Magnet room")
        self.canvas = self.picture.canvas = Watched()

    def at(self, state: RoomState | None, now_s: float = 0.0) -> Image.Image:
        self.picture.bring_up(state, now_s, NOON + timedelta(seconds=now_s))
        plane = self.canvas.frame().reformat(format="rgb24").planes[0]
        return Image.frombytes("RGB", (WIDTH, HEIGHT), bytes(plane), "raw", "RGB", plane.line_size)


def drawn(kind: SourceKind, state: RoomState | None) -> Image.Image:
    return Camera(kind).at(state)


def differ(a: Image.Image, b: Image.Image, box: tuple[int, int, int, int]) -> float:
    """How much of a part is different, on average over its pixels, 0 to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(a.crop(box), b.crop(box))).mean) / 3


@pytest.mark.parametrize(
    ("state", "where"),
    [
        (replace(LYING, door_closed=False), DOOR),
        (replace(LYING, scanning=True), (120, 95, 305, 148)),
        (replace(LYING, table=TablePosition.ISOCENTRE), BORE),
        (replace(LYING, has_patient=False), (400, 300, 800, 520)),
        (replace(LYING, coil="Body 18"), BORE),
        (replace(LYING, bulb_pressed=True), GANTRY),
    ],
)
def test_a_change_in_the_room_is_seen_where_it_happened(
    state: RoomState, where: tuple[int, int, int, int]
) -> None:
    before, after = drawn(SourceKind.ROOM, LYING), drawn(SourceKind.ROOM, state)
    assert differ(before, after, where) > 0.5
    assert differ(before, after, (1100, 60, 1280, 400)) == 0.0, "a wall"


@pytest.mark.parametrize(
    "state",
    [
        replace(LYING, has_patient=False),
        replace(LYING, table=TablePosition.ISOCENTRE),
        replace(LYING, coil=None),
        replace(LYING, bulb_pressed=True),
    ],
)
def test_the_patients_picture_follows_the_room(state: RoomState) -> None:
    assert differ(drawn(SourceKind.PATIENT, LYING), drawn(SourceKind.PATIENT, state), SCENE) > 0.3


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 1.0])
def test_the_injector_shows_how_much_was_given(share: float) -> None:
    state = RoomState(injection=Injection.INJECTING, injected=share)
    later = replace(state, injected=(share + 0.1) % 1.0)
    assert differ(drawn(SourceKind.INJECTOR, state), drawn(SourceKind.INJECTOR, later), SCENE) > 0.1


def test_in_a_still_room_only_the_clock_is_drawn() -> None:
    camera = Camera(SourceKind.ROOM)
    camera.at(LYING)
    camera.canvas.pieces.clear()
    for number in range(1, 51):
        camera.at(LYING, number * 0.04)
    assert [(piece.left, piece.top) for piece in camera.canvas.pieces] == [(WIDTH - CLOCK_WIDTH, 0)] * 2


def test_a_patient_breathes_and_each_pose_is_drawn_once() -> None:
    camera = Camera(SourceKind.PATIENT)
    pictures = {camera.at(LYING, number * 0.1).crop(SCENE).tobytes() for number in range(1, 60)}
    assert 8 <= len(pictures) <= 18
    scene = {id(piece) for piece in camera.canvas.pieces if piece.top == 80}
    assert len(scene) <= 16


def test_a_moving_table_is_drawn_a_few_times_a_second() -> None:
    camera = Camera(SourceKind.ROOM)
    camera.at(LYING)
    camera.canvas.pieces.clear()
    for number in range(1, 51):
        camera.at(replace(LYING, table=TablePosition.MOVING), number * 0.04)
    assert 8 <= sum(piece.top == 240 for piece in camera.canvas.pieces) <= 14


@pytest.mark.parametrize("kind", [SourceKind.ROOM, SourceKind.PATIENT, SourceKind.INJECTOR])
def test_a_scanner_that_is_not_heard_leaves_the_picture_dark_until_it_is(kind: SourceKind) -> None:
    camera = Camera(kind)
    seen = camera.at(LYING)
    dark = camera.at(None, 0.04)
    assert max(ImageStat.Stat(dark.crop(SCENE)).mean) < 60
    assert differ(dark, Camera(kind).at(None, 0.04), (0, 0, WIDTH, HEIGHT)) == 0.0
    assert differ(camera.at(LYING, 0.08), seen, (0, 0, WIDTH, HEIGHT)) < 0.5


@pytest.mark.parametrize("kind", [SourceKind.ROOM, SourceKind.PATIENT, SourceKind.INJECTOR])
@pytest.mark.parametrize("state", [None, LYING, replace(LYING, coil="x" * 160)])
def test_every_picture_says_that_it_is_simulated(kind: SourceKind, state: RoomState | None) -> None:
    mark = patch(Image.new("RGB", (2, 2), (255, 190, 70))).planes[0].getpixel((0, 0))
    frame = Camera(kind)
    frame.at(state)
    caption = frame.canvas._planes[0].crop((0, 0, WIDTH - CLOCK_WIDTH, CAPTION_HEIGHT))
    assert caption.histogram()[int(str(mark))] > 300


def test_colours_are_of_video_range() -> None:
    black, white = (patch(Image.new("RGB", (2, 2), (grey, grey, grey))) for grey in (0, 255))
    assert [plane.getpixel((0, 0)) for plane in black.planes] == [16, 128, 128]
    assert [plane.getpixel((0, 0)) for plane in white.planes] == [235, 128, 128]


def test_a_camera_offers_pictures_until_it_is_told_to_stop() -> None:
    clock = Clock()

    def boot_s() -> float:
        clock.now_s += 0.05
        return clock.now_s

    camera = SyntheticCamera(SourceKind.INJECTOR, "Injector", RoomState, boot_s, lambda: NOON)
    with Playing(camera) as playing:
        captured = [playing.next() for _ in range(5)]
    assert {(frame.width, frame.height) for frame, _ in captured} == {(WIDTH, HEIGHT)}
    assert [captured_s for _, captured_s in captured] == sorted({captured_s for _, captured_s in captured})


def test_nothing_is_drawn_for_other_kinds() -> None:
    camera = SyntheticCamera(SourceKind.TABLET, "x", lambda: None, Clock().boot_s, lambda: NOON)
    with pytest.raises(SourceFailed, match="room, a patient or an injector"):
        camera.play(lambda *_: None, threading.Event())

"""Pictures from a real WebRTC site into real widgets, and what becomes of them when something breaks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path

import pytest
from console_scenes import CAMERAS, NOON, NORTH, A, NotingDesk, Play, cameras, exam, local, opened_play
from fake_sound import FakeSound
from media_site import HERE, LOUD, MediaSite
from pytestqt.qtbot import QtBot

from mr_contract.findings import finding
from mr_contract.media_messages import MediaClosed, PicturesGiven, TimeTold
from mr_contract.reasons import Reason
from mr_contract.vocabulary import PictureQuality, SourceState
from remote_console.core.keeping_up import Asking, KeepingUp
from remote_console.core.picture_tiles import MediaLink, Wish
from remote_console.core.sound import SoundWish
from remote_console.link import LinkState
from remote_console.link.boot_clock import boot_s
from remote_console.media.desk_sound import DeskSound
from remote_console.media.frames import Box, Frame, fitted
from remote_console.media.media_desk import MediaDesk
from remote_console.media.scanner_pictures import Patience
from remote_console.media.site_clock import BELIEVED_S, SiteClock
from remote_console.media.sound_mixing import BLOCK, mean_square
from remote_console.media.watching import Due, Watches
from remote_console.ui.desk import DeskSignals
from remote_console.ui.picture_tile import PictureTile

HIGH, LOW = PictureQuality.HIGH, PictureQuality.LOW
QUICK = Patience(connect_s=5.0, first_pause_s=0.05, longest_pause_s=0.1)
NAMES = tuple(name for name, _, _ in CAMERAS)


class _Told:
    def __init__(self, signals: DeskSignals) -> None:
        self._signals = signals

    def picture_came(self, site: str, scanner: str, source: str) -> None:
        self._signals.picture_came.emit(site, scanner, source)

    def media_changed(self, site: str, scanner: str, link: MediaLink) -> None:
        self._signals.media_changed.emit(site, scanner, link)


@dataclass(slots=True)
class Clock:
    """The desk's boot time, and what the test adds to it."""

    ahead_s: float = 0.0

    def __call__(self) -> float:
        return boot_s() + self.ahead_s


class LookingDesk(NotingDesk):
    """Notes everything but pictures, which are real."""

    def __init__(self, site: MediaSite, signals: DeskSignals) -> None:
        super().__init__()
        self.ears = FakeSound()
        self.clock = Clock()
        quick = replace(QUICK, clock_s=self.clock)
        self.sounds = DeskSound(signals.sound_changed.emit, self.ears)
        self.media = MediaDesk(lambda _: site, _Told(signals), reach=HERE, patience=quick, sound=self.sounds)

    def look(self, site: str, scanner: str, wishes: tuple[Wish, ...] | None) -> None:
        super().look(site, scanner, wishes)
        self.media.look(site, scanner, wishes)

    def listen(self, wish: SoundWish) -> None:
        super().listen(wish)
        self.sounds.wish(wish)

    def fit(self, site: str, scanner: str, source: str, box: Box) -> None:
        self.media.frames.fit((site, scanner, source), box)

    def take_picture(self, site: str, scanner: str, source: str) -> Frame | None:
        return self.media.frames.take((site, scanner, source))


class Desk:
    """A window that looks at a site's cameras."""

    def __init__(self, play: Play, site: MediaSite, real: LookingDesk, qtbot: QtBot) -> None:
        self.play, self.site, self.media, self._qtbot = play, site, real.media, qtbot
        self.ears, self.clock = real.ears, real.clock

    def say(self, **changed: dict[str, object]) -> None:
        """What the site says of its cameras."""
        said = cameras(A, **changed)
        self.media.hear(NORTH, said)
        self.play.say(A, said)

    def tile(self, name: str) -> PictureTile:
        tiles = self.play.window.pictures.tiles
        return next(x for x in tiles if x.state is not None and x.state.source == name)

    def live(self, *names: str) -> bool:
        """Whether these tiles show a picture that may be believed."""
        tiles = [self.tile(name) for name in names]
        return all(x.image is not None and not x.notice and x.age.endswith("ms") for x in tiles)

    def until(self, condition: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(condition, timeout=20_000)


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    with watching(MediaSite(*NAMES), qtbot, tmp_path) as made:
        yield made


@contextmanager
def watching(site: MediaSite, qtbot: QtBot, folder: Path) -> Iterator[Desk]:
    signals = DeskSignals()
    noting = LookingDesk(site, signals)
    with site.running():
        try:
            with opened_play(folder, zone=UTC, desk=noting, signals=signals, boot_clock=boot_s) as play:
                play.in_control()
                desk = Desk(play, site, noting, qtbot)
                desk.say()
                yield desk
        finally:
            noting.sounds.close()
            noting.media.close()


def shade(tile: PictureTile) -> int:
    image = tile.image
    assert image is not None
    return image.pixelColor(image.width() // 2, image.height() // 2).green()


def size(tile: PictureTile) -> tuple[int, int]:
    image = tile.image
    assert image is not None
    return image.width(), image.height()


def test_real_pictures_arrive_in_their_tiles_with_their_age(desk: Desk) -> None:
    desk.until(lambda: desk.live(*NAMES))
    shades = [shade(desk.tile(name)) for name in NAMES]
    assert shades == sorted(shades)
    assert shades[0] + 20 < shades[1] < shades[2] - 20  # every camera in its own tile
    assert desk.site.wanted == (("room", HIGH), ("patient", LOW), ("tablet", LOW))
    desk.play.conductor.looking.enlarge(A, "tablet")
    desk.until(lambda: desk.site.wanted[0] == ("tablet", HIGH) and desk.live(*NAMES))
    desk.until(lambda: size(desk.tile("tablet")) == fitted(160, 96, desk.tile("tablet").box))
    assert desk.site.opened == 1  # another quality needs no other connection


def test_a_connection_that_the_agent_ended_is_named_and_built_anew(desk: Desk) -> None:
    desk.until(lambda: desk.live("room"))
    desk.site.refuses = (finding(Reason.MEDIA_DOWN, why="the media process died"),)
    desk.site.drop()
    closed = MediaClosed(media_id="m1", scanner=A.scanner, findings=desk.site.refuses)
    desk.media.hear(NORTH, closed)
    words = "Pictures and sound are not available: the media process died"
    desk.until(lambda: desk.tile("room").notice == words)
    assert desk.tile("room").image is not None  # the last one, below the hatching
    desk.site.refuses = None
    desk.until(lambda: desk.live(*NAMES))
    assert desk.site.opened == 2


def test_an_offer_that_is_garbage_is_named_retried_and_left_behind(desk: Desk) -> None:
    desk.until(lambda: desk.live("room"))
    desk.site.garbles = True
    desk.media.hear(NORTH, MediaClosed(media_id="m1", scanner=A.scanner, findings=()))
    desk.until(lambda: "refused" in desk.tile("room").notice and desk.site.opened > 2)
    desk.site.garbles = False
    desk.until(lambda: desk.live("room"))
    desk.until(lambda: len(desk.site.media_ids) == 1)


def test_a_paused_camera_is_not_waited_for_and_others_go_on(desk: Desk) -> None:
    desk.until(lambda: desk.live(*NAMES))
    desk.say(room={"state": SourceState.PAUSED})
    assert desk.tile("room").image is None
    desk.until(lambda: desk.live("patient"))
    assert desk.tile("room").image is None
    desk.say()
    desk.until(lambda: desk.live("room"))


def test_what_the_line_has_no_room_for_is_said(desk: Desk) -> None:
    desk.until(lambda: desk.live("tablet"))
    none = PicturesGiven.model_validate({"media_id": "m1", "pictures": ({"mid": "2", "quality": None},)})
    desk.media.hear(NORTH, none)
    desk.until(lambda: desk.tile("tablet").notice == "No room on the line")
    assert desk.tile("room").notice == ""


def test_a_desk_that_does_not_keep_up_asks_for_less_and_says_so(desk: Desk) -> None:
    desk.until(lambda: desk.live(*NAMES))
    work = desk.media._work
    assert work is not None
    work.keeping_up = KeepingUp(asking=Asking.ONE, since_s=math.inf)
    desk.until(lambda: desk.site.wanted == (("room", LOW),))
    desk.until(lambda: desk.tile("patient").notice == "This computer is busy")
    desk.until(lambda: desk.live("room"))
    work.keeping_up = KeepingUp()
    desk.until(lambda: desk.live(*NAMES))
    assert desk.site.wanted[0] == ("room", HIGH)
    assert desk.site.opened == 1


def test_a_picture_that_came_is_known_to_have_taken_its_time(desk: Desk) -> None:
    desk.until(lambda: desk.live("room"))
    work = desk.media._work
    assert work is not None
    desk.until(lambda: work.keeping_up.took_s > 0.0)


def test_a_desk_that_was_closed_looks_at_nothing_any_more(desk: Desk) -> None:
    desk.until(lambda: desk.live("room"))
    desk.media.close()
    assert desk.site.media_ids == ()
    desk.media.look(NORTH, A.scanner, (("room", LOW),))
    desk.media.close()
    assert desk.site.opened == 1


def test_when_view_is_withdrawn_the_connection_ends(desk: Desk) -> None:
    desk.until(lambda: desk.live("room"))
    desk.play.window.hide()
    desk.play.conductor.looking.look()
    desk.until(lambda: desk.site.wanted == ())
    desk.play.say(A, local(), exam(view=False))
    desk.until(lambda: desk.site.media_ids == ())


def test_one_camera_that_stands_still_is_asked_for_a_key_frame_on_the_same_connection(desk: Desk) -> None:
    desk.until(lambda: desk.live(*NAMES))
    desk.site.still = frozenset({"patient"})
    desk.until(lambda: desk.tile("patient").notice == "Picture frozen")
    before = desk.site.asked("patient")
    desk.clock.ahead_s += 1.0
    desk.until(lambda: desk.site.asked("patient") > before)
    desk.site.still = frozenset()
    desk.until(lambda: desk.live(*NAMES))
    assert desk.site.opened == 1


def test_when_nothing_comes_every_camera_is_frozen_and_the_connection_built_anew(desk: Desk) -> None:
    desk.until(lambda: desk.live(*NAMES))
    desk.site.still = frozenset(NAMES)
    desk.until(lambda: all(desk.tile(name).notice == "Picture frozen" for name in NAMES))
    assert desk.tile("room").age.startswith("frozen ")
    assert desk.tile("room").image is not None  # the last whole one, below the hatching
    assert desk.site.opened == 1
    desk.clock.ahead_s += 6.0
    desk.until(lambda: desk.site.opened == 2)
    desk.site.still = frozenset()
    desk.until(lambda: desk.live(*NAMES) and len(desk.site.media_ids) == 1)


def test_with_the_control_link_goes_the_connection_and_with_it_it_comes_again(desk: Desk) -> None:
    desk.until(lambda: desk.live("room"))
    desk.site.linked = False
    desk.media.hear(NORTH, LinkState(connected=False, since=NOON))
    desk.until(lambda: desk.tile("room").notice == "No connection for pictures")
    desk.site.linked = True
    desk.media.hear(NORTH, LinkState(connected=True, since=NOON))
    desk.until(lambda: desk.live("room"))


def test_the_site_is_heard_and_hears_whoever_talks_and_only_then(desk: Desk) -> None:
    desk.until(lambda: desk.play.window.sound.talk.isEnabled() and desk.ears.open_devices == 2)
    desk.site.speaks = True

    def heard() -> bool:
        return desk.ears.mix is not None and mean_square(desk.ears.mix(BLOCK)) > 1e-3

    desk.until(heard)

    def spoken(level: float) -> bool:
        assert desk.ears.take is not None
        desk.ears.take(LOUD)
        return desk.site.hears > level

    assert not spoken(0.0)
    desk.play.window.talk_held.emit(True)
    desk.until(lambda: spoken(1e-3))
    desk.play.window.talk_held.emit(False)
    assert desk.play.desk.sound.to is None


# ---------------------------------------------------------------------- pure


def test_a_camera_that_stands_still_is_asked_and_all_that_stand_still_are_rebuilt() -> None:
    watches, both = Watches(0.0), frozenset({"room", "patient"})
    asked: list[str] = []
    for tenth in range(1, 49):
        watches.saw("room", tenth / 10)
        asked += watches.judge(both, tenth / 10).ask_for_key_frame
    assert set(asked) == {"patient"}
    assert 3 <= len(asked) <= 4  # once a second
    assert not watches.judge(both, 9.7).rebuild
    assert watches.judge(both, 9.9).rebuild


def test_cameras_that_need_not_send_are_not_asked() -> None:
    watches = Watches(0.0)
    assert watches.judge(frozenset(), 30.0) == Due()
    assert watches.judge(frozenset({"room"}), 31.0) == Due()  # it has a second from now on
    assert watches.judge(frozenset({"room"}), 32.1).ask_for_key_frame == ("room",)


def test_the_clock_with_the_shortest_way_is_believed_and_its_doubt_grows() -> None:
    clock, slow = SiteClock().ask(10.0)
    clock, quick = clock.ask(12.0)
    assert clock.offset(12.0) is None
    clock = clock.told(TimeTold(number=slow.number, boot_s=510.2), 10.4)
    clock = clock.told(TimeTold(number=quick.number, boot_s=512.01), 12.02)
    best = clock.offset(12.02)
    assert best is not None
    assert best.site_minus_own_s == pytest.approx(500.0)
    assert best.within_s == pytest.approx(0.01)
    later = clock.offset(42.02)
    assert later is not None
    assert later.within_s == pytest.approx(0.013)
    assert clock.offset(12.03 + BELIEVED_S) is None


def test_an_answer_to_nothing_that_was_asked_is_no_time() -> None:
    clock, question = SiteClock().ask(10.0)
    forged = clock.told(TimeTold(number=question.number + 7, boot_s=9999.0), 10.1)
    assert forged.offset(10.1) is None
    told = clock.told(TimeTold(number=question.number, boot_s=510.0), 10.1)
    assert told.told(TimeTold(number=question.number, boot_s=9999.0), 10.2) == told

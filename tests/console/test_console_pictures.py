"""What a camera's tile says, as a table, and the widgets that show it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from console_scenes import (
    NORTH,
    A,
    B,
    Play,
    beat,
    camera_frame,
    cameras,
    exam,
    granted,
    local,
    looking,
    ready,
    show_camera,
)
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

import media_kit
from mr_contract.device_reasons import DeviceReason, device
from mr_contract.findings import finding
from mr_contract.media_messages import SourcesChanged, SourceView
from mr_contract.reasons import Reason
from mr_contract.vocabulary import Interlock, PictureQuality, Privilege, SourceKind, SourceState
from remote_console.core import picture_tiles as t
from remote_console.media.frames import NewestFrames, fitted
from remote_console.texts import say
from remote_console.ui.picture_tile import PictureTile

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
NOW = t.Moment(1000.0, NOON)
UP, OPENING = t.MediaLink(t.MediaPhase.UP), t.MediaLink(t.MediaPhase.OPENING)
NO_WAY = t.MediaLink(t.MediaPhase.WAITING, (finding(Reason.MEDIA_NO_PATH),), 1003.5)
HIGH, LOW = PictureQuality.HIGH, PictureQuality.LOW
LIVE = t.Seen(t.Freshness.LIVE, 0.042)
LATE = t.Seen(t.Freshness.LATE, 1.4)
FROZEN = t.Seen(t.Freshness.FROZEN, 4.04)
UNDATED = t.Seen(t.Freshness.UNKNOWN)
NOTHING = t.Seen()
PAUSED_WORDS = "Picture paused by the site / The local operator resumes it at the tablet"


def source(state: SourceState = SourceState.PLAYING, **more: object) -> SourceView:
    view = SourceView(source="room", kind=SourceKind.ROOM, title="Magnet room", state=state)
    return view.model_copy(update=more)


PLAYS, STARTS, PAUSED = source(), source(SourceState.STARTING), source(SourceState.PAUSED)
FAILS = source(
    SourceState.FAILING, why=device(DeviceReason.UNPLUGGED), retry_at=NOON + timedelta(seconds=7.5)
)
UNSAID = source(SourceState.FAILING, retry_at=NOON - timedelta(seconds=1))
BUSY = t.MediaLink(t.MediaPhase.UP, site_busy=frozenset({"room"}))
NO_ROOM = t.MediaLink(t.MediaPhase.UP, given={"room": None})
FOR_CONTROL = t.MediaLink(t.MediaPhase.UP, given={"room": LOW}, for_control=frozenset({"room"}))
PAUSED_FOR_CONTROL = t.MediaLink(t.MediaPhase.UP, given={"room": None}, for_control=frozenset({"room"}))
DESK_BUSY = t.MediaLink(t.MediaPhase.UP, desk_busy=True)
UNASKED = t.MediaLink(t.MediaPhase.UP, desk_busy=True, unasked=frozenset({"room"}))
GIVEN = t.MediaLink(t.MediaPhase.UP, given={"room": LOW})


@pytest.mark.parametrize(
    ("view", "link", "seen", "look", "age", "words"),
    [
        (PLAYS, UP, LIVE, t.TileLook.LIVE, "42 ms", ""),
        (PLAYS, GIVEN, LIVE, t.TileLook.LIVE, "42 ms", ""),
        (STARTS, UP, LIVE, t.TileLook.LIVE, "42 ms", ""),
        (PLAYS, UP, LATE, t.TileLook.LATE, "late 1.4 s", ""),
        (PLAYS, UP, FROZEN, t.TileLook.HATCHED, "frozen 4.0 s", "Picture frozen"),
        (PLAYS, OPENING, FROZEN, t.TileLook.HATCHED, "frozen 4.0 s", "Picture frozen / Connecting …"),
        (PLAYS, UP, UNDATED, t.TileLook.HATCHED, "age unknown", "Age of the picture unknown"),
        (PLAYS, UP, NOTHING, t.TileLook.DARK, "", "No picture yet"),
        (PLAYS, OPENING, NOTHING, t.TileLook.DARK, "", "No picture yet / Connecting …"),
        (STARTS, UP, NOTHING, t.TileLook.DARK, "", "No picture yet / The camera starts"),
        (PAUSED, UP, LIVE, t.TileLook.DARK, "", PAUSED_WORDS),
        (PAUSED, NO_WAY, FROZEN, t.TileLook.DARK, "", PAUSED_WORDS),
        (FAILS, UP, LIVE, t.TileLook.HATCHED, "42 ms", "Camera fails: it was unplugged / Again in 8 s"),
        (FAILS, UP, NOTHING, t.TileLook.DARK, "", "Camera fails: it was unplugged / Again in 8 s"),
        (UNSAID, UP, NOTHING, t.TileLook.DARK, "", "Camera fails: no reason was given / Trying again now"),
        (PLAYS, NO_WAY, LIVE, t.TileLook.HATCHED, "42 ms",
         "No way was found for pictures and sound / Again in 4 s"),
        (PLAYS, t.MediaLink(t.MediaPhase.WAITING), NOTHING, t.TileLook.DARK, "",
         "No connection for pictures"),
        (PLAYS, NO_ROOM, FROZEN, t.TileLook.HATCHED, "frozen 4.0 s",
         "No room on the line / It comes back by itself"),
        (PLAYS, FOR_CONTROL, LIVE, t.TileLook.LIVE, "42 ms", "Line kept free for control"),
        (PLAYS, PAUSED_FOR_CONTROL, FROZEN, t.TileLook.HATCHED, "frozen 4.0 s",
         "Line kept free for control / It comes back by itself"),
        (PLAYS, DESK_BUSY, LATE, t.TileLook.LATE, "late 1.4 s", "This computer is busy"),
        (PLAYS, UNASKED, FROZEN, t.TileLook.HATCHED, "frozen 4.0 s",
         "This computer is busy / It comes back by itself"),
        (PLAYS, BUSY, LIVE, t.TileLook.LIVE, "42 ms", "The site's computer is busy"),
        (PLAYS, BUSY, LATE, t.TileLook.LATE, "late 1.4 s", "The site's computer is busy"),
        (PLAYS, BUSY, FROZEN, t.TileLook.HATCHED, "frozen 4.0 s",
         "Picture frozen / The site's computer is busy"),
    ],
)  # fmt: skip
def test_a_tile_says_what_may_be_believed(
    view: SourceView, link: t.MediaLink, seen: t.Seen, look: t.TileLook, age: str, words: str
) -> None:
    tile = t.tile(A, view, link, seen, NOW)
    said = " / ".join(x for x in (say(tile.notice), say(tile.detail)) if x)
    assert (tile.look, say(tile.age), said) == (look, age, words)


def test_only_a_live_or_late_picture_is_shown_without_hatching() -> None:
    shown = {
        seen.freshness
        for seen in (LIVE, LATE, FROZEN, UNDATED, NOTHING)
        if t.tile(A, PLAYS, UP, seen, NOW).look in {t.TileLook.LIVE, t.TileLook.LATE}
    }
    assert shown == {t.Freshness.LIVE, t.Freshness.LATE}


def test_the_words_for_freshness_are_those_of_the_media_kit() -> None:
    assert {f.value for f in t.Freshness} == {f.value for f in media_kit.Freshness}


@pytest.mark.parametrize(
    ("age_s", "words"), [(0.0, "0 ms"), (0.9994, "999 ms"), (1.0, "1.0 s"), (12.4, "12 s"), (75.0, "1:15")]
)
def test_ages_are_said_in_units_that_fit(age_s: float, words: str) -> None:
    assert say(t.age_words(t.Seen(t.Freshness.LIVE, age_s))) == words


def test_what_is_large_is_asked_for_first_and_in_high_quality() -> None:
    visible = (("room", True), ("room", False), ("patient", False), ("tablet", True), ("patient", False))
    assert t.wishes(visible) == (("room", HIGH), ("tablet", HIGH), ("patient", LOW))
    assert t.wishes(()) == ()


def test_the_room_is_large_until_a_person_chooses() -> None:
    screen = source().model_copy(update={"source": "screen", "kind": SourceKind.CONSOLE_SCREEN})
    both = (screen, source())
    assert [s.source for s in t.large_first(both, None)] == ["room", "screen"]
    assert [s.source for s in t.large_first(both, "screen")] == ["screen", "room"]
    assert [s.source for s in t.large_first(both, "gone")] == ["room", "screen"]
    assert t.large_first((screen,), None) == (screen,)


def test_only_the_newest_frame_waits_and_the_window_is_told_once() -> None:
    frames, place = NewestFrames(), ("North", "mr", "room")
    frame, newer = camera_frame(1.0), camera_frame(2.0)
    assert [frames.put(place, frame), frames.put(place, newer)] == [True, False]
    assert frames.take(place) is newer
    assert frames.take(place) is None
    assert frames.put(place, frame)


@pytest.mark.parametrize(
    ("box", "size"),
    [
        (None, (1280, 720)), ((0, 0), (1280, 720)), ((380, 300), (380, 214)), ((300, 90), (160, 90)),
        ((1, 1), (1, 1)),
    ],
)  # fmt: skip
def test_a_picture_is_made_as_large_as_its_tile_in_its_own_proportions(
    box: tuple[int, int] | None, size: tuple[int, int]
) -> None:
    assert fitted(1280, 720, box) == size


# ---------------------------------------------------------------------- real widgets


def tile_of(play: Play, name: str) -> PictureTile:
    return next(x for x in play.window.pictures.tiles if x.state is not None and x.state.source == name)


def test_every_tile_shows_the_age_of_its_picture_all_the_time(play: Play) -> None:
    play.in_control()
    looking(play)
    assert [x.age for x in play.window.pictures.tiles] == ["42 ms", "42 ms", "42 ms"]
    assert play.window.fleet.cards[0].picture.age == "42 ms"
    play.now_s += 0.3
    play.conductor.looking.look()
    assert [x.age for x in play.window.pictures.tiles] == ["342 ms", "342 ms", "342 ms"]


def test_the_line_that_a_camera_writes_at_its_top_is_left_free(play: Play) -> None:
    play.in_control()
    laid_out(play)
    tile = tile_of(play, "room")
    assert tile.image is not None
    place, seen = tile._place_of(tile.image), tile.grab().toImage()
    top = {seen.pixel(x, place.top() + y) for x in range(12, tile.width() - 12) for y in range(4, 20)}
    assert len(top) == 1, "the picture has one colour"


def test_a_picture_that_stands_still_is_hatched_and_named_within_a_second_and_kept(play: Play) -> None:
    play.in_control()
    looking(play)
    play.now_s += 0.79
    play.conductor.looking.look()
    assert tile_of(play, "room").notice == ""
    play.now_s += 0.2
    play.conductor.looking.look()
    tile = tile_of(play, "room")
    assert (tile.notice, tile.age) == ("Picture frozen", "frozen 1.0 s")
    assert tile.image is not None
    show_camera(play, "room")
    assert tile_of(play, "room").notice == ""


def test_tiles_are_judged_without_anything_arriving(play: Play) -> None:
    play.in_control()
    looking(play)
    play.now_s += 5.0
    tile = tile_of(play, "room")
    for _ in range(100):
        if tile.notice:
            break
        QTest.qWait(10)
    assert tile.notice == "Picture frozen"


def test_a_paused_picture_is_not_shown_any_more_and_forgotten(play: Play) -> None:
    play.in_control()
    looking(play)
    play.say(A, cameras(room={"state": SourceState.PAUSED}))
    tile = tile_of(play, "room")
    assert (tile.image, tile.notice, tile.age) == (None, "Picture paused by the site", "")
    show_camera(play, "room")  # one that was on its way
    assert tile_of(play, "room").image is None
    play.say(A, cameras())
    assert (tile_of(play, "room").image, tile_of(play, "room").notice) == (None, "No picture yet")


def test_losing_view_takes_the_cameras_away_and_ends_their_connection(play: Play) -> None:
    play.in_control()
    looking(play)
    play.say(A, local(), exam(view=False))
    assert play.window.pictures.tiles == []
    assert not play.window.fleet.cards[0].picture.isVisible()
    assert play.desk.looks[-1] == (A.site, A.scanner, None)
    show_camera(play, "room")
    play.in_control()
    play.say(A, cameras())
    assert tile_of(play, "room").image is None


def laid_out(play: Play) -> None:
    """Cameras are seen, and every tile has its place."""
    looking(play)
    for _ in range(5):
        QApplication.processEvents()
    play.conductor.looking.look()


def test_a_chosen_camera_becomes_large_and_is_asked_for_in_high_quality(play: Play) -> None:
    play.in_control()
    laid_out(play)
    assert play.desk.looks[-1] == (A.site, A.scanner, (("room", HIGH), ("patient", LOW), ("tablet", LOW)))
    tile = tile_of(play, "tablet")
    tile.setFocus()
    QTest.keyClick(tile, Qt.Key.Key_Return)
    play.conductor.show()
    assert play.window.pictures.tiles[0].state is not None
    assert play.window.pictures.tiles[0].state.source == "tablet"
    assert play.desk.looks[-1] == (A.site, A.scanner, (("tablet", HIGH), ("room", LOW), ("patient", LOW)))
    play.conductor.act("next_camera")
    play.conductor.show()
    assert play.desk.looks[-1][2] == (("room", HIGH), ("patient", LOW), ("tablet", LOW))


@pytest.mark.parametrize(("high", "shown", "count"), [(1080, 3, ""), (800, 1, "1/3"), (660, 0, "1/3")])
def test_in_a_low_window_the_reasons_come_before_the_cameras(
    play: Play, high: int, shown: int, count: str
) -> None:
    play.in_control()
    looking(play)
    play.window.resize(1280, high)
    laid_out(play)
    tiles = play.window.pictures.tiles
    assert sum(tile.isVisible() for tile in tiles) == shown
    assert tiles[0].count == count
    assert play.window.fleet.cards[0].picture.isVisible()


def test_the_large_camera_opens_in_the_middle_and_closes_again(play: Play) -> None:
    play.in_control()
    looking(play)
    QTest.mouseClick(play.window.pictures.tiles[0], Qt.MouseButton.LeftButton)
    assert play.window.images.picture.isVisible()
    QTest.mouseClick(play.window.images.picture, Qt.MouseButton.LeftButton)
    assert not play.window.images.picture.isVisible()
    play.conductor.act("show_picture")
    assert play.window.images.picture.isVisible()


def test_what_nobody_can_see_is_not_asked_for(play: Play) -> None:
    play.in_control()
    laid_out(play)
    play.conductor.focus(B)
    assert play.desk.looks[-1][2] == (("room", LOW),)  # the card on the strip is left
    play.window.hide()
    play.conductor.show()
    assert play.desk.looks[-1][2:] == ((),)  # the connection stays


def test_a_site_without_camera_says_so_and_is_asked_for_talk_alone(play: Play) -> None:
    play.in_control()
    play.say(A, SourcesChanged(scanner=A.scanner, sources=()))
    assert say(play.window.pictures.state.message) == "The site has no camera for this scanner"
    assert play.desk.looks == [(A.site, A.scanner, ())]
    play.say(A, granted((Privilege.VIEW,)))
    assert play.desk.looks[-1] == (A.site, A.scanner, None)


def test_after_a_lost_link_the_last_picture_is_frozen_and_a_new_link_begins_without_it(play: Play) -> None:
    play.in_control()
    looking(play)
    play.conductor.lose(NORTH)
    play.wait(1.0)
    assert tile_of(play, "room").notice == "Picture frozen"
    play.opening()
    assert play.window.pictures.tiles == []


def test_the_picture_interlock_is_listed_as_every_other(play: Play) -> None:
    play.in_control()

    paused = {Interlock.PICTURE: (finding(Reason.PICTURE_PAUSED),)}
    play.say(A, beat(8), ready(A, opened=paused))
    (said,) = [r for r in play.window.readiness.row_texts() if "Picture" in r]
    assert said == (
        "▲ | Picture | The local operator paused the picture | Resume it at the tablet | local operator"
    )

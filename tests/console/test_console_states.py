"""Every state that must be drawn, in every language: nothing is cut off."""

from __future__ import annotations

import pytest
from console_scenes import Play
from console_states import STATES
from PySide6.QtWidgets import QApplication
from words_cut import words_cut


def settled(play: Play, name: str, language: str) -> None:
    """The state as it looks once every layout has found its place."""
    play.conductor.change_language(language)
    STATES[name](play)
    play.conductor.show()
    for _ in range(12):
        QApplication.processEvents()


@pytest.mark.parametrize("language", ["en", "fr", "de"])
@pytest.mark.parametrize("name", STATES)
def test_no_words_are_cut_off_in_any_state_in_any_language(play: Play, name: str, language: str) -> None:
    settled(play, name, language)
    assert list(words_cut(play.window)) == []


@pytest.mark.parametrize("language", ["en", "fr", "de"])
@pytest.mark.parametrize("name", ["audio-check-asked", "patient_hears", "first-level-decision"])
def test_in_a_low_window_stop_keeps_its_size_and_the_timeline_gives_way(
    play: Play, name: str, language: str
) -> None:
    play.window.resize(1366, 768)
    settled(play, name, language)
    stop, note = play.window.readiness.stop, play.window.timeline.note
    assert stop.height() >= stop.sizeHint().height()
    assert note.isVisible()
    assert note.height() >= note.sizeHint().height()
    play.window.resize(1920, 1080)
    settled(play, name, language)
    assert all(pill.isVisible() for pill in play.window.timeline.quick), "where there is room, all is back"


@pytest.mark.parametrize("language", ["fr", "de"])
@pytest.mark.parametrize("width", [1280, 1366])
def test_in_a_narrow_window_the_patient_is_named_in_full_and_no_figure_loses_its_words(
    play: Play, language: str, width: int
) -> None:
    play.window.resize(width, 800)
    settled(play, "first-level-decision", language)
    band = play.window.band
    assert band.title.width() >= band.title.sizeHint().width()
    assert band.height() < 100, "what is beside the name does not push the images away"
    assert band.below.isVisible()
    hint = play.window.images.hint.text()
    assert [cut for cut in words_cut(play.window) if repr(hint) not in cut] == []
    play.window.resize(1920, 1080)
    settled(play, "first-level-decision", language)
    assert band.right.isVisible()
    assert band.right.width() >= band.right.sizeHint().width()

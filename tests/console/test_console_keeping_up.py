"""A desk short of processor asks for less, and for more again once it was at ease for long enough."""

from __future__ import annotations

from dataclasses import dataclass, field

from mr_contract.vocabulary import PictureQuality
from remote_console.core.keeping_up import (
    FIRST_PATIENCE_S,
    LOWER_AFTER_S,
    MOST_PATIENCE_S,
    REGRETTED_S,
    Asking,
    KeepingUp,
)

HIGH, LOW = PictureQuality.HIGH, PictureQuality.LOW
WISHES = (("room", HIGH), ("patient", LOW))


@dataclass(slots=True)
class Desk:
    """Shows 20 pictures a second."""

    work: KeepingUp = field(default_factory=KeepingUp)
    at_s: float = 100.0

    def shows(self, seconds: float, took_s: float) -> Asking:
        for _ in range(round(seconds * 20)):
            self.at_s += 0.05
            self.work = self.work.showed(took_s, self.at_s)
        return self.work.asking

    def weak(self, seconds: float) -> None:
        """Keeps up with all of it small, not with more."""
        for _ in range(round(seconds * 20)):
            self.shows(0.05, 0.4 if self.work.asking is Asking.ALL else 0.02)


def test_what_is_asked_for_at_each_step() -> None:
    assert Asking.ALL.of(WISHES) == WISHES
    assert Asking.SMALL.of(WISHES) == (("room", LOW), ("patient", LOW))
    assert Asking.ONE.of(WISHES) == (("room", LOW),)
    assert Asking.ONE.of(()) == ()


def test_a_moment_of_lateness_changes_nothing() -> None:
    desk = Desk()
    assert desk.shows(60.0, 0.02) is Asking.ALL
    assert desk.shows(LOWER_AFTER_S - 1.0, 0.4) is Asking.ALL
    assert desk.shows(60.0, 0.1) is Asking.ALL, "neither late nor easy"


def test_a_desk_that_stays_late_asks_for_less_by_steps() -> None:
    desk = Desk()
    assert desk.shows(LOWER_AFTER_S + 0.5, 0.4) is Asking.SMALL
    assert desk.shows(LOWER_AFTER_S - 0.6, 0.4) is Asking.SMALL, "the step is given time to help"
    assert desk.shows(60.0, 0.4) is Asking.ONE


def test_it_asks_for_more_once_it_was_at_ease_for_long_enough() -> None:
    desk = Desk(KeepingUp(asking=Asking.ONE))
    desk.shows(1.0, 0.4)
    assert desk.shows(60.0, 0.1) is Asking.ONE, "it keeps up, and no more"
    assert desk.shows(FIRST_PATIENCE_S - 0.5, 0.02) is Asking.ONE
    assert desk.shows(2.0, 0.02) is Asking.SMALL
    assert desk.shows(FIRST_PATIENCE_S + 0.5, 0.02) is Asking.ALL


def test_a_step_that_had_to_be_taken_back_is_tried_again_ever_later() -> None:
    desk = Desk()
    desk.weak(600.0)
    assert desk.work.patience_s == MOST_PATIENCE_S
    desk.shows(MOST_PATIENCE_S - LOWER_AFTER_S, 0.02)
    desk.shows(2 * MOST_PATIENCE_S + REGRETTED_S, 0.02)
    assert desk.work.asking is Asking.ALL
    desk.shows(LOWER_AFTER_S + 1.0, 0.4)
    assert desk.work.patience_s == FIRST_PATIENCE_S, "what went well for long is forgiven"

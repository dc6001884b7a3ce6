"""What a desk is asked to sign of the screening, and what leaves it."""

from __future__ import annotations

import pytest
from console_scenes import (
    CLIP,
    EXCEPTED,
    NOON,
    NORTH,
    SCREENING,
    A,
    Play,
    beat,
    granted,
    hello,
    ready,
    screened,
    status,
)
from PySide6.QtWidgets import QLineEdit

from mr_contract import console_messages as cm
from mr_contract.screening import ExceptionView, ScreeningView, SignatureView
from mr_contract.vocabulary import RemoteSignature, Role
from remote_console.core import fleet as f
from remote_console.core.fleet_cards import band
from remote_console.core.fleet_reducer import reduce
from remote_console.core.signing import SigningOffer, signing_offer
from remote_console.texts import say
from remote_console.ui.signing_sheet import SigningSheet

YOU = hello(NORTH).you
WANTED = SCREENING


def offer(*more: cm.FromAgent, now_s: float = 100.1) -> SigningOffer | None:
    state = f.FleetState()
    for message in (hello(NORTH), beat(7), status(A), granted(), ready(A), screened(WANTED), *more):
        state = reduce(state, f.AgentSaid(NORTH, message, 100.0, NOON))
    state = reduce(state, f.Ticked(now_s))
    return signing_offer(state, state.scanners[A])


def test_a_desk_is_offered_what_was_recorded_and_who_signed() -> None:
    made = offer(screened(WANTED, CLIP))
    assert made is not None
    assert (made.exam_id, made.digest, made.by_video) == ("exam-1", "d" * 64, True)
    assert say(made.target) == "A · North · MR 1 · DEMO Patient-1"
    assert [say(words) for words in made.lines] == ["Aneurysm clip: B1+rms ≤ 2.8 µT · SAR ≤ 2 W/kg"]
    assert [say(words) for words in made.signed] == ["Signed by Ben Ott, Level 1"]


MINE = SignatureView(name=YOU, mr_level=2, remote=True, by_video=True)
NOT_WANTED: dict[str, ScreeningView | None] = {
    "nothing is told": None,
    "nothing is recorded": WANTED.model_copy(update={"recorded": False}),
    "both signed": WANTED.model_copy(update={"signed": True}),
    "this desk signed": WANTED.model_copy(update={"signatures": (MINE,)}),
    "the site takes none": WANTED.model_copy(update={"remote_signature": RemoteSignature.REFUSED}),
    "a physician signed": WANTED.model_copy(update={"exception": ExceptionView(name="Dr. Roth", reason="x")}),
}


@pytest.mark.parametrize("why", NOT_WANTED)
def test_nothing_is_offered_where_nothing_is_wanted(why: str) -> None:
    assert offer(screened(NOT_WANTED[why])) is None


def test_nothing_is_offered_to_another_role_nor_without_control_nor_while_the_site_is_silent() -> None:
    assert offer(hello(NORTH).model_copy(update={"role": Role.TRAINER})) is None
    said = granted()
    of_another = said.control.model_copy(update={"yours": False})
    assert offer(said.model_copy(update={"control": of_another})) is None
    assert offer(now_s=110.0) is None


def test_the_sheet_sends_what_it_shows_with_the_pin_and_keeps_no_pin(play: Play) -> None:
    play.in_control()
    assert play.window.readiness.sign_button.isHidden()
    play.say(A, screened(WANTED))
    assert play.window.readiness.sign_button.isVisible()
    play.window.readiness.sign_button.click()
    (sheet,) = play.window.findChildren(SigningSheet)
    assert sheet.pin.echoMode() is QLineEdit.EchoMode.Password
    sheet.pin.setText("123")
    assert not sheet.sign_button.isEnabled()
    sheet.pin.setText("2468")
    sheet.sign_button.click()
    (sent,) = play.desk.of(cm.SignScreeningRemotely)
    assert (sent.exam_id, sent.screening, sent.pin) == ("exam-1", "d" * 64, "2468")
    assert sheet.pin.text() == ""
    assert "2468" not in repr(play.conductor.state)


def test_implants_that_nobody_recorded_are_not_said_to_be_none(play: Play) -> None:
    play.in_control()
    for screening, words in ((SCREENING, "no implant recorded"), (EXCEPTED, "IMPLANTS NOT KNOWN")):
        play.say(A, screened(screening))
        state = play.conductor.state
        assert any(words in say(part) for part in band(state, state.scanners[A]).right)

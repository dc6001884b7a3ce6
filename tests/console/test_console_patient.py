"""Speaking to the patient at the desk: asked of the agent while held, shown only on the agent's word."""

from __future__ import annotations

from typing import Any

import pytest
from console_scenes import A, B, Play, beat, cameras, exam, granted, local
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mr_contract import console_messages as cm
from mr_contract.device_reasons import DeviceReason, device
from mr_contract.intercom import IntercomView
from mr_contract.vocabulary import BreathCommand, HeardAs, LinkGrade, Privilege
from remote_console import texts
from remote_console.core.picture_tiles import MediaLink, MediaPhase
from remote_console.core.sound import SoundFacts

LEFT = Qt.MouseButton.LeftButton
ALL = tuple(Privilege)
OF_INTERCOM = {"open_intercom", "close_intercom", "give_breath_command"}


def intercom(**said: Any) -> cm.IntercomChanged:
    view = IntercomView(**{"languages": ("de", "fr"), "language": "fr"} | said)
    return cm.IntercomChanged(scanner=A.scanner, intercom=view)


def hears_you(**said: Any) -> cm.IntercomChanged:
    return intercom(**{"speaker": "Ruth Meyer", "yours": True, "heard_as": HeardAs.LIVE, "level": 0.5} | said)


def in_control(play: Play, *privileges: Privilege) -> None:
    play.opening()
    play.say(A, exam(), granted(privileges or ALL), cameras(), beat(1, 60.0), intercom())
    play.signals.media_changed.emit(A.site, A.scanner, MediaLink(MediaPhase.UP, talk=True))
    play.signals.sound_changed.emit(SoundFacts(("Headset",), ("Headset",)))
    play.conductor.show()


def banner(play: Play) -> str:
    """What is said across the window; nothing while it is hidden."""
    shown = play.window.patient_banner
    return "" if shown.isHidden() else shown.text()


def to(play: Play) -> tuple[str, str] | None:
    """Where the microphone goes."""
    return play.desk.sound.to


def sent(play: Play) -> list[str]:
    return [c.kind for _, c in play.desk.sent if c.kind in OF_INTERCOM]


def test_the_key_asks_while_it_is_held_and_only_the_agent_shows_that_the_patient_hears(play: Play) -> None:
    in_control(play)
    QTest.keyPress(play.window, Qt.Key.Key_F10)
    assert sent(play) == ["open_intercom"]
    assert to(play) == (A.site, A.scanner)
    assert not banner(play)
    play.say(A, hears_you())
    assert banner(play)
    assert banner(play) == "PATIENT HEARS YOU · North · MR 1"
    QTest.keyRelease(play.window, Qt.Key.Key_F10)
    assert sent(play) == ["open_intercom", "close_intercom"]
    assert to(play) is None
    assert banner(play), "as long as the agent says so"
    play.say(A, intercom())
    assert not banner(play)


WORDS = [("fr", "LE PATIENT VOUS ENTEND"), ("de", "PATIENT HÖRT SIE")]


@pytest.mark.parametrize(("language", "words"), WORDS)
def test_it_is_unmistakable_in_every_language(play: Play, language: str, words: str) -> None:
    in_control(play)
    texts.use(language)
    play.say(A, hears_you())
    assert banner(play).startswith(words)


def test_what_cannot_be_let_go_is_not_held(play: Play) -> None:
    in_control(play)
    QTest.keyPress(play.window, Qt.Key.Key_F10)
    play.window.hide()
    QApplication.sendEvent(play.window, QEvent(QEvent.Type.ActivationChange))
    assert sent(play) == ["open_intercom", "close_intercom"]
    QTest.keyPress(play.window, Qt.Key.Key_F10)
    play.conductor.focus(B)
    assert sent(play)[2:] == ["open_intercom", "close_intercom"]
    assert play.desk.of(cm.CloseIntercom)[-1].scanner == A.scanner


def test_without_the_grant_nothing_is_asked_but_the_grant(play: Play) -> None:
    in_control(play, *ALL[:-1])
    QTest.keyPress(play.window, Qt.Key.Key_F10)
    QTest.keyPress(play.window, Qt.Key.Key_F7)
    assert sent(play) == []
    QTest.mouseClick(play.window.patient.ask, LEFT)
    asked = play.desk.of(cm.RequestControl)[-1]
    assert set(asked.privileges) == set(Privilege)


def test_only_where_the_site_declared_an_intercom_is_the_grant_offered_and_asked_for(play: Play) -> None:
    play.opening()
    play.say(A, exam(), local())
    panel = play.window.control
    for declared in (intercom(), cm.IntercomChanged(scanner=A.scanner, intercom=None)):
        play.say(A, declared)
        panel.ask()
        offered = not panel.boxes[Privilege.PATIENT].isHidden()
        asked = play.desk.of(cm.RequestControl)[-1]
        assert offered == (Privilege.PATIENT in asked.privileges) == (declared.intercom is not None)


def test_where_the_site_has_no_intercom_or_another_controls_nothing_is_shown(play: Play) -> None:
    in_control(play)
    assert not play.window.patient.isHidden()
    play.say(A, cm.IntercomChanged(scanner=A.scanner, intercom=None))
    assert play.window.patient.isHidden()
    play.say(A, intercom(), local())
    assert play.window.patient.isHidden()


def test_a_breath_hold_command_is_said_live_and_over_a_slow_line_it_is_told_that_it_is_played(
    play: Play,
) -> None:
    in_control(play)
    panel = play.window.patient
    QTest.mousePress(panel.breaths[BreathCommand.HOLD], LEFT)
    live = play.desk.of(cm.GiveBreathCommand)[-1]
    assert (live.breath, live.recorded, live.language) == (BreathCommand.HOLD, False, "fr")
    assert to(play) == (A.site, A.scanner)
    QTest.mouseRelease(panel.breaths[BreathCommand.HOLD], LEFT)
    assert sent(play)[-1] == "close_intercom"
    play.say(A, beat(2, 420.0, LinkGrade.AMBER), intercom(plays_recorded=True))
    assert panel._note.text() == "Round trip 420 ms: the site's recording is played"
    panel.language.setCurrentIndex(0)
    QTest.keyPress(play.window, Qt.Key.Key_F7)
    QTest.keyRelease(play.window, Qt.Key.Key_F7)
    played = play.desk.of(cm.GiveBreathCommand)[-1]
    assert (played.recorded, played.language) == (True, "de")
    assert to(play) is None
    play.say(A, hears_you(heard_as=HeardAs.RECORDED, breath=BreathCommand.HOLD))
    assert banner(play).startswith("PATIENT HEARS THE RECORDING: hold your breath")


def test_what_is_ticked_is_what_is_said_and_sent(play: Play) -> None:
    in_control(play)
    panel = play.window.patient
    assert panel._note.text() == "Breath commands: live, while the button is held"
    panel.recorded.click()
    assert panel._note.text() == "Breath commands: the site's recording, at a touch"
    QTest.mouseClick(panel.breaths[BreathCommand.HOLD], LEFT)
    assert play.desk.of(cm.GiveBreathCommand)[-1].recorded
    play.say(A, beat(2, 420.0, LinkGrade.AMBER), intercom(plays_recorded=True))
    assert panel._note.text() == "Round trip 420 ms: the site's recording is played"
    play.say(A, beat(3, 60.0), intercom())
    panel.recorded.click()
    assert panel._note.text() == "Breath commands: live, while the button is held"


def test_a_cut_at_the_tablet_ends_what_is_held(play: Play) -> None:
    in_control(play)
    QTest.keyPress(play.window, Qt.Key.Key_F10)
    play.say(A, hears_you())
    play.say(A, granted(ALL[:-1]), intercom())
    assert to(play) is None
    assert not banner(play)


def test_a_fault_of_the_intercom_is_said_and_nothing_is_asked(play: Play) -> None:
    in_control(play)
    play.say(A, intercom(fault=device(DeviceReason.DEVICE_GONE)))
    assert play.window.patient._note.text() == "▲ The patient's intercom fails: the sound device is gone"
    QTest.keyPress(play.window, Qt.Key.Key_F10)
    assert sent(play) == []


def test_a_site_that_falls_silent_may_still_let_the_voice_through_for_a_moment(play: Play) -> None:
    in_control(play)
    play.say(A, hears_you())
    play.conductor.lose(A.site)
    play.conductor.show()
    assert banner(play).startswith("PATIENT MAY STILL HEAR YOU")
    play.wait(6.0)
    assert not banner(play)

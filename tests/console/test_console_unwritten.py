"""What was done and is not written down: in the read-back and in the timeline of the real window."""

from __future__ import annotations

from typing import get_args

import pytest
from console_scenes import NOON, A, Play, local, outcome, ready, status
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from mr_contract import console_messages as cm
from mr_contract.findings import finding
from mr_contract.reasons import Reason
from mr_contract.views import LastCommand, TimelineEntry
from mr_contract.vocabulary import Interlock
from remote_console import texts
from remote_console.core.vocabulary_words import COMMAND_WORDS

LEFT = Qt.MouseButton.LeftButton
FULL = (finding(Reason.JOURNAL_UNWRITABLE, why="no space left"),)
WHY = "The journal cannot be written: no space left"


def done(command_id: str) -> cm.Outcome:
    return cm.Outcome(command_id=command_id, accepted=True, findings=FULL)


def last(command_id: str, words: str, said: str, *, by: str = "") -> cm.LastCommandChanged:
    found = LastCommand(command_id=command_id, words=words, by=by, at=NOON, outcome=said)
    return cm.LastCommandChanged(scanner=A.scanner, last=found)


def released(play: Play) -> str:
    """Control was released by a person; the command."""
    play.in_control()
    QTest.mouseClick(play.window.control.release_button, LEFT)
    return play.desk.of(cm.ReleaseControl)[-1].command_id


def line(play: Play) -> str:
    return play.window.status.last.text()


def test_control_released_with_a_full_disk_is_read_back_as_not_written_down(play: Play) -> None:
    command = released(play)
    play.say(A, last("s1", "start T2 TSE ax", "accepted"), done(command), local())
    assert line(play) == f"Last command: release control · done, but not written down yet: {WHY}"
    newest = play.window.timeline.texts()[0]
    assert newest == f"Done, but not written down yet: release control. {WHY} – you"


def test_a_stop_says_both_what_became_of_it_and_that_it_is_not_written_down(play: Play) -> None:
    play.in_control()
    QTest.mousePress(play.window.readiness.stop, LEFT)
    ((_, _, command),) = play.desk.stops
    play.say(A, done(command), last(command, "stop", "sent", by="Remote MERM"))
    play.say(A, last(command, "stop", "carried out", by="Remote MERM"), status(A))
    assert line(play) == (f"Last command: stop · carried out, but not written down yet: {WHY} · Remote MERM")
    assert play.window.timeline.texts()[0].startswith("Done, but not written down yet: STOP. ")


def test_the_next_command_or_a_journal_that_takes_writes_again_is_read_back_plainly(play: Play) -> None:
    command = released(play)
    play.say(A, last("s1", "stop", "carried out"), done(command))
    play.say(A, last("s1", "stop", "carried out"))  # said again with a new link, it is no newer command
    assert "release control" in line(play)
    play.say(A, last("s2", "stop", "sent"))
    assert line(play) == "Last command: stop · sent"
    play.say(A, done(command))  # answered already
    assert line(play) == "Last command: stop · sent"


def test_a_journal_that_takes_writes_again_ends_the_words_and_keeps_the_line_of_the_timeline(
    play: Play,
) -> None:
    command = released(play)
    play.say(A, last("s1", "stop", "carried out"), ready(A, opened={Interlock.SCANNER: FULL}), done(command))
    assert "not written down" in line(play)
    written = TimelineEntry(
        seq=900, at=NOON, scanner=A.scanner, kind="control_ended", by="Remote MERM",
        figures={"name": "Remote MERM", "why": "released"},
    )  # fmt: skip
    play.say(A, cm.TimelineAdded(entries=(written,)), ready(A))
    assert line(play) == "Last command: stop · carried out"
    assert play.window.timeline.texts()[0].startswith("Control of Remote MERM ended: released")
    assert play.window.timeline.texts()[1].startswith("Done, but not written down yet")


def test_a_plain_acceptance_and_a_refusal_leave_no_such_line(play: Play) -> None:
    command = released(play)
    before = play.window.timeline.texts()
    play.say(A, outcome(command, Reason.NOT_HOLDER))
    QTest.mouseClick(play.window.control.release_button, LEFT)
    play.say(A, outcome(play.desk.of(cm.ReleaseControl)[-1].command_id))
    assert play.window.timeline.texts() == before


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", "Letzter Befehl: Steuerung abgeben · getan, aber noch nicht aufgeschrieben: "),
        ("fr", "Dernière commande\u00a0: rendre le contrôle · fait, mais pas encore noté\u00a0: "),
    ],
)
def test_it_is_said_in_the_language_of_the_desk(play: Play, language: str, words: str) -> None:
    command = released(play)
    texts.use(language)
    play.say(A, done(command))
    assert line(play).startswith(words)


def test_every_command_that_a_desk_sends_to_a_scanner_has_its_words() -> None:
    models = get_args(cm.ConsoleCommand)
    of_a_scanner = {m.model_fields["kind"].default for m in models if "scanner" in m.model_fields}
    assert of_a_scanner == set(COMMAND_WORDS)

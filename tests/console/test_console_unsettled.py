"""What the operator has begun to change and the scanner has not answered: nothing else starts meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest
from console_scenes import (
    A,
    B,
    Play,
    beat,
    detail,
    digest,
    exam,
    granted,
    outcome,
    ready,
    running,
    show_localizer,
    status,
    step_view,
)
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from mr_contract import console_messages as cm
from mr_contract.findings import finding
from mr_contract.parameters import Conflict, Remedy
from mr_contract.reasons import Reason
from mr_contract.vocabulary import Interlock, StepState
from remote_console.ui.sheets import RepeatSheet

LEFT = Qt.MouseButton.LeftButton
WAITING = "waiting for the scanner's answer to your edit"


def field(play: Play, key: str) -> QLineEdit:
    edit = play.window.editor.fields[key].edit
    assert isinstance(edit, QLineEdit)
    return edit


def typed(play: Play, key: str, text: str, *, offered: bool = True) -> QLineEdit:
    edit = field(play, key)
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, text)
    if offered:
        QTest.keyClick(edit, Qt.Key.Key_Return)
    return edit


def one_press(play: Play) -> None:
    started = replace(play.conductor.state, started_exams=frozenset({"exam-1"}), last_started=A)
    play.conductor.state = started
    play.conductor.show()


def tried(play: Play, *conflicts: Conflict) -> None:
    """The scanner answers the newest try."""
    command = play.desk.of(cm.TryEdit)[-1]
    step = detail("t2", conflicts=conflicts)
    play.say(A, cm.EditTried(command_id=command.command_id, scanner=A.scanner, step=step))


def no_84() -> Conflict:
    remedies = tuple(Remedy(changes={"te_ms": v}, words=f"{v}") for v in (80.0, 90.0))
    return Conflict(key="te_ms", wanted=84.0, why="echo spacing is 10 ms", remedies=remedies)


# ---------------------------------------------------------------------- an edit without an answer


def test_nothing_starts_until_the_exam_says_the_revision_that_ones_own_edit_left(play: Play) -> None:
    play.in_control()
    panel = play.window.readiness
    typed(play, "te_ms", "80")
    assert not panel.start.isEnabled()
    assert panel.row_texts()[0] == f"◔ | Step | {WAITING} | wait"
    tried(play)
    (edit,) = play.desk.of(cm.EditStep)
    assert not panel.start.isEnabled()
    newer = digest("te 80")
    changed = cm.StepChanged(scanner=A.scanner, step=detail("t2", revision=newer))
    play.say(A, changed, outcome(edit.command_id))
    assert not panel.start.isEnabled(), "the exam still says the old revision"
    play.say(A, exam(step_view("t2", revision=newer)))
    assert panel.start.isEnabled()


def test_a_press_right_after_typing_does_not_start_what_was_there_before(play: Play) -> None:
    play.in_control()
    one_press(play)
    typed(play, "te_ms", "80", offered=False)
    QTest.mouseClick(play.window.readiness.start, LEFT)
    assert [t.changes for t in play.desk.of(cm.TryEdit)] == [{"te_ms": 80.0}]
    assert play.desk.of(cm.StartStep) == []


def test_a_step_with_an_unanswered_edit_is_not_armed(play: Play) -> None:
    play.in_control()
    busy = ready(A, opened={Interlock.SCANNER: (finding(Reason.SCANNER_BUSY, activity="T2 runs"),)})
    play.say(A, exam(step_view("t2", StepState.ACQUIRING), step_view("flair")), running(), busy)
    play.conductor.choose_step("flair")
    play.conductor.show()
    typed(play, "te_ms", "80")
    QTest.mouseClick(play.window.readiness.start, LEFT)
    assert play.desk.of(cm.ArmStep) == []


def test_a_refused_edit_leaves_what_the_scanner_said_and_start_free(play: Play) -> None:
    play.in_control()
    edit = typed(play, "te_ms", "80")
    play.say(A, outcome(play.desk.of(cm.TryEdit)[-1].command_id, Reason.STEP_UNCHECKED, step="T2"))
    assert edit.text() == "90"
    assert play.window.readiness.start.isEnabled()


def test_a_typed_value_stays_in_its_field_while_it_waits(play: Play) -> None:
    play.in_control()
    typed(play, "te_ms", "80")
    second = typed(play, "averages", "2")
    play.say(A, beat(8))
    assert (field(play, "te_ms").text(), second.text()) == ("80", "2")


# ---------------------------------------------------------------------- a value that cannot be had


def test_a_conflict_is_told_until_its_own_parameter_is_settled(play: Play) -> None:
    play.in_control()
    typed(play, "te_ms", "84")
    typed(play, "averages", "2")
    tried(play, no_84())
    te = play.window.editor.fields["te_ms"]
    assert play.desk.of(cm.TryEdit)[-1].changes == {"averages": 2.0}
    assert "84 ms is not available" in te.problem
    assert len(te.remedies) == 2
    tried(play)
    (edit,) = play.desk.of(cm.EditStep)
    play.say(A, cm.StepChanged(scanner=A.scanner, step=detail("t2")), outcome(edit.command_id))
    assert "84 ms is not available" in te.problem, "the answer was about another parameter"


def test_while_a_field_holds_what_cannot_be_had_nothing_starts_and_escape_gives_it_up(play: Play) -> None:
    play.in_control()
    edit = typed(play, "te_ms", "84")
    tried(play, no_84())
    panel = play.window.readiness
    assert not panel.start.isEnabled()
    assert panel.row_texts()[0] == (
        "▲ | Step | Echo time 84 ms is not available | Take what can be had, or press Esc in the field | you"
    )
    QTest.keyClick(edit, Qt.Key.Key_Escape)
    assert edit.text() == "90"
    assert play.window.editor.fields["te_ms"].problem == ""
    assert panel.start.isEnabled()


def test_a_text_that_is_no_value_stays_with_its_reason_and_blocks_start(play: Play) -> None:
    play.in_control()
    edit = typed(play, "te_ms", "abc")
    field(play, "averages").setFocus()
    play.say(A, beat(8))
    assert edit.text() == "abc"
    assert "not a number" in play.window.editor.fields["te_ms"].problem
    assert not play.window.readiness.start.isEnabled()
    typed(play, "te_ms", "80")
    tried(play)
    assert play.window.editor.fields["te_ms"].problem == ""


def test_what_was_typed_for_one_step_is_never_offered_to_another(play: Play) -> None:
    play.in_control()
    typed(play, "te_ms", "80", offered=False)
    QTest.keyClick(play.window, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    play.conductor.show()
    field(play, "averages").setFocus()
    assert play.desk.of(cm.TryEdit) == []
    assert field(play, "te_ms").text() == "90"


# ---------------------------------------------------------------------- the keyboard


def test_when_start_is_disabled_under_the_keyboard_space_does_not_stop_the_scan(play: Play) -> None:
    play.in_control()
    one_press(play)
    play.conductor.act("go_to_start")
    QTest.keyClick(play.window.readiness.start, Qt.Key.Key_Space)
    assert len(play.desk.of(cm.StartStep)) == 1
    play.say(A, exam(step_view("t2", StepState.STARTING)))
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, Qt.Key.Key_Space)
    assert play.desk.stops == []


def test_a_key_held_on_after_a_start_and_a_second_click_arm_nothing(play: Play) -> None:
    play.in_control()
    one_press(play)
    play.conductor.act("go_to_start")
    start = play.window.readiness.start
    QTest.keyClick(start, Qt.Key.Key_Space)
    busy = ready(A, opened={Interlock.SCANNER: (finding(Reason.SCANNER_BUSY, activity="T2 runs"),)})
    play.say(A, exam(step_view("t2", StepState.ACQUIRING), step_view("flair")), running(), busy)
    assert start.text().startswith("Arm FLAIR ax as next")
    for _ in range(5):
        QTest.keyClick(start, Qt.Key.Key_Space)
    QTest.mouseClick(start, LEFT)
    assert len(play.desk.of(cm.StartStep)) == 1
    assert play.desk.of(cm.ArmStep) == []


def test_going_to_a_start_that_cannot_be_pressed_takes_the_keyboard_to_the_reasons(play: Play) -> None:
    play.in_control()
    play.window.control.release_button.setFocus()
    play.say(A, ready(A, opened={Interlock.PATIENT_READY: (finding(Reason.DOOR_OPEN),)}))
    play.conductor.act("go_to_start")
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, Qt.Key.Key_Space)
    assert play.desk.of(cm.ReleaseControl) == []


def test_after_a_stop_no_key_pressed_by_habit_starts_the_next_step(play: Play) -> None:
    play.in_control()
    one_press(play)
    play.conductor.act("go_to_start")
    QTest.keyClick(play.window, Qt.Key.Key_Escape, Qt.KeyboardModifier.ShiftModifier)
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, Qt.Key.Key_Space)
    assert play.desk.of(cm.StartStep) == []
    assert QApplication.focusWidget() is play.window.readiness.start, "one more press would start"


def test_a_repeated_step_is_taken_in_hand_when_the_exam_holds_it(play: Play) -> None:
    play.in_control()
    stopped = step_view("t2", StepState.STOPPED)
    play.say(A, exam(stopped, step_view("flair")))
    play.conductor.choose_step("t2")
    play.conductor.show()
    play.conductor.act("repeat")
    (sheet,) = play.window.centre.findChildren(RepeatSheet)
    QTest.mouseClick(sheet.choices[0], LEFT)
    again = step_view("t2", repeat_reason="Patient moved").model_copy(update={"step_id": "t2-again"})
    play.say(A, exam(stopped, again, step_view("flair")))
    step = play.conductor.state.focused.step if play.conductor.state.focused else None
    assert step is not None
    assert step.step_id == "t2-again"


def test_every_button_can_be_reached_with_the_tab_key(play: Play, qtbot: QtBot) -> None:
    play.in_control()
    qtbot.waitUntil(play.window.fleet.cards[1].isVisible)
    reached: set[QWidget] = set()
    play.window.editor.fields["tr_ms"].edit.setFocus()
    for _ in range(80):
        focused = QApplication.focusWidget()
        assert focused is not None
        reached.add(focused)
        play.window.focusNextChild()
    w = play.window
    wanted: set[QWidget] = {
        w.readiness.start, w.readiness.stop, w.control.release_button, w.queue.open_button,
        w.images.planes_button, w.timeline.note, w.fleet.cards[1], w.editor.fields["te_ms"].edit,
        w.editor.compare_button, w.images.planes[0],
    }  # fmt: skip
    assert wanted - reached == set()


def test_tab_goes_through_the_parameters_in_reading_order(play: Play) -> None:
    play.in_control()
    first = field(play, "tr_ms")
    first.setFocus()
    play.window.focusNextChild()
    assert QApplication.focusWidget() is field(play, "te_ms")


@pytest.mark.parametrize(("key", "by"), [(Qt.Key.Key_Right, 1.0), (Qt.Key.Key_Left, -1.0)])
def test_slices_are_moved_with_the_keyboard(play: Play, key: Qt.Key, by: float) -> None:
    play.in_control()
    show_localizer(play)
    plane = play.window.images.planes[2]
    plane.setFocus()
    QTest.keyClick(plane, key, Qt.KeyboardModifier.AltModifier)
    (edit,) = play.desk.of(cm.EditStep)
    assert edit.slices is not None
    before = detail("t2").slices[0].centre_mm
    assert edit.slices[0].centre_mm == pytest.approx((before[0] + by, before[1], before[2]))


# ---------------------------------------------------------------------- switching scanner


def test_a_switch_of_scanner_makes_no_widget(play: Play) -> None:
    play.in_control()
    there = {"scanner": B.scanner}
    for message in (exam(), granted(), ready(A), status(A)):
        play.say(B, message.model_copy(update=there))
    play.say(B, cm.StepChanged(scanner=B.scanner, step=detail("t2", specs=detail("t2").specs[:9])))
    for key in (B, A):
        play.conductor.focus(key)
    before = set(play.window.findChildren(QWidget))
    for key in (B, A, B):
        play.conductor.focus(key)
    assert set(play.window.findChildren(QWidget)) == before


# ---------------------------------------------------------------------- who controls


def test_the_middle_names_who_controls_instead(play: Play) -> None:
    play.opening()
    play.say(A, granted((), yours=False, holder="Kim Second"), exam(view=False))
    assert play.window.images.message_title.text() == "Kim Second controls"


def test_a_scanner_that_does_not_answer_hides_not_who_controls(play: Play) -> None:
    play.in_control()
    play.say(A, status(A, None))
    card = play.window.fleet.cards[0]
    assert card.step.text() == "▲ State unknown"
    assert "You control" in card.control.text()


def asked_why(play: Play) -> RepeatSheet:
    """A stopped step is to be repeated, and the sheet asks for the reason."""
    play.in_control()
    play.say(A, exam(step_view("t2", StepState.STOPPED), step_view("flair")))
    play.conductor.choose_step("t2")
    play.conductor.show()
    play.conductor.act("repeat")
    (sheet,) = play.window.centre.findChildren(RepeatSheet)
    return sheet


def test_a_repeat_goes_to_the_scanner_it_was_asked_of_wherever_one_looks_meanwhile(play: Play) -> None:
    sheet = asked_why(play)
    play.conductor.focus(B)
    QTest.mouseClick(sheet.choices[0], LEFT)
    (repeat,) = play.desk.of(cm.RepeatStep)
    assert (repeat.scanner, repeat.step_id) == (A.scanner, "t2")


def test_a_repeat_asked_for_one_patient_is_not_made_for_the_next(play: Play) -> None:
    sheet = asked_why(play)
    of_next = exam(step_view("t2"), step_view("flair"))
    assert of_next.exam is not None
    play.say(A, of_next.model_copy(update={"exam": of_next.exam.model_copy(update={"exam_id": "exam-2"})}))
    QTest.mouseClick(sheet.choices[0], LEFT)
    assert play.desk.of(cm.RepeatStep) == []


def test_a_value_typed_for_one_step_is_not_applied_to_the_next_one(play: Play) -> None:
    """The step in hand began to run, armed, while the scanner looked at the value."""
    play.in_control()
    typed(play, "te_ms", "95")
    (tried,) = play.desk.of(cm.TryEdit)
    assert tried.step_id == "t2"
    play.say(A, exam(step_view("t2", StepState.ACQUIRING), step_view("flair")))
    play.say(A, cm.StepChanged(scanner=A.scanner, step=detail("flair")))
    play.say(A, cm.EditTried(command_id=tried.command_id, scanner=A.scanner, step=detail("t2")))
    assert play.desk.of(cm.EditStep) == []

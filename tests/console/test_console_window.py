"""The real window: clicked, typed into, dragged; what it asks of the network is observed."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC
from typing import TypeVar

import pytest
from console_scenes import (
    NOON,
    NORTH,
    SOUTH,
    WHO_DOES_WHAT,
    A,
    B,
    Play,
    alarm,
    beat,
    detail,
    digest,
    earlier,
    earlier_quarantined,
    exam,
    granted,
    hello,
    local,
    outcome,
    pending,
    quarantined,
    ready,
    running,
    show_localizer,
    slice_of,
    status,
    step_view,
)
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from mr_contract import console_messages as cm
from mr_contract.findings import finding
from mr_contract.parameters import Conflict, Remedy
from mr_contract.reasons import Reason
from mr_contract.views import TimelineEntry
from mr_contract.vocabulary import (
    AlarmKind,
    AlarmPriority,
    Interlock,
    LinkLossAction,
    Mistaken,
    Privilege,
    Role,
    ScannerActivity,
    StepState,
)
from remote_console.core.timeline import timeline_rows
from remote_console.link import JournalRolledBack, LeaseLapsed
from remote_console.texts import say
from remote_console.ui.actions import ACTIONS, Where
from remote_console.ui.quarantine_sheets import CorrectionSheet, EarlierSheet, MistakeSheet
from remote_console.ui.responsibilities_sheet import ResponsibilitiesSheet
from remote_console.ui.sheets import AboutSheet, HelpSheet, PaletteSheet, RepeatSheet

S = TypeVar("S", bound=QWidget)
LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier


def one_press(play: Play) -> None:
    """From now on START is one press: this exam was started here before."""
    started = replace(play.conductor.state, started_exams=frozenset({"exam-1"}), last_started=A)
    play.conductor.state = started
    play.conductor.show()


# ---------------------------------------------------------------------- start and stop


def test_a_press_carries_revision_and_standing_as_drawn_when_it_began_and_the_newest_beat(play: Play) -> None:
    play.in_control()
    one_press(play)
    start = play.window.readiness.start
    QTest.mousePress(start, LEFT)
    play.say(A, ready(A, count=5), beat(9), exam(step_view("t2", revision=digest("edited meanwhile"))))
    QTest.mouseRelease(start, LEFT)
    sent = play.desk.of(cm.StartStep)
    assert [(s.step_id, s.revision, s.standing.count, s.beat) for s in sent] == [("t2", digest("t2"), 4, 9)]


def test_a_press_that_began_is_sent_as_drawn_even_when_an_interlock_opens_meanwhile(play: Play) -> None:
    play.in_control()
    one_press(play)
    start = play.window.readiness.start
    QTest.mousePress(start, LEFT)
    play.say(A, ready(A, count=5, opened={Interlock.PATIENT_READY: (finding(Reason.DOOR_OPEN),)}))
    QTest.mouseRelease(start, LEFT)
    assert [s.standing.count for s in play.desk.of(cm.StartStep)] == [4]
    assert not start.isEnabled()


def test_the_first_start_needs_a_hold(play: Play, qtbot: QtBot) -> None:
    play.in_control()
    start = play.window.readiness.start
    QTest.mouseClick(start, LEFT)
    assert play.desk.of(cm.StartStep) == []
    QTest.mousePress(start, LEFT)
    qtbot.waitUntil(lambda: len(play.desk.of(cm.StartStep)) == 1, timeout=2000)
    QTest.mouseRelease(start, LEFT)
    assert len(play.desk.of(cm.StartStep)) == 1


def test_a_press_let_go_beside_the_button_starts_nothing(play: Play) -> None:
    play.in_control()
    one_press(play)
    start = play.window.readiness.start
    QTest.mousePress(start, LEFT)
    QTest.mouseRelease(start, LEFT, pos=QPoint(-20, -20))
    assert play.desk.of(cm.StartStep) == []


def test_space_presses_start_once_however_long_it_repeats(play: Play) -> None:
    play.in_control()
    one_press(play)
    start = play.window.readiness.start
    play.conductor.act("go_to_start")
    QTest.keyPress(start, Qt.Key.Key_Space)
    QTest.keyRelease(start, Qt.Key.Key_Space)
    assert len(play.desk.of(cm.StartStep)) == 1


def test_an_open_interlock_disables_start_and_names_the_remedy(play: Play) -> None:
    play.in_control()
    play.say(A, ready(A, opened={Interlock.PATIENT_READY: (finding(Reason.DOOR_OPEN),)}))
    panel = play.window.readiness
    assert not panel.start.isEnabled()
    assert panel.row_texts()[0] == "▲ | Patient ready | The door is open | Close the door | local operator"
    QTest.mouseClick(panel.start, LEFT)
    assert play.desk.of(cm.StartStep) == []


def test_while_another_step_runs_the_button_arms(play: Play) -> None:
    play.in_control()
    busy = ready(A, opened={Interlock.SCANNER: (finding(Reason.SCANNER_BUSY, activity="T2 runs"),)})
    play.say(A, exam(step_view("t2", StepState.ACQUIRING), step_view("flair")), running(), busy)
    play.conductor.choose_step("flair")
    play.conductor.show()
    QTest.mouseClick(play.window.readiness.start, LEFT)
    assert [(a.step_id, a.revision) for a in play.desk.of(cm.ArmStep)] == [("flair", digest("flair"))]
    assert play.desk.of(cm.StartStep) == []


def test_what_the_patient_was_exposed_to_is_told_only_while_a_scan_runs(play: Play) -> None:
    play.in_control()
    told = play.window.editor.effects.exposure
    play.say(A, running())
    assert [line[0] for line in told.texts()] == ["normal mode", "Predicted", "Last 6 min", "Last 10 s"]
    assert told.texts()[2][3] == "0.90 / 3.2"
    play.say(A, status(A))
    assert [line[0] for line in told.texts()] == ["normal mode", "Predicted"]


def test_averages_are_of_the_limits_of_the_step_that_runs_not_of_the_one_in_hand(play: Play) -> None:
    play.in_control()
    raised = detail("flair").prediction.model_copy(update={"whole_body_limit_w_per_kg": 4.0})
    play.say(
        A, cm.StepChanged(scanner=A.scanner, step=detail("flair", prediction=raised)), running(step="t2")
    )
    play.conductor.choose_step("flair")
    play.conductor.show()
    told = play.window.editor.effects.exposure.texts()
    assert (told[1][1], told[2][1], told[3][1]) == ("0.60 / 4.0", "0.20 / 2.0", "0.40 / 4.0")


def test_stop_acts_when_the_press_begins_and_is_never_disabled(play: Play) -> None:
    play.opening()
    play.say(A, local())
    stop = play.window.readiness.stop
    assert stop.isEnabled()
    QTest.mousePress(stop, LEFT)
    assert [(site, scanner) for site, scanner, _ in play.desk.stops] == [(NORTH, A.scanner)]


@pytest.mark.parametrize("place", ["window", "field", "sheet", "palette"])
def test_shift_escape_stops_from_anywhere(play: Play, place: str) -> None:
    play.in_control()
    target: QWidget = play.window
    match place:
        case "field":
            target = play.window.editor.fields["te_ms"].edit
        case "sheet":
            target = opened(play, "help", HelpSheet)
        case "palette":
            target = opened(play, "palette", PaletteSheet).search
        case _:
            pass
    target.setFocus()
    QTest.keyClick(target, Qt.Key.Key_Escape, Qt.KeyboardModifier.ShiftModifier)
    assert len(play.desk.stops) == 1


def test_shift_escape_stops_while_the_protocol_menu_is_open(play: Play) -> None:
    play.in_control()
    play.window.queue.ask_protocols()
    QTest.keyClick(play.window.queue.menu, Qt.Key.Key_Escape, Qt.KeyboardModifier.ShiftModifier)
    play.window.queue.menu.close()
    assert len(play.desk.stops) == 1


def opened(play: Play, action: str, kind: type[S]) -> S:
    play.conductor.act(action)
    found = play.window.centre.findChildren(kind)
    assert found
    return found[-1]


def test_a_stop_that_nobody_answers_names_the_phone_and_is_not_sent_again(play: Play) -> None:
    play.in_control()
    QTest.mousePress(play.window.readiness.stop, LEFT)
    play.wait(1.2)
    overlay = play.window.stop_notice
    assert overlay.isVisible()
    assert "STOP NOT DELIVERED" in overlay.title.text()
    assert "+41 44 555 01 23" in overlay.title.text()
    play.wait(30.0)
    play.say(NORTH, beat(20))
    assert len(play.desk.stops) == 1
    QTest.mouseClick(overlay.close_button, LEFT)
    play.conductor.show()
    assert not overlay.isVisible()


def test_a_scanner_without_a_software_stop_says_so_whatever_is_shown_and_stop_is_pressed_all_the_same(
    play: Play,
) -> None:
    play.in_control()
    note = play.window.readiness.stop_note
    assert not note.isVisible()
    play.say(A, status(A, can_stop=False))
    for shown in (running(A), status(A, None), local()):
        play.say(A, shown, status(A, can_stop=False))
        play.wait(30.0)
        assert note.isVisible()
        assert note.text() == "This scanner cannot be stopped by software: call the site"
    play.say(B, status(B))
    play.conductor.focus(B)
    assert not note.isVisible(), "it is said of one scanner"
    play.conductor.focus(A)
    assert note.isVisible()
    QTest.mousePress(play.window.readiness.stop, LEFT)
    assert [scanner for _, scanner, _ in play.desk.stops] == [A.scanner]


def test_stop_still_works_over_every_overlay(play: Play) -> None:
    play.in_control()
    play.conductor.lose(NORTH)
    play.wait(5.0)
    assert play.window.link_lost.isVisible()
    QTest.mousePress(play.window.readiness.stop, LEFT)
    assert len(play.desk.stops) == 1


def test_nothing_is_sent_or_kept_while_the_link_is_lost(play: Play) -> None:
    play.in_control()
    play.conductor.lose(NORTH)
    play.wait(1.0)
    assert not play.window.timeline.note.isEnabled()
    before = len(play.desk.sent)
    play.conductor.edits.undo()
    QTest.mouseClick(play.window.control.release_button, LEFT)
    play.conductor.edits.offer_value("te_ms", "80")
    play.say(NORTH, beat(30))
    assert len(play.desk.sent) == before


# ---------------------------------------------------------------------- control


def test_what_is_ticked_is_asked_for_and_a_no_is_shown(play: Play) -> None:
    play.opening()
    play.say(A, exam(view=False), local())
    panel = play.window.control
    panel.boxes[Privilege.START].setChecked(False)
    panel.action.setCurrentIndex(1)
    QTest.mouseClick(panel.ask_button, LEFT)
    asked = play.desk.of(cm.RequestControl)[-1]
    assert asked.privileges == (Privilege.VIEW, Privilege.TALK, Privilege.EDIT)
    assert asked.link_loss_action is LinkLossAction.STOP_NOW
    assert asked.responsibilities == WHO_DOES_WHAT.digest, "asking acknowledges the list that is shown"
    assert "image quality" in panel.duties.text()
    play.say(A, pending(asked.command_id))
    assert panel.withdraw_button.isVisible()
    assert play.window.images.message_title.text() == "Waiting for consent"
    play.say(A, local())
    assert panel.title.text() == "▲ Denied"


def test_an_unread_list_is_said_and_acknowledged_in_one_press(play: Play) -> None:
    play.in_control()
    panel = play.window.control
    assert panel.missing.text() == "You have not acknowledged who does what"
    QTest.mouseClick(panel.acknowledge_button, LEFT)
    assert play.desk.of(cm.AcknowledgeResponsibilities)[-1].digest == WHO_DOES_WHAT.digest
    read = granted()
    control = read.control.model_copy(update={"responsibilities_acknowledged": True})
    play.say(A, read.model_copy(update={"control": control}))
    assert not panel.missing.isVisible()
    assert not panel.acknowledge_button.isVisible()


def test_the_list_is_changed_in_its_sheet_which_shows_what_holds_now(play: Play) -> None:
    play.in_control()
    play.conductor.act("responsibilities")
    (sheet,) = play.window.findChildren(ResponsibilitiesSheet)
    assert not sheet.movers["emergency"].isEnabled()
    QTest.mouseClick(sheet.movers["documentation"], LEFT)
    moved = play.desk.of(cm.MoveResponsibility)[-1]
    assert (moved.item, moved.digest) == ("documentation", WHO_DOES_WHAT.digest)
    said = exam()
    assert said.exam is not None
    changed = WHO_DOES_WHAT.model_copy(update={"digest": "e" * 64, "acknowledged_local": ""})
    play.say(A, said.model_copy(update={"exam": said.exam.model_copy(update={"responsibilities": changed})}))
    play.conductor.show()
    QTest.mouseClick(sheet.acknowledge_button, LEFT)
    assert play.desk.of(cm.AcknowledgeResponsibilities)[-1].digest == "e" * 64
    assert "Not acknowledged at the site" in sheet.who.text()


def test_release_gives_control_back(play: Play) -> None:
    play.in_control()
    QTest.mouseClick(play.window.control.release_button, LEFT)
    assert len(play.desk.of(cm.ReleaseControl)) == 1


def test_a_trainee_asks_to_watch_and_agrees_nothing_about_a_lost_link(play: Play) -> None:
    play.say(NORTH, hello(NORTH).model_copy(update={"role": Role.TRAINEE}), beat(), status(A), ready(A))
    play.say(A, exam(view=False), local())
    panel = play.window.control
    assert panel.ask_button.text() == "Ask to watch"
    assert not panel.action.isVisible()
    QTest.mouseClick(panel.ask_button, LEFT)
    assert play.desk.of(cm.RequestControl)[-1].privileges == (Privilege.VIEW, Privilege.TALK)


def test_a_protocol_that_is_open_is_not_asked_for_again_where_its_steps_are_not_told(play: Play) -> None:
    play.opening()
    hidden = exam(view=False)
    assert hidden.exam is not None
    play.say(A, hidden.model_copy(update={"exam": hidden.exam.model_copy(update={"steps": ()})}), local())
    shown = [w.text() for w in play.window.queue.findChildren(QLabel) if w.isVisible()]
    assert not any("Open an approved protocol" in words for words in shown)


def test_nothing_identifying_is_shown_before_view_is_granted(play: Play) -> None:
    play.opening()
    play.say(A, exam(view=False), local())
    assert "Patient-1" not in play.window.band.title.text()
    play.say(A, granted(), exam())
    assert "DEMO Patient-1" in play.window.band.title.text()
    assert "DEMO-0001" in play.window.band.details.text()
    assert "Patient" not in play.window.windowTitle()


def test_losing_view_takes_the_images_away(play: Play) -> None:
    play.in_control()
    show_localizer(play)
    assert play.window.images.planes[0].count == 3
    play.say(A, local())
    assert dict(play.conductor.gathering.pictures.previews) == {}
    assert play.window.images.message_title.text() == "Local control"


def test_previews_are_watched_only_where_view_is_granted(play: Play) -> None:
    play.in_control()
    assert play.desk.watched == {NORTH: (A.scanner,)}
    play.say(A, local())
    assert play.desk.watched[NORTH] == ()


# ---------------------------------------------------------------------- fleet


def test_the_keyboard_changes_scanner_and_back_with_what_happened(play: Play) -> None:
    play.in_control()
    QTest.keyClick(play.window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert play.conductor.state.focus == B
    assert play.window.band.title.text().startswith("South · MR 1")
    QTest.mouseClick(play.window.fleet.cards[0], LEFT)
    assert play.conductor.state.focus == A


def test_commands_go_to_the_scanner_in_focus_only(play: Play) -> None:
    play.in_control()
    play.conductor.focus(B)
    QTest.mousePress(play.window.readiness.stop, LEFT)
    assert [(site, scanner) for site, scanner, _ in play.desk.stops] == [(SOUTH, B.scanner)]


def test_a_scanner_that_is_not_heard_says_so(play: Play) -> None:
    play.opening()
    play.say(A, status(A, None))
    assert play.window.fleet.cards[0].step.text() == "▲ State unknown"


# ---------------------------------------------------------------------- parameters


def type_into(play: Play, key: str, text: str) -> QLineEdit:
    edit = play.window.editor.fields[key].edit
    assert isinstance(edit, QLineEdit)
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, text)
    QTest.keyClick(edit, Qt.Key.Key_Return)
    return edit


def test_a_value_is_tried_first_and_applied_when_it_can_be_had(play: Play) -> None:
    play.in_control()
    type_into(play, "te_ms", "80")
    tried = play.desk.of(cm.TryEdit)[-1]
    assert (tried.step_id, tried.revision, tried.changes) == ("t2", digest("t2"), {"te_ms": 80.0})
    assert play.desk.of(cm.EditStep) == []
    play.say(A, cm.EditTried(command_id=tried.command_id, scanner=A.scanner, step=detail("t2")))
    assert [e.changes for e in play.desk.of(cm.EditStep)] == [{"te_ms": 80.0}]


def test_a_value_that_cannot_be_had_offers_remedies_and_return_takes_the_first(play: Play) -> None:
    play.in_control()
    edit = type_into(play, "te_ms", "84")
    conflict = Conflict(
        key="te_ms", wanted=84.0, why="echo spacing is 10 ms",
        remedies=(
            Remedy(changes={"te_ms": 80.0}, words="takes 80 ms"),
            Remedy(changes={"te_ms": 90.0}, words="90 ms"),
        ),
    )  # fmt: skip
    tried = play.desk.of(cm.TryEdit)[-1]
    step = detail("t2", conflicts=(conflict,))
    play.say(A, cm.EditTried(command_id=tried.command_id, scanner=A.scanner, step=step))
    field = play.window.editor.fields["te_ms"]
    assert field.problem == "84 ms is not available: echo spacing is 10 ms"
    assert field.remedies == ("Echo time 80 ms", "Echo time 90 ms")
    assert play.desk.of(cm.EditStep) == []
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert [e.changes for e in play.desk.of(cm.EditStep)] == [{"te_ms": 80.0}]


def test_a_text_that_is_no_value_is_explained_without_asking_the_scanner(play: Play) -> None:
    play.in_control()
    edit = type_into(play, "tr_ms", "99999")
    field = play.window.editor.fields["tr_ms"]
    assert "outside 3 ms to 15000 ms" in field.problem
    assert play.desk.of(cm.TryEdit) == []
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert [e.changes for e in play.desk.of(cm.EditStep)] == [{"tr_ms": 15000.0}]


def test_a_late_answer_of_an_older_try_applies_nothing(play: Play) -> None:
    play.in_control()
    type_into(play, "te_ms", "80")
    first = play.desk.of(cm.TryEdit)[-1]
    type_into(play, "te_ms", "95")
    play.say(A, cm.EditTried(command_id=first.command_id, scanner=A.scanner, step=detail("t2")))
    assert play.desk.of(cm.EditStep) == []


def test_without_edit_no_field_can_be_typed_into(play: Play) -> None:
    play.in_control()
    play.say(A, granted((Privilege.VIEW, Privilege.START)))
    assert not any(f.edit.isEnabled() for f in play.window.editor.fields.values())
    assert not play.window.queue.open_button.isEnabled()


def test_control_z_undoes_on_the_revision_that_is_shown(play: Play) -> None:
    play.in_control()
    play.say(A, cm.StepChanged(scanner=A.scanner, step=detail("t2", can_undo=True)))
    QTest.keyClick(play.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert [(u.step_id, u.revision) for u in play.desk.of(cm.UndoEdit)] == [("t2", digest("t2"))]


def test_a_refused_edit_tells_every_reason(play: Play) -> None:
    play.in_control()
    type_into(play, "te_ms", "80")
    tried = play.desk.of(cm.TryEdit)[-1]
    play.say(A, outcome(tried.command_id, Reason.STALE_REVISION, Reason.EDIT_NOT_GRANTED, step="T2 TSE ax"))
    card = play.window.refusal
    assert card.isVisible()
    assert "T2 TSE ax was changed meanwhile" in card.text.text()
    assert "Edit is not granted" in card.text.text()


# ---------------------------------------------------------------------- queue and images


def test_a_step_that_is_chosen_is_opened_once(play: Play) -> None:
    play.opening()
    play.say(A, exam(), granted())
    QTest.mouseClick(play.window.queue.rows[3], LEFT)
    play.conductor.show()
    assert [o.step_id for o in play.desk.of(cm.OpenStep)] == ["t2", "flair"]
    play.say(A, beat(3))
    assert len(play.desk.of(cm.OpenStep)) == 2


def test_a_repeat_asks_for_its_reason(play: Play) -> None:
    play.in_control()
    play.say(A, exam(step_view("t2", StepState.STOPPED, lines_acquired=128, lines_total=256)))
    play.conductor.choose_step("t2")
    play.conductor.show()
    QApplication.processEvents()  # lay the buttons out before one is clicked
    QTest.mouseClick(play.window.queue.repeat_button, LEFT)
    assert play.desk.of(cm.RepeatStep) == []
    sheet = play.window.centre.findChildren(RepeatSheet)[-1]
    QTest.mouseClick(sheet.choices[1], LEFT)
    assert [(r.step_id, r.reason) for r in play.desk.of(cm.RepeatStep)] == [("t2", "Patient moved")]


def test_an_approved_protocol_is_opened_from_the_menu_and_no_other(play: Play) -> None:
    play.in_control()
    offers = (
        cm.ProtocolOffer(protocol_id="brain", name="Brain routine", version=4, approved=True),
        cm.ProtocolOffer(protocol_id="draft", name="Draft", version=1, approved=False),
    )
    play.window.queue.ask_protocols()
    play.say(A, cm.ProtocolsListed(scanner=A.scanner, protocols=offers))
    approved, draft = play.window.queue.menu.actions()
    assert not draft.isEnabled()
    approved.trigger()
    play.window.queue.menu.close()
    assert len(play.desk.of(cm.ListProtocols)) == 1
    assert [o.protocol_id for o in play.desk.of(cm.OpenProtocol)] == ["brain"]


def test_the_picture_fills_as_lines_come_in(play: Play) -> None:
    play.in_control()
    play.signals.frame.emit(NORTH, *slice_of("t2", 0, lines=64))
    play.conductor.show()
    image = play.window.images.series.image
    assert image is not None
    assert image.fraction == 0.25
    assert image.marks == ("PREVIEW", "SIMULATED")
    play.signals.frame.emit(NORTH, *slice_of("t2", 0, lines=256))
    play.conductor.show()
    image = play.window.images.series.image
    assert image is not None
    assert image.fraction == 1.0


def test_stored_series_of_localizer_and_step_in_hand_are_fetched_once(play: Play) -> None:
    play.in_control()
    play.say(A, exam())
    assert play.desk.fetched == [(NORTH, A.scanner, "series-localizer")]


def test_a_series_that_did_not_arrive_is_asked_for_again_but_not_at_once(play: Play) -> None:
    play.in_control()
    play.signals.not_fetched.emit(NORTH, A.scanner, "series-localizer")
    play.say(A, beat(3))
    assert len(play.desk.fetched) == 1
    play.wait(6.0)
    play.say(A, beat(4))
    assert len(play.desk.fetched) == 2


def test_words_of_the_link_are_no_sign_of_life_and_a_cut_journal_is_told(play: Play) -> None:
    play.in_control()
    play.conductor.lose(NORTH)
    play.signals.said.emit(NORTH, LeaseLapsed())
    play.signals.said.emit(NORTH, JournalRolledBack(remembered_seq=9, seq=3))
    assert not play.conductor.state.sites[NORTH].connected
    assert play.window.site_notice.isVisible()
    assert "journal" in play.window.site_notice.text.text()


def test_keys_and_wheel_scroll_and_double_click_resets_the_window(play: Play) -> None:
    play.in_control()
    for index in range(3):
        play.signals.frame.emit(NORTH, *slice_of("t2", index))
    play.conductor.show()
    play.window.images.show_page(1)
    view = play.window.images.series
    view.setFocus()
    assert view.index == 1
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.index == 2
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.index == 2
    QTest.mousePress(view, Qt.MouseButton.RightButton, pos=QPoint(100, 100))
    QTest.mouseMove(view, QPoint(150, 100))
    QTest.mouseRelease(view, Qt.MouseButton.RightButton, pos=QPoint(150, 100))
    window = view.window_in_use
    assert window is not None
    assert math.isclose(window.width, 1200.0)
    QTest.mouseDClick(view, LEFT, pos=QPoint(100, 100))
    assert view.window_in_use == view.image.window if view.image else False


def test_dragging_the_slices_edits_them_by_the_same_millimetres(play: Play) -> None:
    play.in_control()
    show_localizer(play)
    plane = play.window.images.planes[0]
    middle = plane.to_screen(*plane.cuts()[0].centre)
    scale = plane.to_screen(10.0, 0.0).x() - plane.to_screen(0.0, 0.0).x()
    QTest.mousePress(plane, LEFT, pos=middle.toPoint())
    QTest.mouseMove(plane, (middle + QPointF(2 * scale, 0.0)).toPoint())
    QTest.mouseRelease(plane, LEFT)
    edit = play.desk.of(cm.EditStep)[-1]
    assert edit.slices is not None
    assert math.isclose(edit.slices[0].centre_mm[1], 1.0 + 20.0, abs_tol=1.0)
    assert edit.slices[0].centre_mm[0] == 0.0
    assert edit.slices[0].row == (1.0, 0.0, 0.0)


def test_slices_of_a_refused_edit_go_back_to_where_they_are(play: Play) -> None:
    play.in_control()
    show_localizer(play)
    plane = play.window.images.planes[0]
    before = plane.cuts()[0].centre
    middle = plane.to_screen(*before).toPoint()
    QTest.mousePress(plane, LEFT, pos=middle)
    QTest.mouseMove(plane, middle + QPoint(40, 0))
    QTest.mouseRelease(plane, LEFT)
    assert plane.cuts()[0].centre != before
    refused = outcome(play.desk.of(cm.EditStep)[-1].command_id, Reason.STALE_REVISION, step="T2")
    play.say(A, refused)
    assert plane.cuts()[0].centre == before


def test_dragging_a_handle_turns_the_slices_about_their_centre(play: Play) -> None:
    play.in_control()
    show_localizer(play)
    plane = play.window.images.planes[0]
    handle = plane.to_screen(*plane.cuts()[0].handles[0])
    QTest.mousePress(plane, LEFT, pos=handle.toPoint())
    QTest.mouseMove(plane, handle.toPoint() + QPoint(25, 0))
    QTest.mouseRelease(plane, LEFT)
    edit = play.desk.of(cm.EditStep)[-1]
    assert edit.slices is not None
    assert edit.slices[0].centre_mm == (0.0, 1.0, 14.0)
    assert edit.slices[0].column != detail("t2").slices[0].column


def test_without_edit_slices_cannot_be_dragged(play: Play) -> None:
    play.in_control()
    show_localizer(play)
    play.say(A, granted((Privilege.VIEW,)))
    plane = play.window.images.planes[0]
    middle = plane.to_screen(*plane.cuts()[0].centre).toPoint()
    QTest.mousePress(plane, LEFT, pos=middle)
    QTest.mouseMove(plane, middle + QPoint(40, 0))
    QTest.mouseRelease(plane, LEFT)
    assert play.desk.of(cm.EditStep) == []


# ---------------------------------------------------------------------- alarms, notes, help


def test_stop_names_the_scanner_it_stops_and_an_alarm_elsewhere_leads_to_its_own(play: Play) -> None:
    play.in_control()
    bulb = alarm(AlarmKind.SQUEEZE_BULB, AlarmPriority.HIGH)
    play.say(B, cm.AlarmsChanged(scanner=B.scanner, alarms=(bulb,)))
    stop, line = play.window.readiness.stop, play.window.alarms.lines[0]
    assert stop.words == "STOP A"
    assert line.go_button.text() == "Go to B"
    QTest.mouseClick(line.go_button, LEFT)
    play.conductor.show()
    assert stop.words == "STOP B"
    assert "South" in stop.accessibleName()
    assert not play.window.alarms.lines[0].go_button.isVisible()


def test_an_alarm_out_of_focus_names_its_scanner_and_stays_when_acknowledged(play: Play) -> None:
    play.in_control()
    bulb = alarm(AlarmKind.SQUEEZE_BULB, AlarmPriority.HIGH)
    play.say(B, cm.AlarmsChanged(scanner=B.scanner, alarms=(bulb,)))
    line = play.window.alarms.lines[0]
    assert line.words.text() == "South · MR 1: The patient squeezed the bulb: stop and talk"
    QTest.mouseClick(line.button, LEFT)
    assert [(a.scanner, a.alarm_id) for a in play.desk.of(cm.AcknowledgeAlarm)] == [
        (B.scanner, bulb.alarm_id)
    ]
    quiet = bulb.model_copy(update={"acknowledged_by": "Remote MERM"})
    play.say(B, cm.AlarmsChanged(scanner=B.scanner, alarms=(quiet,)))
    assert play.window.alarms.isVisible()
    assert not play.window.alarms.lines[0].button.isVisible()


def test_a_note_needs_talk(play: Play) -> None:
    play.in_control()
    play.window.timeline.note.setFocus()
    QTest.keyClicks(play.window.timeline.note, "Ready?")
    QTest.keyClick(play.window.timeline.note, Qt.Key.Key_Return)
    assert [n.text for n in play.desk.of(cm.SendNote)] == ["Ready?"]
    play.say(A, granted((Privilege.VIEW,)))
    assert not play.window.timeline.note.isEnabled()


def test_help_lists_every_shortcut_of_the_table(play: Play) -> None:
    play.in_control()
    sheet = opened(play, "help", HelpSheet)
    assert set(sheet.keys) == {a.key for a in ACTIONS if a.key}


def test_no_two_shortcuts_are_the_same_and_every_action_acts(play: Play) -> None:
    keys = [a.key for a in ACTIONS if a.key and a.where is Where.ANYWHERE]
    assert len(keys) == len(set(keys))
    play.in_control()
    for action in ACTIONS:
        if action.where not in {Where.BUTTON, Where.HELD}:
            play.conductor.act(action.name)
    play.window.queue.menu.close()
    assert len(play.desk.stops) == 1


def test_about_says_not_for_clinical_use(play: Play) -> None:
    play.conductor.act("about")
    sheet = play.window.centre.findChildren(AboutSheet)[-1]
    words = " ".join(x.text() for x in sheet.findChildren(type(play.window.top.mark)))
    assert "Not for clinical use" in words


def test_the_palette_runs_what_was_typed(play: Play) -> None:
    play.in_control()
    palette = opened(play, "palette", PaletteSheet)
    QTest.keyClicks(palette.search, "release")
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert len(play.desk.of(cm.ReleaseControl)) == 1


def test_without_a_site_the_window_says_how_to_enrol(play: Play) -> None:
    assert play.window.images.message_title.text() == "No site yet"
    assert "remote-console enrol URL CODE" in play.window.images.message.text()
    assert play.window.readiness.stop.isEnabled()


def test_every_tick_says_that_the_window_lives(play: Play, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: play.desk.ticks >= 2, timeout=3000)


def test_the_language_changes_at_once_and_is_remembered(play: Play) -> None:
    play.in_control()
    play.conductor.change_language("de")
    play.conductor.show()
    assert play.window.readiness.title.text() == "Bereit für T2 TSE ax"
    assert play.window.control.release_button.text() == "Steuerung abgeben"
    assert play.window.settings.language == "de"


@pytest.mark.parametrize("language", ["en", "fr", "de"])
@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
def test_the_window_fits_its_screen_in_every_language(
    play: Play, language: str, size: tuple[int, int]
) -> None:
    play.in_control()
    play.conductor.change_language(language)
    play.conductor.show()
    play.window.resize(*size)
    QApplication.processEvents()
    assert (play.window.width(), play.window.height()) == size


def test_fault_and_busy_scanners_say_so(play: Play) -> None:
    play.opening()
    play.say(A, status(A, ScannerActivity.FAULT, fault="cold head"))
    assert play.window.fleet.cards[0].step.text() == "Fault: cold head"


# ---------------------------------------------------------------------- what a picky user found


def test_two_values_typed_in_a_row_both_arrive_each_under_the_revision_it_finds(play: Play) -> None:
    play.in_control()
    type_into(play, "te_ms", "80")
    type_into(play, "averages", "2")
    (tried,) = play.desk.of(cm.TryEdit)
    assert tried.changes == {"te_ms": 80.0}
    play.say(A, cm.EditTried(command_id=tried.command_id, scanner=A.scanner, step=detail("t2")))
    (edit,) = play.desk.of(cm.EditStep)
    assert len(play.desk.of(cm.TryEdit)) == 1
    newer = digest("te 80")
    play.say(
        A, cm.StepChanged(scanner=A.scanner, step=detail("t2", revision=newer)), outcome(edit.command_id)
    )
    second = play.desk.of(cm.TryEdit)[-1]
    assert (second.changes, second.revision) == ({"averages": 2.0}, newer)


def test_a_value_that_waited_is_forgotten_when_another_step_is_taken_in_hand(play: Play) -> None:
    play.in_control()
    type_into(play, "te_ms", "80")
    type_into(play, "averages", "2")
    (tried,) = play.desk.of(cm.TryEdit)
    play.conductor.choose_step("flair")
    play.say(A, cm.EditTried(command_id=tried.command_id, scanner=A.scanner, step=detail("t2")))
    assert play.desk.of(cm.EditStep) == []
    assert len(play.desk.of(cm.TryEdit)) == 1


def test_a_value_behind_a_refused_edit_is_tried_all_the_same(play: Play) -> None:
    play.in_control()
    type_into(play, "te_ms", "80")
    type_into(play, "averages", "2")
    (tried,) = play.desk.of(cm.TryEdit)
    play.say(A, outcome(tried.command_id, Reason.STALE_REVISION, step="T2 TSE ax"))
    assert play.desk.of(cm.TryEdit)[-1].changes == {"averages": 2.0}


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 800)])
def test_why_a_value_cannot_be_had_and_every_remedy_are_seen_whole(
    play: Play, qtbot: QtBot, size: tuple[int, int]
) -> None:
    play.window.resize(*size)
    play.in_control()
    play.window.editor.show_tab(None)
    type_into(play, "te_ms", "84")
    why = "84 ms is not available: 80 or 90 ms (echo spacing 10 ms, 16 echoes)"
    remedies = tuple(Remedy(changes={"te_ms": v}, words=f"{v}") for v in (80.0, 90.0))
    conflict = Conflict(key="te_ms", wanted=84.0, why=why, remedies=remedies)
    tried = play.desk.of(cm.TryEdit)[-1]
    step = detail("t2", conflicts=(conflict,))
    play.say(A, cm.EditTried(command_id=tried.command_id, scanner=A.scanner, step=step))
    field = play.window.editor.fields["te_ms"]
    assert field.problem == why
    qtbot.waitUntil(lambda: field.height() >= field.sizeHint().height())
    buttons = field.findChildren(QPushButton)
    assert len(buttons) == 2
    qtbot.waitUntil(lambda: all(not b.visibleRegion().isEmpty() for b in buttons))
    assert all(b.height() >= b.sizeHint().height() for b in buttons)


@pytest.mark.parametrize("code", ["fr", "de"])
def test_a_change_of_language_leaves_nothing_in_the_old_one(play: Play, code: str) -> None:
    play.in_control()
    bulb = alarm(AlarmKind.SQUEEZE_BULB, AlarmPriority.HIGH)
    play.say(B, cm.AlarmsChanged(scanner=B.scanner, alarms=(bulb,)))
    play.say(A, exam(step_view("t2", StepState.ARMED), step_view("flair")))
    english = spoken(play)
    play.conductor.change_language(code)
    play.conductor.show()
    assert spoken(play) & english == set()


def spoken(play: Play) -> set[str]:
    """Words of cards, queue, alarms and readiness that differ from language to language."""
    w = play.window
    cards = {c.step.text() for c in w.fleet.cards}
    alarms = {line.words.text() for line in w.alarms.lines} | {line.button.text() for line in w.alarms.lines}
    notes = {
        note.text() for row in w.queue.rows for note in row.findChildren(QLabel) if "armed" in note.text()
    }
    alike = {"✓ | Scanner"}  # the same word in German
    return (cards | alarms | notes | set(w.readiness.row_texts())) - alike


def test_while_a_step_of_ones_own_runs_nothing_says_that_it_has_already_run(play: Play) -> None:
    play.in_control()
    already = finding(Reason.STEP_NOT_PLANNED, step="T2 TSE ax")
    busy = finding(Reason.SCANNER_BUSY, activity="T2 TSE ax is running")
    play.say(
        A, exam(step_view("t2", StepState.ACQUIRING, findings=(already,)), step_view("flair")), running(A),
        ready(A, opened={Interlock.SCANNER: (busy,)}),
    )  # fmt: skip
    play.conductor.choose_step("t2")
    play.conductor.show()
    panel = play.window.readiness
    said = " ".join(panel.row_texts())
    assert "already run" not in said
    assert said.count("T2 TSE ax is running") == 1
    assert panel.title.text() == "T2 TSE ax is running"
    assert panel.summary.text() == "1:13 left"
    assert not panel.start.isEnabled()


def test_a_stack_opens_on_its_middle_slice_and_stays_where_a_person_scrolled_it(play: Play) -> None:
    play.in_control()
    sagittal = play.window.images.planes[0]
    for index in range(3):
        play.signals.frame.emit(NORTH, *slice_of("localizer", index, plane="sagittal"))
        play.conductor.show()
    assert sagittal.index == 1
    sagittal.scroll(1)
    play.signals.frame.emit(NORTH, *slice_of("localizer", 0, plane="sagittal", lines=200))
    play.conductor.show()
    assert sagittal.index == 2


def test_a_simulated_scanner_says_how_much_faster_than_life_it_runs(play: Play) -> None:
    play.in_control()
    play.say(A, running(A, fraction=0.0))
    assert "faster" not in play.window.band.right.text()
    play.now_s += 2.0
    play.say(A, running(A, fraction=20.0 / 190.0))
    assert "simulated, 10 × faster than life" in play.window.band.right.text()


def test_a_step_that_ran_when_its_site_was_last_heard_is_not_said_to_run(play: Play) -> None:
    play.in_control()
    play.say(A, exam(step_view("t2", StepState.ACQUIRING)), running(A))
    play.conductor.choose_step("t2")
    play.wait(4.0)
    panel = play.window.readiness
    assert panel.title.text() == "Not ready for T2 TSE ax"
    assert panel.summary.text() == "1 to clear"
    assert panel.start.text().startswith("Start T2 TSE ax")


def test_a_start_is_one_line_of_the_timeline_and_names_its_step() -> None:
    def entry(seq: int, kind: str, **figures: str) -> TimelineEntry:
        return TimelineEntry(seq=seq, at=NOON, scanner=A.scanner, kind=kind, figures=figures, by=A.scanner)

    intended = entry(1, "start_intended", command_id="s1", step="T2 TSE ax")
    rows = timeline_rows((intended,), you="", zone=UTC)
    assert [say(r.words) for r in rows] == ["Start of T2 TSE ax sent to the scanner"]
    rows = timeline_rows((intended, entry(2, "start_accepted", command_id="s1")), you="", zone=UTC)
    assert [say(r.words) for r in rows] == ["T2 TSE ax accepted by the scanner"]
    other = entry(3, "start_failed", command_id="s2", why="x")
    assert len(timeline_rows((intended, other), you="", zone=UTC)) == 2


# ---------------------------------------------------------------------- wrong patient or side


def only(window: QWidget, kind: type[S]) -> S:
    (found,) = window.findChildren(kind)
    return found


def test_wrong_patient_or_side_is_said_with_two_presses_by_whoever_only_looks(play: Play) -> None:
    play.opening()
    play.say(A, local(), exam(view=False))
    play.window.band.mistake_button.click()
    only(play.window, MistakeSheet).choices[Mistaken.SIDE].click()
    (sent,) = play.desk.of(cm.ReportWrong)
    assert (sent.scanner, sent.exam_id, sent.mistaken) == (A.scanner, "exam-1", Mistaken.SIDE)


def test_of_an_exam_that_was_closed_it_is_said_by_the_keyboard(play: Play) -> None:
    play.opening()
    play.say(A, local(), *earlier())
    assert play.window.band.earlier_button.isVisibleTo(play.window)
    QTest.keyClick(play.window, Qt.Key.Key_E, CTRL | Qt.KeyboardModifier.ShiftModifier)
    sheet = only(play.window, EarlierSheet)
    assert sheet.list.hasFocus()
    assert "MR knee" in sheet.list.item(0).text()
    chosen = sheet.choices[Mistaken.PATIENT]
    assert not chosen.isEnabled(), "an exam is chosen first"
    QTest.keyClick(sheet.list, Qt.Key.Key_Down)
    QTest.keyClick(sheet.list, Qt.Key.Key_Down)
    chosen.setFocus()
    QTest.keyClick(chosen, Qt.Key.Key_Space)
    (sent,) = play.desk.of(cm.ReportWrong)
    assert (sent.scanner, sent.exam_id, sent.mistaken) == (A.scanner, "exam-7", Mistaken.PATIENT)


def test_while_an_exam_is_open_an_earlier_one_is_chosen_from_its_sheet(play: Play) -> None:
    play.in_control()
    play.say(A, earlier()[1])
    assert not play.window.band.earlier_button.isVisibleTo(play.window)
    play.window.band.mistake_button.click()
    only(play.window, MistakeSheet).earlier_button.click()
    sheet = only(play.window, EarlierSheet)
    sheet.list.setCurrentRow(0)
    sheet.choices[Mistaken.SIDE].click()
    (sent,) = play.desk.of(cm.ReportWrong)
    assert (sent.exam_id, sent.mistaken) == ("exam-8", Mistaken.SIDE)


def test_what_was_said_and_not_answered_is_not_delivered_like_a_stop(play: Play) -> None:
    play.in_control()
    play.window.band.mistake_button.click()
    only(play.window, MistakeSheet).choices[Mistaken.PATIENT].click()
    play.now_s += 0.9
    play.signals.said.emit(NORTH, beat(11))
    play.wait(0.3)
    assert "STOP NOT DELIVERED" in play.window.stop_notice.title.text()


def test_an_earlier_exam_in_quarantine_is_said_and_leaves_the_images_of_this_one(play: Play) -> None:
    play.in_control()
    show_localizer(play)
    play.say(A, earlier_quarantined(proposed=True))
    play.conductor.show()
    strip = play.window.quarantine
    assert strip.title.text() == "An earlier exam is in quarantine: Wrong side"
    assert "MR knee, LEFT. Jo Local proposes" in strip.text.text()
    assert strip.read_button.isHidden(), "two people at the site decide"
    shown = play.window.images.planes[2].grab().toImage()
    play.say(A, cm.ClosedExamsChanged(scanner=A.scanner, exams=()))
    play.conductor.show()
    play.window.images.planes[2].resize(shown.size())
    assert play.window.images.planes[2].grab().toImage() == shown, "nothing is hatched"
    play.say(A, earlier_quarantined(), quarantined())
    assert "QUARANTINED: Wrong side" in strip.title.text(), "the exam in the room comes first"
    play.say(A, exam(), cm.ClosedExamsChanged(scanner=A.scanner, exams=()))
    assert not strip.isVisible()


def test_images_in_quarantine_are_hatched_and_the_strip_says_why(play: Play) -> None:
    play.in_control()
    show_localizer(play)
    before = play.window.images.planes[2].grab().toImage()
    play.say(A, quarantined())
    play.conductor.show()
    assert "QUARANTINED: Wrong side" in play.window.quarantine.title.text()
    assert not play.window.band.mistake_button.isVisibleTo(play.window)
    assert play.window.images.planes[2].grab().toImage() != before
    assert play.window.quarantine.read_button.isHidden()


def test_the_holder_reads_the_correction_whole_before_signing_it(play: Play) -> None:
    play.in_control()
    play.say(A, quarantined(proposed=True))
    play.conductor.show()
    play.window.quarantine.read_button.click()
    sheet = only(play.window, CorrectionSheet)
    words = " ".join(x.text() for x in sheet.findChildren(QLabel))
    assert "LEFT" in words
    assert "RIGHT" in words
    sheet.sign_button.click()
    (sent,) = play.desk.of(cm.AgreeCorrection)
    assert (sent.exam_id, sent.correction_id) == ("exam-1", "correction-1")


def test_who_does_not_hold_edit_is_offered_no_signature(play: Play) -> None:
    play.opening()
    play.say(A, granted((Privilege.VIEW,)), quarantined(proposed=True))
    play.conductor.show()
    assert play.window.quarantine.read_button.isHidden()

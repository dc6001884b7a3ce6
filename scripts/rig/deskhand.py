"""A hand at the console: clicks and types into the real widgets of the real window."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget
from rig.processes import RigError

from mr_contract.exam import SeriesView
from remote_console.core.fleet import ScannerState
from remote_console.link import IdentityStore
from remote_console.ui.conductor import Conductor
from remote_console.ui.main_window import MainWindow
from remote_console.ui.sheets import RepeatSheet

_T = TypeVar("_T")
WITHIN_S = 20.0
PUMP_MS = 15
PRESS_MS = 80


class DeskHand:
    """Drives one window. Everything runs on the thread of the window."""

    def __init__(self, window: MainWindow, conductor: Conductor, store: IdentityStore) -> None:
        self.window = window
        self._store = store
        self._conductor = conductor
        self.starts_held = 0
        self.starts_pressed = 0

    # ------------------------------------------------------------ waiting

    def until(self, holds: Callable[[], _T | None], what: str, within_s: float = WITHIN_S) -> _T:
        """Let the window live until something holds."""
        deadline = time.monotonic() + within_s
        while not (value := holds()):
            if time.monotonic() > deadline:
                said = self.said()
                raise RigError(f"not observed at the console within {within_s:g} s: {what}{said}")
            QTest.qWait(PUMP_MS)
        return value

    def said(self) -> str:
        """What the window last said of a refusal, for a person who wonders why a step failed."""
        focused = self._conductor.state.focused
        answer = focused.answer if focused else None
        if answer is None or answer.accepted:
            return ""
        return f" (last answer: {answer.command_kind}: {'; '.join(f.text for f in answer.findings)})"

    def wait_for(self, future: Future[_T], within_s: float = 90.0) -> _T:
        """Let the window live until something that happens elsewhere is done."""
        self.until(future.done, "an action at the site", within_s)
        return future.result()

    def rest(self, seconds: float) -> None:
        """Let the window live for a while."""
        QTest.qWait(round(seconds * 1000))

    # ------------------------------------------------------------ seeing

    @property
    def scanner(self) -> ScannerState:
        """The scanner in focus, as the window knows it."""
        focused = self._conductor.state.focused
        if focused is None:
            raise RigError("no scanner is in focus at the console")
        return focused

    @property
    def scanners(self) -> tuple[ScannerState, ...]:
        return tuple(self._conductor.state.in_order)

    def step(self, name: str) -> Any:
        """The newest step of this name in the queue."""
        exam = self.scanner.exam
        found = [s for s in exam.steps if s.name == name] if exam else []
        if not found:
            raise RigError(f"no step {name!r} in the console's queue")
        return found[-1]

    # ------------------------------------------------------------ doing

    def click(self, widget: QWidget) -> None:
        """Press and release the left button in the middle of a widget that a person could press."""
        if not widget.isVisible() or not widget.isEnabled():
            words = widget.text() if isinstance(widget, QAbstractButton) else type(widget).__name__
            raise RigError(f"{words!r} at the console cannot be pressed now")
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)

    def look_at(self, name: str) -> None:
        """Click a scanner's card: the keyboard belongs to it from then on."""
        card = self.until(
            lambda: next((c for c in self.window.fleet.cards if c.name.text() == name), None),
            f"a card of {name}",
        )
        self.until(card.isVisible, f"the card of {name} to be seen")
        self.click(card)
        self.until(lambda: card.key is not None and self.scanner.key == card.key, f"{name} in focus")

    def choose_step(self, name: str) -> None:
        """Select a step in the queue and wait until its parameters are shown."""
        step_id = self.step(name).step_id
        row = self.until(
            lambda: next((r for r in self.window.queue.rows if r.step_id == step_id), None),
            f"{name} in the queue",
        )
        self.until(row.isVisible, f"{name} to be seen in the queue")
        self.click(row)
        self.until(lambda: self.scanner.step and self.scanner.step.step_id == step_id, f"{name} selected")
        self.until(lambda: step_id in self.scanner.details, f"the parameters of {name}")
        self.rest(0.1)  # one more turn of the window: the fields are those of this step now

    def start(self) -> None:
        """Press START as the window asks for it: held when it must be held."""
        button = self.window.readiness.start
        self.until(button.isEnabled, "START enabled: " + "; ".join(self.window.readiness.row_texts()))
        middle = button.rect().center()
        QTest.mousePress(button, Qt.MouseButton.LeftButton, pos=middle)
        QTest.qWait(PRESS_MS)
        if button.held:
            self.starts_held += 1
            self.until(lambda: not button.held, "the hold of START to be enough")
        else:
            self.starts_pressed += 1
        QTest.mouseRelease(button, Qt.MouseButton.LeftButton, pos=middle)

    def type_parameter(self, key: str, text: str) -> None:
        """Type a value into a parameter's field and press Return."""
        self.window.editor.show_tab(None)
        field = self.until(lambda: self.window.editor.fields.get(key), f"a field for {key}")
        self.until(field.edit.isEnabled, f"the field {key} to be editable")
        edit = field.edit
        if not isinstance(edit, QLineEdit):
            raise RigError(f"{key} is a choice")
        edit.setFocus()
        edit.selectAll()
        QTest.keyClicks(edit, text)
        QTest.keyClick(edit, Qt.Key.Key_Return)

    def take_remedy(self, key: str) -> str:
        """Take the first remedy offered under a field; its words."""
        field = self.window.editor.fields[key]
        words = field.remedies[0]
        QTest.keyClick(field.edit, Qt.Key.Key_Return)
        return words

    def wheel(self, widget: QWidget, notches: int) -> None:
        """Turn the wheel over a widget; a notch towards the person is positive."""
        middle = QPointF(widget.rect().center())
        turned = QWheelEvent(
            *(middle, QPointF(widget.mapToGlobal(middle)), QPoint(), QPoint(0, -120 * notches)),
            *(Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False),
        )
        QApplication.sendEvent(widget, turned)

    def drag_right(self, widget: QWidget, by: QPoint) -> None:
        """Drag with the right button from the middle of a widget."""
        middle = widget.rect().center()
        QTest.mousePress(widget, Qt.MouseButton.RightButton, pos=middle)
        QTest.mouseMove(widget, middle + by)
        QTest.mouseRelease(widget, Qt.MouseButton.RightButton, pos=middle + by)

    def repeat(self, reason_number: int = 0) -> None:
        """Ask for a repeat of the selected step and give a reason."""
        self.click(self.window.queue.repeat_button)
        sheet = self.until(
            lambda: next((s for s in self.window.findChildren(RepeatSheet) if s.isVisible()), None),
            "the question why",
        )
        self.click(sheet.choices[reason_number])

    # ------------------------------------------------------------ the story's questions

    @property
    def series(self) -> tuple[SeriesView, ...]:
        """Series of the open exam as the console knows them."""
        return self.scanner.exam.series if self.scanner.exam else ()

    @property
    def standing_count(self) -> int:
        """The count of the standing that the console shows."""
        return self.scanner.standing.number.count if self.scanner.standing else -1

    def closed(self, interlock: str) -> bool:
        """Whether the console shows this interlock as closed."""
        standing = self.scanner.standing
        views = standing.interlocks if standing else ()
        return any(v.interlock.value == interlock and v.state.value == "closed" for v in views)

    @property
    def progress(self) -> float:
        """How far the running acquisition is; 0 when nothing runs."""
        status = self.scanner.status
        return status.progress.fraction if status and status.progress else 0.0

    def images_of(self, name: str) -> int:
        """How many slices the desk has of a step, previews or stored."""
        exam = self.scanner.exam
        if exam is None:
            return 0
        step_id = self.step(name).step_id
        shown = self._conductor.gathering.pictures.of_step(self.scanner.key, exam, step_id)
        return sum(len(own.images) for own in shown.series)

    def is_stored_shown(self, name: str) -> bool:
        """Whether every file of the step's newest stored series has arrived."""
        exam = self.scanner.exam
        step_id = self.step(name).step_id
        series = [s for s in exam.series if s.step_id == step_id and s.stored] if exam else []
        if not series:
            return False
        shelf = self._conductor.gathering.pictures.series.get((self.scanner.key, series[-1].series_id))
        return shelf is not None and len({file for file, _ in shelf.slices}) == series[-1].instance_count

    def detail_value(self, name: str, key: str) -> object:
        """A value of a step as the editor shows it."""
        detail = self.scanner.details.get(self.step(name).step_id)
        return detail.values.get(key) if detail else None

    def signed_head(self, site: str) -> str:
        """The newest signed head of a site's journal that this desk keeps on its disk."""
        return self._store.remembered(self._store.site(site)).signed_head

    def head_seq(self, site: str) -> int:
        """The last record that head vouches for; 0 without one."""
        head = self.signed_head(site)
        return int(json.loads(head)["seq"]) if head else 0

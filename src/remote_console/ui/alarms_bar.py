"""Alarms of all scanners, in the colours and words of IEC 60601-1-8."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from mr_contract.vocabulary import AlarmPriority
from remote_console.core.alarms import COLOUR, AlarmRow
from remote_console.texts import say, tr
from remote_console.ui.pieces import ElidedLabel, Tile, button, column, label, row

FRAME_MS = 50
LINE_PX = 34


class AlarmsBar(QWidget):
    """One line an alarm; hidden without any. Acknowledging ends the sound, never the line."""

    acknowledged = Signal(object, str)
    focus_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[AlarmLine] = []
        self._column = column(self, gap=1)
        self._frame = QTimer(self)
        self._frame.setInterval(FRAME_MS)
        self._frame.timeout.connect(self._flash)
        self._elapsed_ms = 0
        self.hide()

    @property
    def lines(self) -> tuple[AlarmLine, ...]:
        """The lines shown, highest priority first."""
        return tuple(self._lines)

    def show_state(self, rows: tuple[AlarmRow, ...]) -> None:
        """Replace everything shown; the timer runs only while something flashes."""
        while len(self._lines) < len(rows):
            line = AlarmLine()
            line.acknowledged.connect(self.acknowledged)
            line.focus_asked.connect(self.focus_asked)
            self._column.addWidget(line)
            self._lines.append(line)
        while len(self._lines) > len(rows):
            gone = self._lines.pop()
            gone.hide()
            gone.deleteLater()
        for line, state in zip(self._lines, rows, strict=True):
            line.show_state(state)
        self.setVisible(bool(rows))
        if any(r.flash_hz for r in rows):
            self._frame.start()
        else:
            self._frame.stop()

    def retranslate(self) -> None:
        """Say everything again in the language in use."""
        for line in self._lines:
            line.retranslate()

    def acknowledge_first(self) -> None:
        """Acknowledge the first alarm that nobody has acknowledged."""
        for line in self._lines:
            if not line.button.isHidden():
                line.acknowledge()
                return

    def _flash(self) -> None:
        self._elapsed_ms += FRAME_MS
        for line in self._lines:
            line.flash(self._elapsed_ms / 1000)


class AlarmLine(QWidget):
    """Scanner, priority, what, and the buttons: to a scanner that is not in focus, and acknowledge."""

    acknowledged = Signal(object, str)
    focus_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._state: AlarmRow | None = None
        self._lit = True
        self._tile = Tile(22)
        self._priority = label(kind="strong")
        self.words = ElidedLabel(kind="strong")
        self._note = label(kind="small")
        self.button = button("", self.acknowledge, "alarm")
        self.go_button = button("", self._go, "alarm")
        self.setMinimumHeight(LINE_PX)
        layout = row(self, margins=(12, 3, 12, 3), gap=12)
        layout.addWidget(self._tile)
        layout.addWidget(self._priority)
        layout.addWidget(self.words, 1)
        layout.addWidget(self._note)
        layout.addWidget(self.go_button)
        layout.addWidget(self.button)

    def show_state(self, state: AlarmRow) -> None:
        """Replace everything shown."""
        if state == self._state:
            return
        self._state, self._lit = state, True
        self._tile.show_state(state.letter, state.scanner_colour)
        signs = {AlarmPriority.HIGH: "!!!", AlarmPriority.MEDIUM: "!!", AlarmPriority.LOW: "!"}
        self._priority.setText(f"{signs[state.priority]} {say(state.priority_words)}")
        self.words.setText(tr("{title}: {text}", title=state.scanner_name, text=say(state.words)))
        self._note.setText(say(state.state))
        self.button.setText(tr("Acknowledge"))
        self.button.setVisible(not state.acknowledged)
        self.go_button.setText(tr("Go to {letter}", letter=state.letter))
        self.go_button.setVisible(state.elsewhere)
        policy = self.button.sizePolicy()
        policy.setRetainSizeWhenHidden(state.elsewhere)  # buttons of several lines stay in columns
        self.button.setSizePolicy(policy)
        dark = state.priority is not AlarmPriority.HIGH
        ink = "#11151a" if dark else "#ffffff"
        for part in (self._priority, self.words, self._note):
            part.setStyleSheet(f"color: {ink};")
        self.update()

    def retranslate(self) -> None:
        """Say everything again in the language in use."""
        if (state := self._state) is not None:
            self._state = None
            self.show_state(state)

    def flash(self, at_s: float) -> None:
        """Light or dark half of a period; steady without a frequency."""
        lit = self._state is None or not self._state.flash_hz or (at_s * self._state.flash_hz) % 1.0 < 0.5
        if lit != self._lit:
            self._lit = lit
            self.update()

    def acknowledge(self) -> None:
        """Ask the agent to note who acknowledged."""
        if self._state is not None:
            self.acknowledged.emit(self._state.key, self._state.alarm_id)

    def _go(self) -> None:
        if self._state is not None:
            self.focus_asked.emit(self._state.key)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._state is None:
            return
        colour = QColor(COLOUR[self._state.priority])
        if self._state.priority is AlarmPriority.HIGH:
            colour = QColor("#d8232a")
        QPainter(self).fillRect(self.rect(), colour if self._lit else colour.darker(125))

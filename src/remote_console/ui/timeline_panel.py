"""What happened, newest first, and a line to the local operator."""

from __future__ import annotations

from enum import IntEnum, unique
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLineEdit, QPushButton, QScrollArea, QSizePolicy, QWidget

from remote_console.core.phrases import Phrase, p
from remote_console.core.timeline import TimelineRow
from remote_console.texts import say, tr
from remote_console.ui.flow_layout import FlowLayout
from remote_console.ui.pieces import button, column, label, row

QUICK: tuple[Phrase, ...] = (
    p("Ready to start?"),
    p("Please check the patient"),
    p("Can you hear me?"),
)
SHOWN = 40
SIDE_PX, TOP_PX, GAP_PX = 14, 10, 7
LEAST_LIST_PX = 44


@unique
class Terseness(IntEnum):
    """How much of it is left out where there is little height."""

    WHOLE = 0
    NO_QUICK_WORDS = 1
    MESSAGE_ONLY = 2


class _Line(QWidget):
    """When, and what; the same widget serves for another entry."""

    def __init__(self) -> None:
        super().__init__()
        self._time = label(kind="faint")
        self._words = label(kind="plain", wrap=True)
        parts = row(self, gap=8)
        parts.addWidget(self._time, 0, Qt.AlignmentFlag.AlignTop)
        parts.addWidget(self._words, 1)

    def show_state(self, entry: TimelineRow) -> None:
        """Replace what is shown, only where it differs."""
        words = say(entry.words)
        if self._time.text() != entry.time:
            self._time.setText(entry.time)
        if self._words.text() != words:
            self._words.setText(words)


class TimelinePanel(QFrame):
    """A note needs `talk`; without it the field says so."""

    note_written = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("side")
        self._rows: tuple[TimelineRow, ...] | None = None
        self._title = label(kind="heading")
        self._terse = Terseness.WHOLE
        self._area = area = QScrollArea()
        area.setWidgetResizable(True)
        area.setProperty("kind", "timeline")
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        self._list = column(inside, gap=3)
        self._lines: list[_Line] = []
        self._nothing = label(kind="faint")
        self._list.addWidget(self._nothing)
        self._list.addStretch(1)
        area.setWidget(inside)
        self.quick: list[QPushButton] = []
        self.note = QLineEdit()
        self.note.setMaxLength(400)
        self.note.returnPressed.connect(self._write)
        layout = column(self, margins=(SIDE_PX, TOP_PX, SIDE_PX, TOP_PX), gap=GAP_PX)
        layout.addWidget(self._title)
        layout.addWidget(area, 1)
        self._pills = QWidget()
        pills = FlowLayout(self._pills, gap=6)
        for words in QUICK:
            pill = button("", partial(self._quick, words), "pill")
            self.quick.append(pill)
            pills.addWidget(pill)
        layout.addWidget(self._pills)
        layout.addWidget(self.note)
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything again in the language in use."""
        self._title.setText(tr("TIMELINE"))
        for pill, words in zip(self.quick, QUICK, strict=True):
            pill.setText(say(words))
        self._rows = None

    def show_terse(self, terse: Terseness) -> None:
        """Leave so much out."""
        if terse is self._terse:
            return
        self._terse = terse
        self._pills.setVisible(terse < Terseness.NO_QUICK_WORDS)
        for part in (self._title, self._area):
            part.setVisible(terse < Terseness.MESSAGE_ONLY)
        vertical = QSizePolicy.Policy.Preferred
        if terse is Terseness.MESSAGE_ONLY:
            vertical = QSizePolicy.Policy.Maximum  # what is left is the reasons'
        self.setSizePolicy(QSizePolicy.Policy.Preferred, vertical)

    def least_height(self, terse: Terseness, width: int) -> int:
        """What it needs then, whatever it shows now."""
        heights = [self.note.sizeHint().height()]
        if terse < Terseness.NO_QUICK_WORDS:
            pills = self._pills.layout()
            heights.append(pills.heightForWidth(width - 2 * SIDE_PX) if pills is not None else 0)
        if terse < Terseness.MESSAGE_ONLY:
            heights += [self._title.sizeHint().height(), LEAST_LIST_PX]
        return sum(heights) + GAP_PX * (len(heights) - 1) + 2 * TOP_PX

    def show_state(self, rows: tuple[TimelineRow, ...], *, may_talk: bool) -> None:
        """Replace everything shown."""
        self.note.setEnabled(may_talk)
        self.note.setPlaceholderText(
            tr("Message to the local operator …") if may_talk else tr("A message needs “talk”")
        )
        for pill in self.quick:
            pill.setEnabled(may_talk)
        if rows == self._rows:
            return
        self._rows = rows
        shown = rows[:SHOWN]
        while len(self._lines) < len(shown):
            line = _Line()
            self._list.insertWidget(len(self._lines), line)
            self._lines.append(line)
        for place, line in enumerate(self._lines):
            line.setVisible(place < len(shown))
            if place < len(shown):
                line.show_state(shown[place])
        self._nothing.setText(tr("Nothing yet"))
        self._nothing.setVisible(not rows)

    def texts(self) -> tuple[str, ...]:
        """What the timeline says, newest first."""
        return tuple(say(r.words) for r in self._rows or ())

    def _quick(self, words: Phrase) -> None:
        self.note_written.emit(say(words))

    def _write(self) -> None:
        text = self.note.text().strip()
        if text:
            self.note.clear()
            self.note_written.emit(text)

"""What happened, newest first, and a line to the local operator."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLineEdit, QPushButton, QScrollArea, QWidget

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
        area = QScrollArea()
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
        layout = column(self, margins=(14, 10, 14, 10), gap=7)
        layout.addWidget(self._title)
        layout.addWidget(area, 1)
        pills = FlowLayout(gap=6)
        for words in QUICK:
            pill = button("", partial(self._quick, words), "pill")
            self.quick.append(pill)
            pills.addWidget(pill)
        layout.addLayout(pills)
        layout.addWidget(self.note)
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything again in the language in use."""
        self._title.setText(tr("TIMELINE"))
        for pill, words in zip(self.quick, QUICK, strict=True):
            pill.setText(say(words))
        self._rows = None

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

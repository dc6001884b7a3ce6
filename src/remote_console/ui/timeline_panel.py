"""What happened, newest first, and a line to the local operator."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLineEdit, QPushButton, QScrollArea, QWidget

from remote_console.core.phrases import Phrase, p
from remote_console.core.timeline import TimelineRow
from remote_console.texts import say, tr
from remote_console.ui.flow_layout import FlowLayout
from remote_console.ui.pieces import button, clear, column, label, row

QUICK: tuple[Phrase, ...] = (p("Ready to start?"), p("Please check the patient"))
SHOWN = 40


class TimelinePanel(QFrame):
    """A note needs `talk`; without it the field says so."""

    note_written = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("side")
        self._rows: tuple[TimelineRow, ...] | None = None
        self._title = label(kind="heading")
        self._empty = label(kind="faint", wrap=True)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        self._list = column(inside, gap=3)
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
        clear(self._list)
        for entry in rows[:SHOWN]:
            line = QWidget()
            parts = row(line, gap=8)
            parts.addWidget(label(entry.time, "faint"), 0, Qt.AlignmentFlag.AlignTop)
            words = label(say(entry.words), wrap=True)
            words.setStyleSheet("font-size: 12px;")
            parts.addWidget(words, 1)
            self._list.addWidget(line)
        if not rows:
            self._list.addWidget(label(tr("Nothing yet"), "faint"))
        self._list.addStretch(1)

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

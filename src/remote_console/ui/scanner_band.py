"""The band of the scanner in focus, in its colour."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from remote_console.core.fleet_cards import BandState
from remote_console.texts import say, tr
from remote_console.ui import theme
from remote_console.ui.pieces import ElidedLabel, FoldedLabel, Tile, button, column, label, row

GAP = 14


class ScannerBand(QWidget):
    """Scanner, patient (in full where `view` is granted), field strength, mode, implant, contrast.

    Where there is too little room, what matters for safety goes on in a line of its own.
    """

    mistake_pressed = Signal()
    earlier_pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._state: BandState | None = None
        self._tile = Tile(36)
        self.title = ElidedLabel(kind="big", natural=True)
        self.details = FoldedLabel("dim")
        self._side = label(kind="tag")
        self.right, self.below = ElidedLabel(kind="dim", natural=True), FoldedLabel("dim")
        self.right.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        layout = row(self, margins=(16, 7, 16, 10), gap=GAP)
        lines = column(gap=1)
        first = self._first = row(gap=GAP)
        first.addWidget(self.title)
        first.addWidget(self._side, 0, Qt.AlignmentFlag.AlignVCenter)
        self.mistake_button = button("", self.mistake_pressed.emit, "outlined")
        first.addWidget(self.mistake_button)
        self.earlier_button = button("", self.earlier_pressed.emit, "quiet")
        first.addWidget(self.earlier_button)
        first.addStretch()
        first.addWidget(self.right)
        lines.addLayout(first)
        lines.addWidget(self.details)
        lines.addWidget(self.below)
        layout.addWidget(self._tile)
        layout.addLayout(lines, 1)
        self.hide()
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything again in the language in use."""
        self.mistake_button.setText(tr("Wrong patient or side"))
        self.earlier_button.setText(tr("Wrong in an earlier exam …"))
        self._arrange()

    def show_mistakable(self, *, can: bool, earlier: bool) -> None:
        """Whether there is an exam of which it may be said; else, whether there was one."""
        self.mistake_button.setVisible(can)
        self.earlier_button.setVisible(earlier and not can)
        self._arrange()

    def show_state(self, state: BandState | None) -> None:
        """Replace everything shown; None: no scanner in focus."""
        self._state = state
        self.setVisible(state is not None)
        if state is None:
            return
        self._tile.show_state(state.letter, state.colour)
        self.title.setText(say(state.title))
        self.details.setText(" · ".join(say(w) for w in state.details))
        side = say(state.side)
        self._side.setText(side)
        self._side.setVisible(bool(side))
        right = [say(w) for w in state.right]
        if state.unknown:
            right.insert(0, "▲ " + tr("state unknown"))
        self.right.setText("    ".join(right))
        self.below.setText(" · ".join(right))
        self._arrange()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """The name of the patient comes first: never shortened for anything beside it."""
        beside = [w for w in (self._side, self.mistake_button, self.earlier_button) if not w.isHidden()]
        room = self.width() - self._tile.width() - 2 * 16 - GAP
        room -= self.title.sizeHint().width() + sum(w.sizeHint().width() + GAP for w in beside)
        low = room < 0
        self._first.setDirection(
            QBoxLayout.Direction.TopToBottom if low else QBoxLayout.Direction.LeftToRight
        )
        fits = room >= self.right.sizeHint().width() + GAP
        self.right.setVisible(fits)
        self.below.setVisible(not fits)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._state is None:
            return
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.FOCUS))
        painter.fillRect(0, self.height() - 3, self.width(), 3, QColor(self._state.colour))

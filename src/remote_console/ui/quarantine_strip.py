"""Over the images of an exam in quarantine: why, what comes next, and what waits for a signature."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from remote_console.core.quarantine import QuarantineCard
from remote_console.texts import say, tr
from remote_console.ui import theme
from remote_console.ui.hatching import hatch
from remote_console.ui.pieces import button, column, label, row

EDGE_PX = 10


class QuarantineStrip(QWidget):
    """Hidden as long as nothing is in quarantine."""

    read_asked = Signal(object, object)
    """Scanner and correction: shown whole before it is signed."""

    def __init__(self) -> None:
        super().__init__()
        self._state: QuarantineCard | None = None
        self.title = label(kind="amber", wrap=True)
        self.text = label(kind="small", wrap=True)
        self.read_button = button("", self._read, "decide")
        layout = row(self, margins=(16, EDGE_PX + 6, 16, EDGE_PX + 6), gap=14)
        lines = column(gap=2)
        lines.addWidget(self.title)
        lines.addWidget(self.text)
        layout.addLayout(lines, 1)
        layout.addWidget(self.read_button)
        self.hide()
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything again in the language in use."""
        self.read_button.setText(tr("Read and sign …"))
        self.show_state(self._state)

    def show_state(self, state: QuarantineCard | None) -> None:
        """Replace everything shown."""
        self._state = state
        self.setVisible(state is not None)
        if state is None:
            return
        self.title.setText(say(state.title))
        self.text.setText(say(state.text))
        self.read_button.setVisible(state.correction is not None)

    def _read(self) -> None:
        if self._state is not None and self._state.correction is not None:
            self.read_asked.emit(self._state.key, self._state.correction)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.RAISED))
        for top in (0, self.height() - EDGE_PX):
            hatch(painter, QRectF(0, top, self.width(), EDGE_PX), words=False)

"""A text that takes the room it needs, and scrolls where a small window has less."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea

from remote_console.ui.pieces import label

LEAST_LINES = 2


class ScrolledText(QScrollArea):
    """Wrapped small text; never cut, at most scrolled."""

    def __init__(self) -> None:
        super().__init__()
        self._label = label(kind="small", wrap=True)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(self._label)

    def text(self) -> str:
        """What it says."""
        return self._label.text()

    def set_text(self, words: str) -> None:
        """Say something else."""
        if words != self._label.text():
            self._label.setText(words)
            self.setAccessibleName(words)
            self._measure()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def _measure(self) -> None:
        whole = max(1, self._label.heightForWidth(self.viewport().width()))
        least = self._label.fontMetrics().lineSpacing() * LEAST_LINES
        self.setMaximumHeight(whole)
        self.setMinimumHeight(min(whole, least))

"""A splitter that keeps its shares until a person moves it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter


class ShareSplitter(QSplitter):
    """`share` says how long each part is to be, from the whole length; asked anew whenever that changes."""

    def __init__(self, orientation: Qt.Orientation, share: Callable[[int], Sequence[int]]) -> None:
        super().__init__(orientation)
        self._share = share
        self.natural = True
        """Whether nobody has moved it."""
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        self.splitterMoved.connect(self._moved)

    def _moved(self) -> None:
        self.natural = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.natural:
            self.share_out()

    def share_out(self) -> None:
        """Give every part its share."""
        flat = self.orientation() is Qt.Orientation.Horizontal
        self.setSizes(list(self._share(self.width() if flat else self.height())))

"""The cameras of the scanner in focus: one large, the others beside each other below it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QImage, QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from remote_console.core.picture_tiles import PicturesState
from remote_console.texts import say
from remote_console.ui.picture_tile import PictureTile
from remote_console.ui.pieces import FoldedLabel, clear, column, row

LARGE_OF_WINDOW, LARGE_OF_LOW_WINDOW, SMALL_OF_WINDOW = 0.19, 0.14, 0.085
VERY_LOW_PX = 700
"""In a window that is lower still, as at 200 % on a small screen, only the card on the left has a picture."""
LOW_PX = 900
"""In a lower window only the large tile is shown, and says that there are others."""
MOST_BESIDE = 4


class PicturesPanel(QFrame):
    """Tiles in the order of the state: the first is the large one."""

    chosen = Signal(object, str)
    """A small tile: it wants to be the large one."""
    opened = Signal()
    """The large tile: it wants the middle of the window."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("side")
        self.tiles: list[PictureTile] = []
        self.state = PicturesState()
        self._message = FoldedLabel("small")
        self._small = QWidget()
        self._rows = column(self._small, gap=6)
        self._layout = column(self, margins=(14, 10, 14, 3), gap=6)
        self._layout.addWidget(self._message)
        self._layout.addWidget(self._small)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.show_state(PicturesState(), {})

    def retranslate(self) -> None:
        """Say everything again in the language in use."""
        self._message.setText(say(self.state.message))

    def show_state(self, state: PicturesState, images: Mapping[str, QImage]) -> None:
        """Replace everything shown; `images` by source."""
        self.state = state
        self._message.setText(say(state.message))
        self._message.setVisible(bool(say(state.message)))
        if len(state.tiles) != len(self.tiles):
            self._lay_out(len(state.tiles))
        for widget, tile in zip(self.tiles, state.tiles, strict=True):
            widget.show_state(tile, images.get(tile.source))
        self._count()
        self.share_out()

    def _lay_out(self, count: int) -> None:
        for tile in self.tiles[:1]:
            tile.hide()
            tile.deleteLater()
        clear(self._rows)
        self.tiles = [PictureTile() for _ in range(count)]
        if self.tiles:
            self._layout.insertWidget(0, self.tiles[0])
            self.tiles[0].chosen.connect(lambda _key, _source: self.opened.emit())
        others = self.tiles[1:]
        for begin in range(0, len(others), MOST_BESIDE):
            strip = QWidget()
            beside = row(strip, gap=6)
            for tile in others[begin : begin + MOST_BESIDE]:
                beside.addWidget(tile, 1)
                tile.chosen.connect(self.chosen)
            self._rows.addWidget(strip)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.share_out()

    def share_out(self) -> None:
        """16:9 where the window is high enough; where it is low the reasons below need the room more."""
        high, count = self.window().height(), len(self.tiles)
        low = high < LOW_PX
        width = max(self.width() - 28, 120)
        beside = max(2, min(MOST_BESIDE, count - 1))
        large = min(width * 9 // 16, round(high * (LARGE_OF_LOW_WINDOW if low else LARGE_OF_WINDOW)))
        small = min((width - 6 * (beside - 1)) // beside * 9 // 16, round(high * SMALL_OF_WINDOW))
        self._small.setVisible(count > 1 and not low)
        self.setVisible(bool(say(self.state.message)) or (count > 0 and high >= VERY_LOW_PX))
        for place, tile in enumerate(self.tiles):
            tile.setFixedHeight(large if place == 0 else small)
        self._count()

    def _count(self) -> None:
        if self.tiles:
            self.tiles[0].count = "" if self._small.isVisibleTo(self) else self.state.place_words

    def minimumSizeHint(self) -> QSize:
        return QSize(120, super().minimumSizeHint().height())

"""Four slices of the step in hand, as they form."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from remote_console.core.images import SliceImage
from remote_console.core.windowing import to_grey
from remote_console.ui.hatching import hatch
from remote_console.ui.pieces import FoldedLabel, column

SHOWN = 4


class _Tiles(QWidget):
    """The images side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.images: tuple[SliceImage, ...] = ()
        self.quarantined = False
        self.setFixedHeight(74)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        width = (self.width() - 3 * (SHOWN - 1)) / SHOWN
        for number, image in enumerate(self.images):
            box = QRectF(number * (width + 3), 0, width, self.height())
            painter.fillRect(box, QColor("#000000"))
            grey = to_grey(image.pixels, image.window)
            rows, columns = grey.shape
            view = QImage(grey.tobytes(), columns, rows, columns, QImage.Format.Format_Grayscale8)
            high = rows * image.row_spacing_mm
            wide = columns * image.column_spacing_mm
            scale = min(box.width() / wide, box.height() / high)
            size = QRectF(0, 0, wide * scale, high * scale)
            size.moveCenter(box.center())
            painter.drawImage(size, view)
            if self.quarantined:
                hatch(painter, box, words=False)


class Thumbnails(QWidget):
    """Hidden without images."""

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._title = FoldedLabel("heading")
        self._tiles = _Tiles()
        self._low = False
        layout = column(self, margins=(14, 4, 14, 4), gap=6)
        layout.addWidget(self._title)
        layout.addWidget(self._tiles)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.hide()

    def show_state(self, title: str, images: tuple[SliceImage, ...], *, quarantined: bool = False) -> None:
        """Spread over the stack: the middle matters more than the ends."""
        if quarantined != self._tiles.quarantined:
            self._tiles.quarantined = quarantined
            self._tiles.update()
        self._title.setText(title)
        first = max(0, len(images) // 2 - SHOWN // 2)
        picked = images[first : first + SHOWN]
        if picked != self._tiles.images:
            self._tiles.images = picked
            self._tiles.update()
        self._show()

    def show_low(self, *, low: bool) -> None:
        """Not at all where there is little room."""
        self._low = low
        self._show()

    def _show(self) -> None:
        self.setVisible(bool(self._tiles.images) and not self._low)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.chosen.emit()

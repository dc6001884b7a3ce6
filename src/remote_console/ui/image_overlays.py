"""What stands over an image whatever is planned on it: the patient's sides, and what kind of image it is."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter

from remote_console.core.images import SliceImage
from remote_console.core.slice_planning import opposite, orientation_letters
from remote_console.texts import tr
from remote_console.ui import theme


def paint_letters(painter: QPainter, image: SliceImage, size: QSize, title_px: int, *, above_px: int) -> None:
    """At the middle of each edge; below the title where that is wide, `above_px` from the lower edge."""
    painter.setPen(QColor("#b9c4cf"))
    width, height, align = size.width(), size.height(), Qt.AlignmentFlag
    high = 5 if title_px + 60 < width / 2 else 24
    left, right = align.AlignLeft | align.AlignVCenter, align.AlignRight | align.AlignVCenter
    for direction, box, flag in (
        (opposite(image.row), QRectF(8, 0, 40, height), left),
        (image.row, QRectF(width - 48, 0, 40, height), right),
        (opposite(image.column), QRectF(0, high, width, 18), align.AlignHCenter),
        (image.column, QRectF(0, height - above_px, width, 18), align.AlignHCenter),
    ):
        painter.drawText(box, flag, orientation_letters(direction))


def paint_marks(painter: QPainter, image: SliceImage, width_px: int, title_px: int) -> None:
    """PREVIEW, INCOMPLETE and SIMULATED, top right, never covered by the image."""
    words = [tr(mark) for mark in image.marks]
    if image.lines_total and image.lines_acquired < image.lines_total:
        words.append(f"{image.fraction * 100:.0f} %")
    top = 6.0 if title_px + 170 < width_px else 26.0
    for word in words:
        width = painter.fontMetrics().horizontalAdvance(word) + 14
        box = QRectF(width_px - width - 8, top, width, 18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.RAISED))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QColor(theme.AMBER if word == tr("INCOMPLETE") else "#cfd8e0"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, word)
        top += 21

"""Images that nobody may use are hatched, and say so."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPainter

from remote_console.texts import tr
from remote_console.ui import theme

_WORDS_SHARE = 0.09
"""Height of the words in the height of the picture; they must be read from across a room."""


def hatch(painter: QPainter, box: QRectF, *, words: bool = True) -> None:
    """Over everything in this box."""
    painter.save()
    veil = QColor("#000000")
    veil.setAlphaF(0.45)
    painter.fillRect(box, veil)
    stripes = QColor(theme.AMBER)
    stripes.setAlphaF(0.55)
    brush = QBrush(stripes, Qt.BrushStyle.BDiagPattern)
    brush.setTransform(painter.transform().scale(2.5, 2.5))
    painter.fillRect(box, brush)
    if words:
        _say(painter, box)
    painter.restore()


def _say(painter: QPainter, box: QRectF) -> None:
    text = tr("QUARANTINED")
    font = QFont(painter.font())
    font.setBold(True)
    font.setPixelSize(max(11, round(min(box.height() * _WORDS_SHARE, box.width() / len(text)))))
    painter.setFont(font)
    wide = painter.fontMetrics().horizontalAdvance(text) + 20
    plate = QRectF(0, 0, wide, painter.fontMetrics().height() + 8)
    plate.moveCenter(box.center())
    painter.fillRect(plate, QColor("#000000"))
    painter.setPen(QColor(theme.AMBER))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)

"""STOP: one press, no confirmation, never disabled; it names the scanner that it would stop."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from remote_console.ui import theme
from remote_console.ui.actions import keys_of


class StopButton(QAbstractButton):
    """Acts when the press begins, not when it ends."""

    stop_pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.words, self._keys = "STOP", ""
        self.setAccessibleName(self.words)

    def show_target(self, letter: str, scanner: str) -> None:
        """The scanner in focus: while another one alarms, nobody shall have to guess which one it stops."""
        keys = keys_of("Shift+Esc")
        if keys != self._keys:  # another language
            self._keys = keys
            self.updateGeometry()
        self.words = f"STOP {letter}".rstrip()
        self.setAccessibleName(f"{self.words} {scanner}".rstrip())
        self.update()

    def sizeHint(self) -> QSize:
        keys = QFontMetrics(self._small()).horizontalAdvance(keys_of("Shift+Esc"))
        return QSize(max(98, keys + 26), self.fontMetrics().height() * 4 + 14)

    def _small(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(theme.SMALL_PX)
        return font

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.stop_pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.stop_pressed.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor("#4a1e22" if self.underMouse() else theme.STOP_BACK))
        painter.setPen(QPen(QColor(theme.TEXT if self.hasFocus() else theme.STOP_LINE), 2))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), 8, 8)
        painter.setPen(QColor(theme.STOP_TEXT))
        bold = QFont(self.font())
        bold.setBold(True)
        bold.setPixelSize(16)
        half = self.height() / 2
        painter.setFont(bold)
        painter.drawText(QRectF(0, 6, self.width(), half - 4), Qt.AlignmentFlag.AlignCenter, self.words)
        painter.setFont(self._small())
        words = keys_of("Shift+Esc")
        painter.drawText(QRectF(0, half - 2, self.width(), half - 4), Qt.AlignmentFlag.AlignCenter, words)

"""One step of the queue: its state as a shape, name, deviations, time."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from remote_console.core.exam import QueueRow, Shape
from remote_console.texts import say, tr
from remote_console.ui import theme
from remote_console.ui.pieces import FoldedLabel, column, label, row


class StateMark(QWidget):
    """A ring, pie, disc, square, cross … 16 px wide."""

    def __init__(self) -> None:
        super().__init__()
        self._shape, self._fraction, self._colour = Shape.RING, 0.0, theme.ACCENT
        self.setFixedSize(18, 18)

    def show_state(self, shape: Shape, fraction: float, colour: str) -> None:
        """`fraction` fills a pie."""
        self._shape, self._fraction, self._colour = shape, fraction, colour
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(2, 2, 14, 14)
        main, ok, faint = QColor(self._colour), QColor(theme.OK), QColor(theme.FAINT)
        match self._shape:
            case Shape.RING:
                painter.setPen(QPen(faint, 2))
                painter.drawEllipse(box)
            case Shape.CLOCK:
                painter.setPen(QPen(main, 2))
                painter.drawEllipse(box)
                painter.drawPolyline([QPointF(9, 5), QPointF(9, 9), QPointF(12, 11)])
            case Shape.PIE:
                painter.setPen(QPen(main, 2))
                painter.drawEllipse(box)
                painter.setBrush(main)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.drawPie(box, 90 * 16, -round(360 * 16 * self._fraction))
            case Shape.DISC:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(ok)
                painter.drawEllipse(box)
                painter.setPen(QPen(QColor(theme.PANEL), 2))
                painter.drawPolyline([QPointF(5.5, 9), QPointF(8, 11.5), QPointF(12.5, 6.5)])
            case Shape.HALF:
                painter.setPen(QPen(ok, 2))
                painter.drawEllipse(box)
                painter.setBrush(ok)
                painter.drawPie(box, 270 * 16, 180 * 16)
            case Shape.SQUARE:
                painter.setPen(QPen(QColor(theme.AMBER), 2))
                painter.drawRect(QRectF(3, 3, 12, 12))
                fill = QRectF(3, 15 - 12 * self._fraction, 12, 12 * self._fraction)
                painter.fillRect(fill, QColor(theme.AMBER))
            case Shape.CROSS:
                painter.setPen(QPen(QColor(theme.AMBER), 2.4))
                painter.drawLine(QPointF(4, 4), QPointF(14, 14))
                painter.drawLine(QPointF(14, 4), QPointF(4, 14))
            case Shape.QUESTION:
                painter.setPen(QColor(theme.AMBER))
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "?")
                painter.drawEllipse(box)


class QueueRowWidget(QWidget):
    """A row that is chosen by a click, and opened by a double click."""

    chosen = Signal(str)
    opened = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._row: QueueRow | None = None
        self._colour = theme.ACCENT
        self._mark = StateMark()
        self.name = FoldedLabel("")
        self.tags = FoldedLabel("amberSmall")
        self.time = label(kind="dim")
        self._note = FoldedLabel("small")
        layout = row(self, margins=(14, 6, 14, 6), gap=10)
        words = column(gap=1)
        words.addWidget(self.name)
        words.addWidget(self.tags)
        words.addWidget(self._note)
        layout.addWidget(self._mark)
        layout.addLayout(words, 1)
        layout.addWidget(self.time)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_state(self, state: QueueRow, colour: str) -> None:
        """Replace everything shown."""
        if state == self._row and colour == self._colour:
            return
        self._row, self._colour = state, colour
        self._mark.show_state(state.shape, state.fraction, colour)
        self.name.setText(state.name)
        self.tags.setText(" · ".join(say(t) for t in state.tags))
        self.tags.setVisible(bool(state.tags))
        note = say(state.note)
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self.time.setText(say(state.time))
        self.setToolTip(f"{state.name}: {say(state.hint)}")
        chosen = tr("chosen") if state.selected else ""
        self.setAccessibleName(f"{state.name}, {say(state.hint)}, {chosen}")
        self.update()

    def retranslate(self) -> None:
        """Say everything again in the language in use."""
        if (state := self._row) is not None:
            self._row = None
            self.show_state(state, self._colour)

    @property
    def step_id(self) -> str:
        """The step shown."""
        return self._row.step_id if self._row else ""

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._row is not None and self._row.selected:
            painter = QPainter(self)
            painter.fillRect(self.rect(), QColor(theme.SELECTED))
            painter.fillRect(0, 0, 3, self.height(), QColor(self._colour))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.chosen.emit(self.step_id)

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self.opened.emit(self.step_id)

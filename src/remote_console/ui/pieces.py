"""Small pieces every panel is made of: labels with a kind, lines, buttons, layouts without margins."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QVBoxLayout,
    QWidget,
)

L = TypeVar("L", bound=QBoxLayout)


def label(text: str = "", kind: str = "", *, wrap: bool = False) -> QLabel:
    """A plain-text label; markup in a name or note is never interpreted."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if kind:
        made.setProperty("kind", kind)
    if wrap:
        made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    return made


def set_kind(widget: QWidget, kind: str) -> None:
    """Change the look of a widget, only where it really changes."""
    if widget.property("kind") != kind:
        widget.setProperty("kind", kind)
        restyle(widget)


def restyle(widget: QWidget) -> None:
    """Let the style sheet look at the widget's properties again."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def button(text: str, pressed: Callable[[], object], kind: str = "") -> QPushButton:
    """A push button."""
    made = QPushButton(text)
    if kind:
        made.setProperty("kind", kind)
    made.clicked.connect(lambda _checked=False: pressed())
    return made


def column(
    parent: QWidget | None = None, *, margins: tuple[int, int, int, int] = (0, 0, 0, 0), gap: int = 0
) -> QVBoxLayout:
    """A vertical layout."""
    return _dress(QVBoxLayout(parent) if parent else QVBoxLayout(), margins, gap)


def row(
    parent: QWidget | None = None, *, margins: tuple[int, int, int, int] = (0, 0, 0, 0), gap: int = 8
) -> QHBoxLayout:
    """A horizontal layout."""
    return _dress(QHBoxLayout(parent) if parent else QHBoxLayout(), margins, gap)


def _dress(layout: L, margins: tuple[int, int, int, int], gap: int) -> L:
    layout.setContentsMargins(*margins)
    layout.setSpacing(gap)
    return layout


def line(*, vertical: bool = False) -> QFrame:
    """A hairline."""
    made = QFrame()
    made.setObjectName("line")
    if vertical:
        made.setFixedWidth(1)
    else:
        made.setFixedHeight(1)
    return made


def clear(layout: QLayout) -> None:
    """Take every widget out of a layout and let Qt delete it."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)


class Tile(QWidget):
    """The scanner's letter in its colour."""

    def __init__(self, side: int = 26) -> None:
        super().__init__()
        self._letter, self._colour, self._side = "", QColor(), side
        self.setFixedSize(side, side)

    def show_state(self, letter: str, colour: str) -> None:
        """Letter and colour belong together."""
        self._letter, self._colour = letter, QColor(colour)
        self.setAccessibleName(letter)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(self._colour)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(self.rect(), 6, 6)
        font = self.font()
        font.setBold(True)
        font.setPixelSize(self._side * 11 // 20)
        painter.setFont(font)
        painter.setPen(QColor("#0d1116"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._letter)


class Bar(QWidget):
    """A thin bar of a share, with an optional tick."""

    def __init__(self) -> None:
        super().__init__()
        self.fraction, self._colour, self._tick = 0.0, QColor("#8fa1b3"), -1.0
        self.setFixedHeight(6)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_state(self, fraction: float, colour: str, tick: float | None = None) -> None:
        """`fraction` and `tick` in 0 … 1."""
        self.fraction = min(1.0, max(0.0, fraction))
        self._colour, self._tick = QColor(colour), -1.0 if tick is None else tick
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#2b343e"))
        painter.drawRoundedRect(0, 1, self.width(), 4, 2, 2)
        painter.setBrush(self._colour)
        painter.drawRoundedRect(0, 1, round(self.width() * self.fraction), 4, 2, 2)
        if self._tick >= 0:
            painter.setBrush(QColor("#e7ecf1"))
            painter.drawRect(round(self.width() * self._tick) - 1, 0, 2, 6)


class ChoiceBox(QComboBox):
    """A combo box with its arrow; the wheel scrolls the page, not the choice."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setPen(QColor("#97a4b1" if self.isEnabled() else "#4c5762"))
        painter.drawText(
            self.rect().adjusted(0, 0, -8, 0),
            int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter),
            "▾",
        )

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class TickBox(QCheckBox):
    """A check box with a tick, so that ticked does not rest on colour alone."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.isChecked():
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        box = self.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self)
        painter = QPainter(self)
        painter.setPen(QColor("#0d1116"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "✓")


class FoldedLabel(QLabel):
    """Wrapped words that claim exactly the height they need at their width, at once.

    A grid keeps heights that depend on widths and squeezes what grew meanwhile; a fixed height it honours.
    """

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setProperty("kind", kind)

    def hasHeightForWidth(self) -> bool:
        return False

    def setText(self, text: str) -> None:
        if text != self.text():
            super().setText(text)
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        before = self.minimumHeight()
        self.setMinimumHeight(0)  # a label never says that it needs less than its least height
        height = max(1, self.heightForWidth(self.width()))
        if height == before:
            self.setMinimumHeight(before)
        else:
            self.setFixedHeight(height)


class ElidedLabel(QLabel):
    """One line that ends in … where there is no room; the whole text is its tool tip.

    `natural`: it takes the room of its text while there is enough, otherwise whatever is left.
    """

    def __init__(self, text: str = "", kind: str = "", *, natural: bool = False) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        wide = QSizePolicy.Policy.Maximum if natural else QSizePolicy.Policy.Ignored
        self.setSizePolicy(wide, QSizePolicy.Policy.Preferred)
        if kind:
            self.setProperty("kind", kind)

    def minimumSizeHint(self) -> QSize:
        return QSize(24, super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        self.setToolTip(self.text() if shown != self.text() else "")
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), shown)

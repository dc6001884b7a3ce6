"""One scanner on the fleet strip."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QBrush, QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from mr_contract.vocabulary import LinkGrade
from remote_console.core.alarms import COLOUR
from remote_console.core.fleet import ScannerKey
from remote_console.core.fleet_cards import CardState
from remote_console.core.picture_tiles import TileState
from remote_console.texts import say, tr
from remote_console.ui import theme
from remote_console.ui.picture_tile import PictureTile
from remote_console.ui.pieces import Bar, FoldedLabel, Tile, column, label, row, set_kind

PICTURE_PX = 84


class ScannerCard(QWidget):
    """Colour bar, letter, name, patient band, state, step and time left, who controls, link."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._state: CardState | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._tile = Tile()
        self.name, self._band, self.step = FoldedLabel("strong"), FoldedLabel("small"), FoldedLabel("")
        self._left = label(kind="dim")
        self._bar = Bar()
        self.control = FoldedLabel("small")
        self._link = label(kind="small")
        self.picture = PictureTile(small=True)
        self.picture.setFixedHeight(PICTURE_PX)
        self.picture.hide()
        body = column(self, margins=(14, 10, 10, 10), gap=0)
        top = row(gap=8)
        names = column()
        names.addWidget(self.name)
        names.addWidget(self._band)
        top.addWidget(self._tile)
        top.addLayout(names, 1)
        middle = row(gap=8)
        middle.addWidget(self.step, 1)
        middle.addWidget(self._left)
        bottom = row(gap=8)
        bottom.addWidget(self.control, 1)
        bottom.addWidget(self._link)
        body.addLayout(top)
        body.addSpacing(9)
        body.addWidget(self.picture)
        body.addSpacing(4)
        body.addLayout(middle)
        body.addSpacing(4)
        body.addWidget(self._bar)
        body.addSpacing(5)
        body.addLayout(bottom)

    def retranslate(self) -> None:
        """Say everything again in the language in use."""
        if (state := self._state) is not None:
            self._state = None
            self.show_state(state)

    @property
    def key(self) -> ScannerKey | None:
        """The scanner shown."""
        return self._state.key if self._state else None

    def show_state(self, state: CardState) -> None:
        """Replace everything shown."""
        if state == self._state:
            return
        self._state = state
        self._tile.show_state(state.letter, state.colour)
        self.name.setText(state.name)
        self._band.setText(say(state.band))
        mark = "▲ " if state.asks or state.unknown else ""
        self.step.setText(mark + say(state.state))
        set_kind(self.step, "amber" if state.asks or state.unknown else "")
        self._left.setText(say(state.left))
        self._bar.setVisible(state.fraction is not None)
        self._bar.show_state(state.fraction or 0.0, state.colour)
        self.control.setText(("● " if state.yours else "○ ") + say(state.control))
        slow = state.grade in {LinkGrade.AMBER, LinkGrade.RED}
        self._link.setText(("▲ " if slow else "") + state.link)
        set_kind(self._link, "amberSmall" if slow else "small")
        where = tr("in focus") if state.focused else ""
        self.setAccessibleName(f"{state.letter}, {state.name}, {say(state.state)}, {where}")
        self.update()

    def show_picture(self, tile: TileState | None, image: QImage | None) -> None:
        """The first of the scanner's cameras; none where it may not be viewed."""
        self.picture.setVisible(tile is not None)
        if tile is not None:
            self.picture.show_state(tile, image)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._state is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = self.rect().adjusted(1, 1, -1, -1)
        ring = QColor(self._state.colour if self._state.focused or self.hasFocus() else theme.LINE)
        if self._state.alarm is not None:
            ring = QColor(COLOUR[self._state.alarm])
        painter.setPen(QPen(ring, 2 if self._state.alarm is not None else 1))
        painter.setBrush(QColor(theme.FOCUS if self._state.focused else theme.PANEL))
        painter.drawRoundedRect(frame, 8, 8)
        if self._state.unknown:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QBrush(QColor(255, 255, 255, 26), Qt.BrushStyle.BDiagPattern))
            painter.drawRoundedRect(frame, 8, 8)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.TEXT), 1, Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(frame.adjusted(3, 3, -3, -3), 6, 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._state.colour))
        painter.drawRoundedRect(1, 1, 5, self.height() - 2, 2, 2)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self._state:
            self.chosen.emit(self._state.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Space} and self._state:
            self.chosen.emit(self._state.key)
        else:
            super().keyPressEvent(event)

"""Bars of what an edit costs and gives, and below them what the patient was exposed to so far."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from remote_console.core.effects import EffectBar
from remote_console.core.phrases import Words
from remote_console.texts import say
from remote_console.ui import theme
from remote_console.ui.pieces import Bar, ElidedLabel, FoldedLabel, column, line, set_kind

WIDE_CELL, NARROW_CELL = 132, 118


class _Cell(QWidget):
    """Title, value, bar."""

    def __init__(self) -> None:
        super().__init__()
        self.title, self.value, self.bar = ElidedLabel(kind="small"), ElidedLabel(kind="value"), Bar()
        self.size_kind, self.over = "value", False
        lines = column(self, gap=2)
        for part in (self.title, self.value, self.bar):
            lines.addWidget(part)

    def show_state(self, state: EffectBar) -> None:
        """Replace everything shown."""
        self.title.setText(say(state.title))
        self.value.setText(("▲ " if state.over else "") + say(state.value))
        self.over = state.over
        self.dress()
        self.bar.show_state(state.fraction, theme.AMBER if state.over else theme.BAR, state.tick)

    def dress(self) -> None:
        """In amber where it is over its limit, in the size that there is room for."""
        over = "amberValue" if self.size_kind else "amber"
        set_kind(self.value, over if self.over else self.size_kind)


class EffectBars(QWidget):
    """As many abreast as there is room for; hidden without a step."""

    def __init__(self) -> None:
        super().__init__()
        outer = column(self, gap=8)
        outer.addWidget(line())
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(6)
        self._bars, self._words = QWidget(), FoldedLabel("small")
        self._bars.setLayout(self._grid)
        outer.addWidget(self._bars)
        outer.addWidget(self._words)
        self._words.hide()
        self.so_far = FoldedLabel("small")
        outer.addWidget(self.so_far)
        self.so_far.hide()
        self._cells: list[_Cell] = []
        self._columns = 5

    def show_state(self, bars: tuple[EffectBar, ...]) -> None:
        """Replace everything shown."""
        while len(self._cells) < len(bars):
            self._cells.append(_Cell())
            self._arrange()
        for cell, state in zip(self._cells, bars, strict=False):
            cell.show_state(state)
        self._words.setText(
            " · ".join(f"{cell.title.text()} {cell.value.text()}" for cell in self._cells[: len(bars)])
        )
        self.setVisible(bool(bars))

    def show_so_far(self, words: Words) -> None:
        """Running averages, while a scan runs."""
        self.so_far.setText(say(words))
        self.so_far.setVisible(bool(self.so_far.text()))

    def show_low(self, *, low: bool) -> None:
        """Where there is little room: the same in words."""
        self._bars.setVisible(not low)
        self._words.setVisible(low)

    def _arrange(self) -> None:
        for number, cell in enumerate(self._cells):
            self._grid.addWidget(cell, *divmod(number, self._columns))
        for number in range(5):
            self._grid.setColumnStretch(number, 1 if number < self._columns else 0)

    def resizeEvent(self, _event: QResizeEvent) -> None:
        size = "value" if self.width() >= 5 * WIDE_CELL else ""
        for cell in self._cells:
            if cell.size_kind != size:
                cell.size_kind = size
                cell.dress()
        columns = 5 if self.width() >= 5 * NARROW_CELL else 3
        if columns != self._columns:
            self._columns = columns
            self._arrange()

    def texts(self) -> tuple[str, ...]:
        """What the bars say."""
        return tuple(cell.value.text() for cell in self._cells)

"""Bars of what an edit costs and gives."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QWidget

from remote_console.core.effects import EffectBar
from remote_console.texts import say
from remote_console.ui import theme
from remote_console.ui.pieces import Bar, ElidedLabel, column, label, line, row, set_kind


class EffectBars(QWidget):
    """Title, value and bar of each; hidden without a step."""

    def __init__(self) -> None:
        super().__init__()
        outer = column(self, gap=8)
        outer.addWidget(line())
        self._row = row(gap=14)
        outer.addLayout(self._row)
        self._cells: list[tuple[QLabel, QLabel, Bar]] = []

    def show_state(self, bars: tuple[EffectBar, ...]) -> None:
        """Replace everything shown."""
        while len(self._cells) < len(bars):
            cell = (ElidedLabel(kind="small"), label(kind="value"), Bar())
            lines = column(gap=2)
            for part in cell:
                lines.addWidget(part)
            self._row.addLayout(lines, 1)
            self._cells.append(cell)
        for (title, value, bar), state in zip(self._cells, bars, strict=False):
            title.setText(say(state.title))
            value.setText(("▲ " if state.over else "") + say(state.value))
            set_kind(value, "amber" if state.over else "value")
            bar.show_state(state.fraction, theme.AMBER if state.over else theme.BAR, state.tick)
        self.setVisible(bool(bars))

    def texts(self) -> tuple[str, ...]:
        """What the bars say."""
        return tuple(value.text() for _, value, _ in self._cells)

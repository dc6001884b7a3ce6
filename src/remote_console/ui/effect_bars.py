"""Bars of what an edit costs and gives, and the exposure below them."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from remote_console.core.effects import EffectBar
from remote_console.core.exposure_table import ExposureTable
from remote_console.core.phrases import p
from remote_console.texts import say
from remote_console.ui import theme
from remote_console.ui.exposure_grid import ExposureGrid, exposure_words
from remote_console.ui.pieces import Bar, ElidedLabel, FoldedLabel, column, line, row


class _Cell(QWidget):
    """Title, value, bar."""

    def __init__(self) -> None:
        super().__init__()
        self.title, self.value, self.bar = ElidedLabel(kind="small"), ElidedLabel(), Bar()
        lines = column(self, gap=2)
        for part in (self.title, self.value, self.bar):
            lines.addWidget(part)

    def show_state(self, state: EffectBar) -> None:
        """Replace everything shown."""
        self.title.setText(say(state.title))
        self.value.setText(say(state.value))
        self.bar.show_state(state.fraction, theme.BAR, state.tick)


class EffectBars(QWidget):
    """Hidden without a step."""

    def __init__(self) -> None:
        super().__init__()
        outer = column(self, gap=8)
        outer.addWidget(line())
        self._bars = QWidget()
        self._row = row(self._bars, gap=14)
        self._words = FoldedLabel("small")
        self.exposure = ExposureGrid()
        for part in (self._bars, self._words, self.exposure):
            outer.addWidget(part)
        self.exposure_words = FoldedLabel("small")
        """In place of the table where there is little room: to be put where it can be scrolled."""
        self._cells: list[_Cell] = []
        self.show_low(low=False)
        self.hide()

    def show_state(self, bars: tuple[EffectBar, ...], exposure: ExposureTable | None) -> None:
        """Replace everything shown."""
        while len(self._cells) < len(bars):
            self._cells.append(_Cell())
            self._row.addWidget(self._cells[-1], 1)
        for cell, state in zip(self._cells, bars, strict=False):
            cell.show_state(state)
        self._words.setText(
            " · ".join(say(p("{what}: {words}", what=bar.title, words=bar.value)) for bar in bars)
        )
        if exposure is not None:
            self.exposure.show_state(exposure)
        self.exposure_words.setText(exposure_words(exposure) if exposure else "")
        self.setVisible(bool(bars))

    def show_low(self, *, low: bool) -> None:
        """Where there is little room: the same in words."""
        for part, in_words in (
            (self._bars, False), (self._words, True),
            (self.exposure, False), (self.exposure_words, True),
        ):  # fmt: skip
            part.setVisible(low is in_words)

    def texts(self) -> tuple[str, ...]:
        """What the bars say."""
        return tuple(cell.value.text() for cell in self._cells)

"""The exposure as a table: a column to a quantity, predicted first, then what ran so far."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from remote_console.core.exposure_table import Cell, ExposureTable, LabelLine, Quantity
from remote_console.core.phrases import p
from remote_console.texts import say
from remote_console.ui import theme
from remote_console.ui.pieces import Bar, FoldedLabel, column, label, set_kind

WARNING = "▲ "
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ExposureGrid(QWidget):
    """Amber and ▲ where a value is above its limit, and over what takes a step out of normal mode."""

    def __init__(self) -> None:
        super().__init__()
        outer = column(self, gap=4)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(5)
        self._grid.setVerticalSpacing(2)
        outer.addLayout(self._grid)
        self._labels: dict[tuple[int, int], QLabel] = {}
        self._bars: list[Bar] = []
        self._lines = column(gap=0)
        outer.addLayout(self._lines)
        self.implants: list[FoldedLabel] = []

    def show_state(self, state: ExposureTable) -> None:
        """Replace everything shown."""
        mode = (WARNING if state.raised else "") + say(state.mode)
        self._say((0, 0), mode, "amberSmall" if state.raised else "small")
        for place, quantity in enumerate(state.quantities, 1):
            self._head(place, quantity)
            self._bar(place, state.rows[0].cells[place - 1])
        for number, shown in enumerate(state.rows):
            line = number + 1 if number == 0 else number + 2  # the bars lie below the prediction
            self._say((line, 0), say(shown.title), "small")
            for place, cell in enumerate(shown.cells, 1):
                words = (WARNING if cell.over else "") + cell.words
                self._say((line, place), words, "amberSmall" if cell.over else "plain")
        for (line, _), made in self._labels.items():
            made.setVisible(line <= 1 or line <= len(state.rows) + 1)
        self._show_labels(state.labels)

    def _show_labels(self, lines: tuple[LabelLine, ...]) -> None:
        while len(self.implants) < len(lines):
            self.implants.append(FoldedLabel("plain"))
            self._lines.addWidget(self.implants[-1])
        for number, made in enumerate(self.implants):
            made.setVisible(number < len(lines))
        for made, own in zip(self.implants, lines, strict=False):
            made.setText((WARNING if own.over else "") + say(own.words))
            set_kind(made, "amberSmall" if own.over else "plain")

    def _head(self, place: int, quantity: Quantity) -> None:
        words = f"{say(quantity.title)}\n{WARNING if quantity.raised else ''}{say(quantity.unit)}"
        made = self._say((0, place), words, "amberSmall" if quantity.raised else "small")
        made.setToolTip(say(quantity.note) if quantity.note else "")

    def _say(self, place: tuple[int, int], words: str, kind: str) -> QLabel:
        if place not in self._labels:
            made = label(kind=kind, wrap=place == (0, 0))
            if place[1] > 0:
                made.setAlignment(RIGHT)
                self._grid.setColumnStretch(place[1], 1)
            self._grid.addWidget(made, *place)
            self._labels[place] = made
        shown = self._labels[place]
        shown.setText(words)
        set_kind(shown, kind)
        return shown

    def _bar(self, place: int, cell: Cell) -> None:
        while len(self._bars) < place:
            self._bars.append(Bar())
            self._grid.addWidget(self._bars[-1], 2, len(self._bars))
        share = cell.share
        self._bars[place - 1].setVisible(share is not None)
        self._bars[place - 1].show_state(share or 0.0, theme.AMBER if cell.over else theme.BAR)

    def texts(self) -> tuple[tuple[str, ...], ...]:
        """What the table says, line by line."""
        shown: dict[int, list[str]] = {}
        for (line, _), own in sorted(self._labels.items()):
            if not own.isHidden():
                shown.setdefault(line, []).append(own.text())
        return tuple(map(tuple, shown.values()))


def exposure_words(state: ExposureTable) -> str:
    """The same as a text, where there is no room for a table."""
    said = [say(state.mode)]
    for shown in state.rows:
        cells = (
            f"{say(quantity.title)} {WARNING if cell.over else ''}{cell.words} {say(quantity.unit)}"
            for quantity, cell in zip(state.quantities, shown.cells, strict=True)
            if cell.words
        )
        said.append(say(p("{what}: {words}", what=shown.title, words=", ".join(cells))))
    said += [(WARNING if own.over else "") + say(own.words) for own in state.labels]
    return " · ".join(said)

"""The series of a step beside its images, to choose from."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from remote_console.core.series_list import SeriesRow
from remote_console.texts import say
from remote_console.ui.pieces import restyle

WIDTH_PX = 200


class SeriesList(QListWidget):
    """Hidden where there is but one. The keyboard stays with the images: keys of theirs choose a series."""

    series_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("series")
        self.setFixedWidth(WIDTH_PX)
        self.setWordWrap(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # lines are broken beside it
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self._rows: tuple[SeriesRow, ...] = ()
        self._said: tuple[str, ...] = ()
        self.currentRowChanged.connect(self._choose)
        restyle(self)
        self.hide()

    def show_state(self, rows: tuple[SeriesRow, ...]) -> None:
        """Replace everything shown."""
        said = tuple(f"{row.title}\n{say(row.words)}" for row in rows)
        with QSignalBlocker(self):
            if said != self._said:
                self.clear()
                for words in said:
                    item = QListWidgetItem(words, self)
                    item.setToolTip(words)
            chosen = next((place for place, row in enumerate(rows) if row.looked_at), -1)
            if chosen != self.currentRow():
                self.setCurrentRow(chosen)
        self._rows, self._said = rows, said
        self.setVisible(bool(rows))

    def go_on(self, by: int) -> None:
        """To another series; stops at both ends."""
        if self._rows:
            self.setCurrentRow(min(max(self.currentRow() + by, 0), len(self._rows) - 1))

    def _choose(self, place: int) -> None:
        if 0 <= place < len(self._rows):
            self.series_chosen.emit(self._rows[place].uid)

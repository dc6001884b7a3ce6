"""The fleet: a card for each scanner, by letter."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from remote_console.core.fleet_cards import CardState
from remote_console.texts import tr
from remote_console.ui.pieces import button, column, label
from remote_console.ui.scanner_card import ScannerCard


class FleetStrip(QFrame):
    """Cards from top to bottom; the keyboard belongs to the one in focus."""

    chosen = Signal(object)
    connect_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("side")
        self.cards: list[ScannerCard] = []
        outer = column(self, margins=(10, 10, 10, 10), gap=8)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        self._column = column(inside, gap=10)
        self._column.addStretch(1)
        area.setWidget(inside)
        self._empty = label(kind="small", wrap=True)
        self.connect_button = button("", self.connect_asked.emit, "quiet")
        outer.addWidget(self._empty)
        outer.addWidget(area, 1)
        outer.addWidget(self.connect_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.retranslate()

    def retranslate(self) -> None:
        """Say everything again in the language in use."""
        self._empty.setText(tr("No site yet"))
        self._name_connect()
        for card in self.cards:
            card.retranslate()

    def show_state(self, cards: tuple[CardState, ...]) -> None:
        """Replace everything shown."""
        while len(self.cards) < len(cards):
            card = ScannerCard()
            card.chosen.connect(self.chosen)
            self._column.insertWidget(len(self.cards), card)
            QWidget.setTabOrder(self.cards[-1] if self.cards else self, card)
            self.cards.append(card)
        while len(self.cards) > len(cards):
            self.cards.pop().deleteLater()
        for widget, state in zip(self.cards, cards, strict=True):
            widget.show_state(state)
        self._empty.setVisible(not cards)
        self._name_connect()

    def _name_connect(self) -> None:
        self.connect_button.setText(
            "+ " + (tr("Connect another site") if self.cards else tr("Connect a site"))
        )

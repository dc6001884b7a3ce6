"""The protocol queue, thumbnails of the step in hand, and the menu of approved protocols."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QMenu, QScrollArea, QWidget

from mr_contract.console_messages import ProtocolOffer
from remote_console.core.exam import QueueState
from remote_console.core.images import SliceImage
from remote_console.texts import say, tr
from remote_console.ui.pieces import FoldedLabel, button, column, label, row
from remote_console.ui.queue_row import QueueRowWidget
from remote_console.ui.thumbnails import Thumbnails

LOW_PX = 340


class QueuePanel(QFrame):
    """Steps with state, time left and deviations."""

    step_chosen = Signal(str)
    series_opened = Signal(str)
    repeat_asked = Signal(str)
    protocols_wanted = Signal()
    protocol_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._state: QueueState | None = None
        self._offers: tuple[ProtocolOffer, ...] = ()
        self.rows: list[QueueRowWidget] = []
        self._title = FoldedLabel("heading")
        self.left = label(kind="heading")
        self._empty = label(kind="dim", wrap=True)
        self.open_button = button("", self.ask_protocols, "quiet")
        self.repeat_button = button("", self._repeat, "quiet")
        self.thumbnails = Thumbnails()
        self.thumbnails.chosen.connect(lambda: self.series_opened.emit(self._selected()))
        self._menu = QMenu(self)
        self._area = QScrollArea()
        self._shown = ""
        self._build()
        self.retranslate()

    def _build(self) -> None:
        layout = column(self, margins=(0, 8, 0, 8))
        head = row(margins=(14, 4, 14, 6))
        head.addWidget(self._title, 1)
        head.addWidget(self.left, 0, Qt.AlignmentFlag.AlignTop)
        area = self._area
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        self._column = column(inside)
        self._empty.setContentsMargins(14, 6, 14, 6)
        self._column.addWidget(self._empty)
        self._column.addStretch(1)
        area.setWidget(inside)
        foot = row(margins=(8, 2, 8, 2), gap=2)
        foot.addWidget(self.open_button)
        foot.addStretch(1)
        foot.addWidget(self.repeat_button)
        layout.addLayout(head)
        layout.addWidget(area, 1)
        layout.addLayout(foot)
        layout.addWidget(self.thumbnails)

    def retranslate(self) -> None:
        """Say everything again in the language in use."""
        self.open_button.setText(tr("Open protocol …"))
        self.repeat_button.setText(tr("Repeat …"))
        self._empty.setText(tr("Open an approved protocol to begin"))
        self._menu.clear()
        for widget in self.rows:
            widget.retranslate()

    def show_state(self, state: QueueState, colour: str) -> None:
        """Replace everything shown."""
        self._state = state
        self._title.setText(say(state.title))
        self.left.setText(say(state.left))
        while len(self.rows) < len(state.rows):
            widget = QueueRowWidget()
            widget.chosen.connect(self.step_chosen)
            widget.opened.connect(self.series_opened)
            self._column.insertWidget(len(self.rows), widget)
            self.rows.append(widget)
        while len(self.rows) > len(state.rows):
            gone = self.rows.pop()
            gone.hide()
            gone.deleteLater()
        for widget, step in zip(self.rows, state.rows, strict=True):
            widget.show_state(step, colour)
        self._empty.setVisible(state.wants_protocol)
        self.open_button.setEnabled(state.may_open_protocol)
        chosen = next((r for r in state.rows if r.selected), None)
        self._bring_into_sight(chosen.step_id if chosen else "")
        self.repeat_button.setEnabled(state.may_open_protocol and chosen is not None and chosen.may_repeat)

    def _bring_into_sight(self, step_id: str) -> None:
        """A step that was newly chosen; otherwise the list stays where a person scrolled it."""
        if step_id == self._shown:
            return
        self._shown = step_id
        for widget in self.rows:
            if widget.step_id == step_id:
                self._column.activate()
                self._area.ensureWidgetVisible(widget)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """On a low screen the steps matter more than the thumbnails; the images have their own page."""
        super().resizeEvent(event)
        self.thumbnails.show_low(low=event.size().height() < LOW_PX)

    def show_images(self, title: str, images: tuple[SliceImage, ...], *, quarantined: bool = False) -> None:
        """Thumbnails of the step in hand."""
        self.thumbnails.show_state(title, images, quarantined=quarantined)

    def show_protocols(self, offers: tuple[ProtocolOffer, ...]) -> None:
        """What the scanner holds; a protocol that is not approved cannot be chosen."""
        if offers == self._offers and not self._menu.isEmpty():
            return
        self._offers = offers
        self._menu.clear()
        for offer in offers:
            words = f"{offer.name} v{offer.version}"
            action = self._menu.addAction(words if offer.approved else f"{words} — {tr('not approved')}")
            action.setEnabled(offer.approved)
            action.triggered.connect(lambda _checked=False, o=offer: self.protocol_chosen.emit(o.protocol_id))
        if not offers:
            self._menu.addAction(tr("asking the scanner …")).setEnabled(False)
        if self._menu.isVisible():
            self._pop_up()

    @property
    def menu(self) -> QMenu:
        """The menu of protocols."""
        return self._menu

    def ask_protocols(self) -> None:
        """Ask the scanner for its protocols and show what is known of them."""
        if not self.open_button.isEnabled():
            return
        self.protocols_wanted.emit()
        self.show_protocols(self._offers)
        self._pop_up()

    def _pop_up(self) -> None:
        """Above its button; with the keyboard, Return takes the first that is approved."""
        above = QPoint(0, -self._menu.sizeHint().height())
        self._menu.popup(self.open_button.mapToGlobal(above))
        first = next((a for a in self._menu.actions() if a.isEnabled()), None)
        if first is not None:
            self._menu.setActiveAction(first)

    def _repeat(self) -> None:
        if step := self._selected():
            self.repeat_asked.emit(step)

    def _selected(self) -> str:
        rows = self._state.rows if self._state else ()
        return next((r.step_id for r in rows if r.selected), "")

"""Every interlock of the scanner in focus, who can clear it, and the two buttons all of it is for."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from remote_console.core.phrases import NOTHING, p
from remote_console.core.readiness import FirstLevelOffer, Press, ReadinessRow, ReadinessState, RowState
from remote_console.core.signing import SigningOffer
from remote_console.texts import say, tr
from remote_console.ui.pieces import FoldedLabel, button, column, label, row, set_kind
from remote_console.ui.start_button import StartButton
from remote_console.ui.stop_button import StopButton

MARKS = {
    RowState.CLOSED: ("✓", "ok"),
    RowState.OPEN: ("▲", "amber"),
    RowState.UNKNOWN: ("?", "amber"),
    RowState.WAITING: ("◔", "dim"),
    RowState.EXCEPTED: ("!", "amber"),
}


_R = Qt.FocusReason
BY_KEY = {_R.TabFocusReason, _R.BacktabFocusReason, _R.ShortcutFocusReason}
ROW_GAPS_PX = 40  # the mark, and what lies between the parts of a row
NO_SCANNER = ReadinessState(
    title=p("No scanner in focus"),
    summary=NOTHING,
    rows=(),
    start_caption=p("Start"),
    start_target=p("no scanner"),
    press=Press.START,
    may_press=False,
    hold_s=0.0,
    offer=None,
    to_clear=0,
)


class ReadinessPanel(QFrame):
    """The list above, START and STOP below, always in the same place."""

    start_pressed = Signal(object)
    arm_pressed = Signal(object)
    disarm_pressed = Signal(object)
    stop_pressed = Signal()
    first_level_decided = Signal(object)
    signature_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("side")
        self._rows: tuple[ReadinessRow, ...] | None = None
        self._widgets: list[_RowWidget] = []
        self.title = FoldedLabel("strong")
        self.summary = label(kind="dim")
        self.start = StartButton()
        self.stop = StopButton()
        self._area = QScrollArea()
        self.stop_note = label(kind="amber", wrap=True)
        self.stop_note.hide()
        self._offer: FirstLevelOffer | None = None
        self.decide_button = button("", self.decide, "decide")
        self._signing: SigningOffer | None = None
        self.sign_button = button("", self.sign, "decide")
        self.sign_button.hide()
        self.start.pressed_for.connect(self._pressed)
        self.start.leaves_focus.connect(self._area.setFocus)  # on STOP, Space would stop
        self.stop.stop_pressed.connect(self.stop_pressed)
        self._build()

    def _build(self) -> None:
        layout = column(self, margins=(14, 10, 14, 10), gap=8)
        head = row()
        head.addWidget(self.title, 1)
        head.addWidget(self.summary, 0, Qt.AlignmentFlag.AlignTop)
        area = self._area
        area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        area.installEventFilter(self)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        self._list = column(inside, margins=(3, 2, 6, 2), gap=4)
        self._list.addStretch(1)
        area.setWidget(inside)
        buttons = row(gap=10)
        buttons.addWidget(self.start, 1)
        buttons.addWidget(self.stop)
        layout.addLayout(head)
        layout.addWidget(area, 1)
        layout.addWidget(self.sign_button)
        layout.addWidget(self.decide_button)
        layout.addWidget(self.stop_note)
        layout.addLayout(buttons)

    def show_state(self, state: ReadinessState) -> None:
        """Replace everything shown; the rows only when they changed."""
        self.title.setText(say(state.title))
        self._area.setAccessibleName(f"{say(state.title)}, {say(state.summary)}")
        self.summary.setText(say(state.summary))
        set_kind(self.summary, "amber" if state.to_clear else "dim")
        self._offer = state.first_level
        self.decide_button.setVisible(self._offer is not None)
        if self._offer is not None:
            self.decide_button.setText(say(self._offer.caption))
        self.start.show_state(state)
        if state.rows != self._rows:
            self._rows = state.rows
            self._rebuild()

    def show_nothing(self) -> None:
        """Without a scanner in focus only STOP is left, and it says that it has no target."""
        self.show_state(NO_SCANNER)
        self.show_signing(None)

    def show_signing(self, offer: SigningOffer | None) -> None:
        """The screening waits for a signature of this desk, or not."""
        self._signing = offer
        self.sign_button.setText(tr("Sign the MR safety screening"))
        self.sign_button.setVisible(offer is not None)

    def show_stop_note(self, note: str) -> None:
        """What a person must know of STOP, such as that the scanner has none; always in sight."""
        self.stop_note.setText(note)
        self.stop_note.setVisible(bool(note))

    def go_to_reasons(self) -> None:
        """The keyboard to the list, where keys scroll and Space goes on to START, without a press."""
        self._area.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        key = event.key() if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyRelease else None
        if watched is self._area and key == Qt.Key.Key_Space and self.start.isEnabled():
            self.go_to_start()
        if watched is self._area and isinstance(event, QFocusEvent):
            set_kind(self._area, "framed" if event.gotFocus() and event.reason() in BY_KEY else "")
        return False

    def go_to_start(self) -> None:
        """The keyboard to START, or, where it cannot be pressed, to the reasons."""
        target = self.start if self.start.isEnabled() else self._area
        target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def retranslate(self) -> None:
        """Say everything again in the language in use."""
        self._rows = None

    def _rebuild(self) -> None:
        rows = self._rows or ()
        while len(self._widgets) < len(rows):
            made = _RowWidget()
            self._list.insertWidget(len(self._widgets), made)
            self._widgets.append(made)
        for place, widget in enumerate(self._widgets):
            widget.setVisible(place < len(rows))
            if place < len(rows):
                widget.show_state(rows[place])

    def row_texts(self) -> tuple[str, ...]:
        """What the list says, line by line."""
        return tuple(_RowWidget.words(r) for r in self._rows or ())

    def _pressed(self, press: Press, offer: object) -> None:
        signals = {
            Press.START: self.start_pressed, Press.ARM: self.arm_pressed, Press.DISARM: self.disarm_pressed,
        }  # fmt: skip
        signals[press].emit(offer)

    def decide(self) -> None:
        """This desk's half of the first level decision, where it is wanted."""
        if self._offer is not None:
            self.first_level_decided.emit(self._offer)

    def sign(self) -> None:
        """This desk's signature under the screening, where it is wanted."""
        if self._signing is not None:
            self.signature_asked.emit(self._signing)


class _RowWidget(QWidget):
    """Mark, what, who; and below, how it is cleared. The same widget serves for another row.

    The note of a closed row stands beside its title, or below it where there is too little room.
    """

    def __init__(self) -> None:
        super().__init__()
        layout = row(self, gap=8)
        self._sign, self._title = label(), label(wrap=True)
        self._below, self._beside = label(kind="small", wrap=True), label(kind="small")
        self._note = ""
        self._sign.setMinimumWidth(16)
        self._title.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._beside.setContentsMargins(0, 2, 0, 0)
        words = column(gap=0)
        words.addWidget(self._title)
        words.addWidget(self._below)
        top = Qt.AlignmentFlag.AlignTop
        layout.addWidget(self._sign, 0, top)
        layout.addLayout(words, 1)
        layout.addWidget(self._beside, 0, top)

    def show_state(self, state: ReadinessRow) -> None:
        """Replace everything shown."""
        sign, kind = MARKS[state.state]
        self._sign.setText(sign)
        set_kind(self._sign, kind)
        title, text, remedy = say(state.title), say(state.text), say(state.remedy)
        self._title.setText(tr("{title}: {text}", title=title, text=text) if text else title)
        self._below.setText(remedy)
        self._beside.setText(say(state.who))
        self._note = say(state.who) if state.state is RowState.CLOSED else ""
        self._place_note()
        self.setAccessibleName(self.words(state))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_note()

    def _place_note(self) -> None:
        if self._note:
            title = self._title.fontMetrics().horizontalAdvance(self._title.text())
            note = self._beside.fontMetrics().horizontalAdvance(self._note)
            fits = title + note + ROW_GAPS_PX <= self.width()
            self._below.setText("" if fits else self._note)
            self._beside.setText(self._note if fits else "")
        self._below.setVisible(bool(self._below.text()))
        self._beside.setVisible(bool(self._beside.text()))

    @staticmethod
    def words(state: ReadinessRow) -> str:
        """The row as one line."""
        parts = (MARKS[state.state][0], say(state.title), say(state.text), say(state.remedy), say(state.who))
        return " | ".join(p for p in parts if p)

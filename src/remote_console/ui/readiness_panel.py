"""Every interlock of the scanner in focus, who can clear it, and the two buttons all of it is for."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from remote_console.core.phrases import NOTHING, p
from remote_console.core.readiness import Press, ReadinessRow, ReadinessState, RowState
from remote_console.texts import say, tr
from remote_console.ui.pieces import ElidedLabel, button, clear, column, label, row, set_kind
from remote_console.ui.start_button import StartButton
from remote_console.ui.stop_button import StopButton

MARKS = {
    RowState.CLOSED: ("✓", "ok"),
    RowState.OPEN: ("▲", "amber"),
    RowState.UNKNOWN: ("?", "amber"),
    RowState.WAITING: ("◔", "dim"),
}


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
    first_level_decided = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("side")
        self._rows: tuple[ReadinessRow, ...] | None = None
        self.title = ElidedLabel(kind="strong")
        self.summary = label(kind="dim")
        self.start = StartButton()
        self.stop = StopButton()
        self._value: float | None = None
        self.decide_button = button("", self._decide, "decide")
        self.start.pressed_for.connect(self._pressed)
        self.stop.stop_pressed.connect(self.stop_pressed)
        self._build()

    def _build(self) -> None:
        layout = column(self, margins=(14, 10, 14, 10), gap=8)
        head = row()
        head.addWidget(self.title, 1)
        head.addWidget(self.summary)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        self._list = column(inside, margins=(0, 0, 6, 0), gap=4)
        area.setWidget(inside)
        buttons = row(gap=10)
        buttons.addWidget(self.start, 1)
        buttons.addWidget(self.stop)
        layout.addLayout(head)
        layout.addWidget(area, 1)
        layout.addWidget(self.decide_button)
        layout.addLayout(buttons)

    def show_state(self, state: ReadinessState) -> None:
        """Replace everything shown; the rows only when they changed."""
        self.title.setText(say(state.title))
        self.summary.setText(say(state.summary))
        set_kind(self.summary, "amber" if state.to_clear else "dim")
        self._value = state.first_level_w_per_kg
        self.decide_button.setVisible(self._value is not None)
        if self._value is not None:
            self.decide_button.setText(
                tr("Decide for first level up to {value} W/kg", value=f"{self._value:.1f}")
            )
        self.start.show_state(state)
        if state.rows != self._rows:
            self._rows = state.rows
            self._rebuild()

    def show_nothing(self) -> None:
        """Without a scanner in focus only STOP is left, and it says that it has no target."""
        self.show_state(NO_SCANNER)

    def retranslate(self) -> None:
        """Say everything again in the language in use."""
        self._rows = None

    def _rebuild(self) -> None:
        clear(self._list)
        for state in self._rows or ():
            self._list.addWidget(_RowWidget(state))
        self._list.addStretch(1)

    def row_texts(self) -> tuple[str, ...]:
        """What the list says, line by line."""
        return tuple(_RowWidget.words(r) for r in self._rows or ())

    def _pressed(self, press: Press, offer: object) -> None:
        signals = {
            Press.START: self.start_pressed, Press.ARM: self.arm_pressed, Press.DISARM: self.disarm_pressed,
        }  # fmt: skip
        signals[press].emit(offer)

    def _decide(self) -> None:
        if self._value is not None:
            self.first_level_decided.emit(self._value)


class _RowWidget(QWidget):
    """Mark, what, who; and below, how it is cleared."""

    def __init__(self, state: ReadinessRow) -> None:
        super().__init__()
        layout = row(self, gap=8)
        mark, kind = MARKS[state.state]
        sign = label(mark, kind)
        sign.setMinimumWidth(16)
        words = column(gap=0)
        text, remedy = say(state.text), say(state.remedy)
        closed = state.state is RowState.CLOSED
        title = say(state.title)
        words.addWidget(
            label(tr("{title}: {text}", title=title, text=text) if text else title, wrap=not closed)
        )
        if remedy:
            words.addWidget(label(remedy, "small", wrap=True))
        layout.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 0 if closed else 1)
        who = label(say(state.who), "small")
        if closed:
            who = ElidedLabel(say(state.who), "small")
            who.setAlignment(Qt.AlignmentFlag.AlignRight)
            layout.addWidget(who, 1)
        else:
            layout.addWidget(who, 0, Qt.AlignmentFlag.AlignTop)
        self.setAccessibleName(self.words(state))

    @staticmethod
    def words(state: ReadinessRow) -> str:
        """The row as one line."""
        parts = (MARKS[state.state][0], say(state.title), say(state.text), say(state.remedy), say(state.who))
        return " | ".join(p for p in parts if p)

"""The sheet of who does what: every item at its end; it can be changed and acknowledged here."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QScrollArea, QWidget

from mr_contract.responsibilities import End
from remote_console.core.responsibilities import ItemRow, ListState
from remote_console.texts import say, tr
from remote_console.ui.pieces import button, column, label, row
from remote_console.ui.sheet import Sheet


class ResponsibilitiesSheet(Sheet):
    """Two columns: at the site, and from afar."""

    move_asked = Signal(str, str)
    """Digest of the list that is shown, and the item."""
    acknowledged = Signal(str)
    """Digest of the list that is shown."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over, tr("Who does what"), (0.7, 0.7))
        self._state: ListState | None = None
        self.body.addWidget(
            label(
                tr(
                    "Every item lies at one end. After a change both acknowledge anew, before the next start."
                ),
                "dim",
                wrap=True,
            )
        )
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self.body.addWidget(self._area, 1)
        self.who = label(kind="small", wrap=True)
        self.acknowledge_button = button(tr("Acknowledge the list"), self._acknowledge, "primary")
        foot = row()
        foot.addWidget(self.who, 1)
        foot.addWidget(self.acknowledge_button)
        self.body.addLayout(foot)
        self.movers: dict[str, QWidget] = {}

    def show_state(self, state: ListState) -> None:
        """Replace everything shown."""
        if state == self._state:
            return
        self._state = state
        inside, self.movers = QWidget(), {}
        columns = row(inside, gap=18)
        for end, title in ((End.LOCAL, tr("At the site")), (End.REMOTE, tr("Remote operator"))):
            lines = column(gap=4)
            lines.addWidget(label(title, "heading"))
            for item in state.rows:
                if item.end is end:
                    lines.addWidget(self._line(item))
            lines.addStretch(1)
            columns.addLayout(lines, 1)
        self._area.setWidget(inside)
        self.who.setText(_who(state))
        self.acknowledge_button.setVisible(state.may_acknowledge)

    def _line(self, item: ItemRow) -> QWidget:
        line = QWidget()
        parts = row(line)
        words = say(item.words)
        shown = label(("⇄ " if item.moved else "") + words, "strong" if item.moved else "", wrap=True)
        parts.addWidget(shown, 1)
        mover = button("→" if item.end is End.LOCAL else "←", partial(self._move, item.item), "quiet")
        mover.setEnabled(item.may_move)
        where = tr("Remote operator") if item.end is End.LOCAL else tr("At the site")
        mover.setAccessibleName(f"{words} → {where}")
        mover.setToolTip(f"{words} → {where}")
        self.movers[item.item] = mover
        parts.addWidget(mover, 0, Qt.AlignmentFlag.AlignTop)
        return line

    def _move(self, item: str) -> None:
        if self._state is not None:
            self.move_asked.emit(self._state.digest, item)

    def _acknowledge(self) -> None:
        if self._state is not None:
            self.acknowledged.emit(self._state.digest)


def _who(state: ListState) -> str:
    """Both ends, each with its mark."""
    here = tr("At the site: {name}", name=state.local) if state.local else tr("Not acknowledged at the site")
    you = tr("Acknowledged by you") if state.yours else tr("Not acknowledged by you")
    return f"{'✓' if state.local else '○'} {here}   {'✓' if state.yours else '○'} {you}"

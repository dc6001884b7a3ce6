"""The parameter editor, made from what the scanner says of each parameter."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QGridLayout, QPushButton, QScrollArea, QWidget

from mr_contract.model import ParameterValues
from mr_contract.parameters import ParameterGroup
from remote_console.core.effects import EffectBar
from remote_console.core.exposure_table import ExposureTable
from remote_console.core.parameters import EditorRow, EditorState
from remote_console.core.phrases import Words
from remote_console.core.vocabulary_words import GROUP_WORDS
from remote_console.texts import say, tr
from remote_console.ui.effect_bars import EffectBars
from remote_console.ui.flow_layout import FlowLayout
from remote_console.ui.parameter_field import ParameterField
from remote_console.ui.pieces import button, column, label, line, row, set_kind

NARROW, LOW, THREE_BARS = 620, 320, 420
TWO_COLUMNS, THREE_COLUMNS, FOUR_COLUMNS = 450, 780, 1100
SETTLED_MS = 40  # the field has its new height by then


class ParameterEditor(QFrame):
    """Tabs by group, fields, what else changed, and what it costs."""

    offered = Signal(str, str)
    remedy_taken = Signal(str, object)
    given_up = Signal(str)
    undo_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._state: EditorState | None = None
        self.fields: dict[str, ParameterField] = {}
        self._kept: dict[tuple[str, str, tuple[str, ...]], ParameterField] = {}
        self._arranged: tuple[object, ...] = ()
        self._group: ParameterGroup | None = ParameterGroup.CONTRAST
        self._columns = 3
        self._narrow = False
        self.tabs: dict[ParameterGroup | None, QPushButton] = {}
        self.compare_button = button("", self._refresh, "quiet")
        self.compare_button.setCheckable(True)
        self.undo_button = button("", self.undo_asked.emit, "quiet")
        self.also = label(kind="small", wrap=True)
        self._empty = label(kind="dim", wrap=True)
        self.effects = EffectBars()
        self._rule = line()
        self._build()
        self.retranslate()

    def _build(self) -> None:
        layout = column(self, margins=(16, 4, 16, 10), gap=0)
        tabs = FlowLayout(gap=2)
        head = row(gap=2)
        head.addLayout(tabs, 1)
        group = QButtonGroup(self)
        for name in (*ParameterGroup, None):
            tab = button("", partial(self.show_tab, name), "tab")
            tab.setCheckable(True)
            group.addButton(tab)
            self.tabs[name] = tab
            tabs.addWidget(tab)
        self.tabs[ParameterGroup.CONTRAST].setChecked(True)
        for tool in (self.undo_button, self.compare_button):
            head.addWidget(tool, 0, Qt.AlignmentFlag.AlignVCenter)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        lines = column(inside, margins=(0, 12, 8, 6), gap=8)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(22)
        self._grid.setVerticalSpacing(10)
        lines.addWidget(self._empty)
        lines.addLayout(self._grid)
        lines.addWidget(self.also)
        lines.addStretch(1)
        lines.addWidget(self.effects.exposure_words)
        area.setWidget(inside)
        self._inside = inside
        self._area = area
        layout.addLayout(head)
        layout.addWidget(self._rule)
        layout.addWidget(area, 1)
        layout.addWidget(self.effects)

    def retranslate(self) -> None:
        """Say everything again in the language in use."""
        for name, tab in self.tabs.items():
            tab.setText(say(GROUP_WORDS[name]) if name else tr("All"))
        self._name_tools()

    def _name_tools(self) -> None:
        """Signs in place of words where there is little room; the words stay as tool tips."""
        for tool, words, sign in (
            (self.undo_button, tr("undo"), "↶"), (self.compare_button, tr("compare with approved"), "⇄"),
        ):  # fmt: skip
            tool.setText(sign if self._narrow else words)
            tool.setAccessibleName(words)
        for tab in self.tabs.values():
            set_kind(tab, "tabSmall" if self._narrow else "tab")

    def show_effects(self, bars: tuple[EffectBar, ...], exposure: ExposureTable | None) -> None:
        """What the step in hand costs and gives; without one: nothing."""
        self.effects.show_state(bars, exposure)

    def show_state(self, state: EditorState | None, empty: Words) -> None:
        """Replace everything shown; None: no step in hand, `empty` says why."""
        before = self._state
        self._state = state
        self._empty.setText(say(empty))
        self._empty.setVisible(state is None)
        self._rule.setVisible(state is not None)
        self.undo_button.setEnabled(state is not None and state.can_undo and state.may_edit)
        self.compare_button.setEnabled(state is not None)
        rows = {r.key: r for r in state.rows} if state else {}
        same = before is not None and state is not None and before.step_id == state.step_id
        for field in () if same else self.fields.values():
            field.forget()
        if not same or {*rows} != {*self.fields}:
            self._rebuild(tuple(rows.values()))
        words = [say(w) for w in state.also_changed] if state else []
        self.also.setText(tr("Also changed: {what}", what="; ".join(words)) if words else "")
        self.also.setVisible(bool(words))
        self._refresh()
        if not same:
            self._show_tabs({r.group for r in rows.values()})

    def _show_tabs(self, groups: set[ParameterGroup]) -> None:
        """A group without a parameter has no tab; without a step there is none at all."""
        for group, tab in self.tabs.items():
            tab.setVisible(bool(groups) and (group is None or group in groups))
        for tool in (self.undo_button, self.compare_button):
            tool.setVisible(bool(groups))
        if self._group is not None and groups and self._group not in groups:
            self.show_tab(None)

    def _rebuild(self, rows: tuple[EditorRow, ...]) -> None:
        """A field is kept for the next step that has such a parameter: making widgets takes long."""
        self.fields = {state.key: self._field(state) for state in rows}
        for field in self._kept.values():
            if self.fields.get(field.key) is not field:
                field.hide()
        self._arrange()

    def _field(self, state: EditorRow) -> ParameterField:
        kind = (state.key, state.unit, state.choices)
        if kind not in self._kept:
            field = ParameterField(state)
            field.setParent(self._inside)
            field.offered.connect(self.offered)
            field.remedy_taken.connect(self.remedy_taken)
            field.given_up.connect(self.given_up)
            field.explained.connect(self._bring_into_sight)
            self._kept[kind] = field
        return self._kept[kind]

    def _arrange(self) -> None:
        """Only the fields of the tab, as many abreast as there is room for, reached in reading order."""
        groups = {r.key: r.group for r in self._state.rows} if self._state else {}
        shown = [f for k, f in self.fields.items() if self._group is None or groups.get(k) is self._group]
        if self._arranged == (self._columns, *shown):
            return
        self._arranged = (self._columns, *shown)
        while self._grid.takeAt(0) is not None:
            pass
        for field in self.fields.values():
            field.setVisible(field in shown)
        for place, field in enumerate(shown):
            self._grid.addWidget(field, *divmod(place, self._columns), Qt.AlignmentFlag.AlignTop)
        for before, after in pairwise([self.compare_button, *(f.edit for f in shown)]):
            QWidget.setTabOrder(before, after)
        for number in range(4):
            self._grid.setColumnStretch(number, 1 if number < self._columns else 0)

    def _bring_into_sight(self, field: QWidget) -> None:
        """What is wrong with a value, and what can be had, is not left below the edge."""
        QTimer.singleShot(SETTLED_MS, field, lambda: self._scroll_to(field))

    def _scroll_to(self, field: QWidget) -> None:
        self._area.ensureWidgetVisible(field, 0, 4)
        self._area.horizontalScrollBar().setValue(0)

    def show_tab(self, group: ParameterGroup | None) -> None:
        """The fields of one group; None: all."""
        self._group = group
        self.tabs[group].setChecked(True)
        self._arrange()

    def go_to(self) -> None:
        """Put the keyboard into the first field."""
        field = next((f for f in self.fields.values() if f.isVisible() and f.edit.isEnabled()), None)
        if field is not None:
            field.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def toggle_compare(self) -> None:
        """Show or hide the approved values."""
        self.compare_button.toggle()
        self._refresh()

    def show_problem(self, key: str, words: Words, nearest: ParameterValues | None, shown: Words) -> None:
        """A text in a field that is no value."""
        if key in self.fields:
            self.fields[key].show_problem(words, nearest, shown)

    def _refresh(self) -> None:
        if self._state is None:
            return
        for state in self._state.rows:
            field = self.fields.get(state.key)
            if field is not None:
                compare = self.compare_button.isChecked()
                field.show_state(state, may_edit=self._state.may_edit, compare=compare)

    def resizeEvent(self, _event: object) -> None:
        if self._narrow != (self.width() < NARROW):
            self._narrow = not self._narrow
            self._name_tools()
        self.effects.show_low(low=self.height() < LOW or self.width() < THREE_BARS)
        columns = 1 + sum(self.width() >= least for least in (TWO_COLUMNS, THREE_COLUMNS, FOUR_COLUMNS))
        if columns != self._columns:
            self._columns = columns
            self._arrange()

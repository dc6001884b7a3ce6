"""Slice planning over three planes, or one series; or words where there is nothing to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QButtonGroup, QFrame, QPushButton, QStackedWidget, QWidget

from mr_contract.geometry import SliceGroup
from remote_console.core.images import ImageShelf, SliceImage
from remote_console.core.phrases import NOTHING, Words
from remote_console.core.picture_tiles import PicturesState
from remote_console.core.pictures import EMPTY
from remote_console.core.series_list import SeriesRow
from remote_console.core.slice_planning import Extent
from remote_console.core.windowing import PRESETS, Window
from remote_console.texts import say, tr
from remote_console.ui.picture_tile import PictureTile
from remote_console.ui.pieces import ElidedLabel, FoldedLabel, button, column, label, row
from remote_console.ui.plane_view import PlaneView
from remote_console.ui.series_list import SeriesList

PLANES, SERIES, PICTURE, MESSAGE = range(4)


@dataclass(frozen=True, slots=True)
class ImageAreaState:
    """What the middle of the window shows. `message` takes its place where there is no image to show."""

    localizer: ImageShelf = EMPTY
    series: tuple[SliceImage, ...] = ()
    series_title: str = ""
    exam_id: str = ""
    series_of: str = ""
    """Which step the series is of, and which it is: another one opens on its middle slice."""
    rows: tuple[SeriesRow, ...] = ()
    """All series of the step, where there are several."""
    mixed: bool = False
    """Whether the series holds pictures of different weighting."""
    unreadable: tuple[Words, ...] = ()
    groups: tuple[SliceGroup, ...] = ()
    extent: Extent | None = None
    may_edit: bool = False
    step_name: str = ""
    stack_words: str = ""
    field_words: str = ""
    quarantined: bool = False
    """Nobody may use these images: hatched."""
    message_title: Words = NOTHING
    message: Words = NOTHING


class ImageArea(QFrame):
    """Planes and series share one window preset table but keep their own window."""

    groups_dragged = Signal(object)
    groups_dropped = Signal(object)
    series_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("black")
        self.planes = tuple(PlaneView() for _ in range(3))
        self.series, self.series_list = PlaneView(), SeriesList()
        self.series_list.series_chosen.connect(self.series_chosen)
        self.unreadable = FoldedLabel("amberSmall")
        self.preset = 0
        self.message_title = label(kind="big", wrap=True)
        self.message = label(kind="dim", wrap=True)
        self.message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._planes_page())
        self.picture = PictureTile()
        self._stack.addWidget(self._series_page())
        self._stack.addWidget(self._picture_page())
        self._stack.addWidget(self._message_page())
        self.planes_button = button("", lambda: self.show_page(0), "tab")
        self.series_button = button("", lambda: self.show_page(1), "tab")
        self.picture_button = button("", lambda: self.show_page(2), "tab")
        self._page = 0
        self._place_tabs()
        for view in (*self.planes, self.series):
            view.window_changed.connect(view.show_window)
        for plane in self.planes:
            plane.groups_dragged.connect(self._share)
            plane.groups_dragged.connect(self.groups_dragged)
            plane.groups_dropped.connect(self.groups_dropped)
        self._state: ImageAreaState | None = None
        self.retranslate()

    def _place_tabs(self) -> None:
        tabs = QButtonGroup(self)
        for tab in self._tabs:
            tab.setCheckable(True)
            tabs.addButton(tab)
        self.planes_button.setChecked(True)
        strip = QFrame()
        strip.setObjectName("panel")
        self._strip = strip
        line = row(strip, margins=(8, 0, 8, 0), gap=2)
        line.addWidget(self.planes_button)
        line.addWidget(self.series_button)
        line.addWidget(self.picture_button)
        line.addStretch(1)
        self.hint = ElidedLabel(kind="faint", natural=True)
        line.addWidget(self.hint)
        outer = column(self)
        outer.addWidget(strip)
        outer.addWidget(self._stack, 1)

    @property
    def _tabs(self) -> tuple[QPushButton, QPushButton, QPushButton]:
        return self.planes_button, self.series_button, self.picture_button

    def _planes_page(self) -> QWidget:
        page = QWidget()
        line = row(page, gap=2)
        for plane in self.planes:
            line.addWidget(plane, 1)
        return page

    def _series_page(self) -> QWidget:
        page = QWidget()
        line = row(page, gap=2)
        line.addWidget(self.series_list)
        lines = column(gap=0)
        self.unreadable.setContentsMargins(10, 4, 10, 4)
        lines.addWidget(self.unreadable)
        lines.addWidget(self.series, 1)
        line.addLayout(lines, 1)
        return page

    def _picture_page(self) -> QWidget:
        page = QWidget()
        lines = column(page)
        self.no_picture = label(kind="dim", wrap=True)
        self.no_picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        lines.addWidget(self.no_picture, 1)
        lines.addWidget(self.picture, 1)
        return page

    def _message_page(self) -> QWidget:
        page = QFrame()
        page.setObjectName("central")
        lines = column(page, margins=(60, 20, 60, 20), gap=12)
        lines.addStretch(1)
        for part in (self.message_title, self.message):
            part.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            lines.addWidget(part)
        lines.addStretch(1)
        return page

    def retranslate(self) -> None:
        """Say everything again in the language in use."""
        self.planes_button.setText(tr("Slice planning"))
        self.series_button.setText(tr("Images"))
        self.picture_button.setText(tr("Camera"))
        self.hint.setText(tr("wheel: slices · right drag: window · double click: reset"))
        self.show_anew()

    @property
    def active(self) -> PlaneView:
        """The view that keys act on: the series, or the plane under the keyboard's focus."""
        if self._stack.currentIndex() == 1:
            return self.series
        return next((v for v in self.planes if v.hasFocus()), self.planes[2])

    def show_page(self, page: int) -> None:
        """0: slice planning; 1: the series; 2: the picture of a camera."""
        self._page = page
        self._tabs[page].setChecked(True)
        if self._state is None or not say(self._state.message_title):
            self._stack.setCurrentIndex(page)

    def show_anew(self) -> None:
        """Show the same state once more: what a drag left on the screen is gone."""
        state, self._state = self._state, None
        if state is not None:
            self.show_state(state)

    def show_state(self, state: ImageAreaState) -> None:
        """Replace everything shown."""
        if state == self._state:
            return
        self._state = state
        title = say(state.message_title)
        self._strip.setVisible(not title)
        self.message_title.setText(title)
        self.message.setText(say(state.message))
        self._stack.setCurrentIndex(MESSAGE if title else self._page)
        names = (tr("SAG"), tr("COR"), tr("TRA"))
        corners = (state.step_name, state.stack_words, state.field_words)
        for axis, view in enumerate(self.planes):
            stack = state.localizer.plane(axis)
            view.show_stack(
                f"{names[axis]} · {tr('localizer')}", stack, empty=tr("No localizer in this plane yet"),
                of=state.exam_id,
            )  # fmt: skip
            view.show_plan(state.groups, state.extent, may_edit=state.may_edit, corner=corners[axis])
        for view in (*self.planes, self.series):
            view.show_quarantined(on=state.quarantined)
        self._show_series(state)

    def _show_series(self, state: ImageAreaState) -> None:
        self.series.show_stack(
            state.series_title, state.series, empty=tr("No images of this step yet"), of=state.series_of
        )
        self.series.show_weighting(on=state.mixed)
        self.series_list.show_state(state.rows)
        self.unreadable.setText("\n".join(say(words) for words in state.unreadable))
        self.unreadable.setVisible(bool(state.unreadable))

    def show_picture(self, state: PicturesState, images: Mapping[str, QImage]) -> None:
        """The large one of the cameras, as large as the middle of the window."""
        first = state.tiles[0] if state.tiles else None
        self.picture.setVisible(first is not None)
        self.no_picture.setVisible(first is None)
        if first is not None:
            self.picture.show_state(first, images.get(first.source))
        else:
            self.no_picture.setText(say(state.message) or tr("No camera"))

    def _share(self, groups: tuple[SliceGroup, ...]) -> None:
        """All planes follow a drag in one of them."""
        if self._state is None:
            return
        for view in self.planes:
            if view is not self.sender():
                view.show_plan(groups, self._state.extent, may_edit=self._state.may_edit, corner=view.corner)

    def next_plane(self) -> None:
        """The keyboard to the next plane, or to the series where that is shown."""
        if self._stack.currentIndex() == 1:
            self.series.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return
        here = next((n for n, v in enumerate(self.planes) if v.hasFocus()), -1)
        self.planes[(here + 1) % len(self.planes)].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def change_window(self, centre_share: float, width_share: float) -> None:
        """Level and width of the active view by shares of its width."""
        window = self.active.window_in_use
        if window is not None:
            self.active.show_window(window.moved(window.width * centre_share, window.width * width_share))

    def reset_window(self) -> None:
        """The header decides again."""
        self.active.show_window(None)

    def next_preset(self) -> None:
        """The next of the presets, as factors on the header's window."""
        image = self.active.image
        if image is None:
            return
        self.preset = (self.preset + 1) % len(PRESETS)
        window: Window = image.window.scaled(*tuple(PRESETS.values())[self.preset])
        self.active.show_window(window)

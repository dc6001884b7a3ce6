"""The window: three columns, one keyboard, one scanner in focus. It lays out; `conductor` fills it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QFrame, QMainWindow, QSplitter, QWidget

from remote_console.texts import tr
from remote_console.ui.actions import ACTIONS, Where
from remote_console.ui.alarms_bar import AlarmsBar
from remote_console.ui.control_panel import ControlPanel
from remote_console.ui.fleet_strip import FleetStrip
from remote_console.ui.image_area import ImageArea
from remote_console.ui.notices import LinkLostOverlay, NoticeCard, StopOverlay
from remote_console.ui.parameter_editor import ParameterEditor
from remote_console.ui.pieces import column, line
from remote_console.ui.queue_panel import QueuePanel
from remote_console.ui.readiness_panel import ReadinessPanel
from remote_console.ui.scanner_band import ScannerBand
from remote_console.ui.settings import Settings
from remote_console.ui.status_line import StatusLine
from remote_console.ui.timeline_panel import TimelinePanel
from remote_console.ui.top_bar import TopBar

LOW_PX = 900


class MainWindow(QMainWindow):
    """Holds every panel; the title never names a patient."""

    acted = Signal(str)
    """Name of an action of the table."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self._natural: set[str] = set()
        self.top, self.status, self.alarms = TopBar(), StatusLine(), AlarmsBar()
        self.fleet, self.band, self.images = FleetStrip(), ScannerBand(), ImageArea()
        self.queue, self.editor = QueuePanel(), ParameterEditor()
        self.control, self.readiness, self.timeline = ControlPanel(), ReadinessPanel(), TimelinePanel()
        self.away, self.refusal = NoticeCard("calm"), NoticeCard("notice")
        self.site_notice = NoticeCard("notice")
        self._columns = QSplitter(Qt.Orientation.Horizontal)
        self._middle = QSplitter(Qt.Orientation.Vertical)
        self._work = QSplitter(Qt.Orientation.Horizontal)
        self.centre = QWidget()
        self._lay_out()
        self.link_lost = LinkLostOverlay(self.centre)
        self.stop_notice = StopOverlay(self.centre)
        self._make_actions()
        self.setMinimumSize(QSize(1024, 640))
        self.retranslate()
        self._restore()

    def _lay_out(self) -> None:
        central = QWidget()
        central.setObjectName("central")
        outer = column(central)
        outer.addWidget(self.top)
        outer.addWidget(line())
        outer.addWidget(self.alarms)
        self._columns.addWidget(self.fleet)
        self._columns.addWidget(self._centre())
        self._columns.addWidget(self._side())
        for splitter in (self._columns, self._middle, self._work):
            splitter.setHandleWidth(1)
            splitter.setChildrenCollapsible(False)
        self._columns.setStretchFactor(1, 1)
        outer.addWidget(self._columns, 1)
        outer.addWidget(line())
        outer.addWidget(self.status)
        self.setCentralWidget(central)

    def _centre(self) -> QWidget:
        layout = column(self.centre)
        layout.addWidget(self.band)
        notices = column(margins=(10, 0, 10, 0), gap=6)
        notices.addWidget(self.away)
        notices.addWidget(self.refusal)
        notices.addWidget(self.site_notice)
        layout.addLayout(notices)
        self._middle.addWidget(self.images)
        self._work.addWidget(self.queue)
        self._work.addWidget(self.editor)
        self._work.setStretchFactor(1, 1)
        self._middle.addWidget(self._work)
        self._middle.setStretchFactor(0, 5)
        self._middle.setStretchFactor(1, 4)
        layout.addWidget(self._middle, 1)
        return self.centre

    def _side(self) -> QWidget:
        side = QFrame()
        side.setObjectName("side")
        layout = column(side)
        layout.addWidget(self.control)
        layout.addWidget(line())
        layout.addWidget(self.readiness, 5)
        layout.addWidget(line())
        layout.addWidget(self.timeline, 3)
        return side

    def _make_actions(self) -> None:
        """From the table; STOP works in every window of the program that is not modal, and none is."""
        self.actions_by_name: dict[str, QAction] = {}
        for entry in ACTIONS:
            if entry.where is Where.BUTTON:
                continue
            action = QAction(self)
            if entry.key:
                action.setShortcut(QKeySequence(entry.key))
            images = entry.where is Where.IMAGES
            scope = Qt.ShortcutContext
            action.setShortcutContext(
                scope.WidgetWithChildrenShortcut if images else scope.ApplicationShortcut
            )
            action.triggered.connect(partial(self._act, entry.name))
            (self.images if images else self).addAction(action)
            self.actions_by_name[entry.name] = action

    def _act(self, name: str, _checked: bool = False) -> None:
        self.acted.emit(name)

    def retranslate(self) -> None:
        """Say everything again in the language in use."""
        self.setWindowTitle(tr("Remote scanning console – not for clinical use"))
        for part in (
            self.top,
            self.fleet,
            self.alarms,
            self.images,
            self.queue,
            self.editor,
            self.control,
            self.readiness,
            self.timeline,
        ):
            part.retranslate()

    def show_fleet_only(self, *, empty: bool) -> None:
        """Without a scanner there is nothing to ask for and nothing to start; STOP stays."""
        for part in (self._work, self.control, self.timeline):
            part.setVisible(not empty)

    def _restore(self) -> None:
        geometry = self.settings.bytes_of("geometry")
        if geometry is None or not self.restoreGeometry(geometry):
            self.resize(1440, 900)
        for name, splitter in self._splitters().items():
            state = self.settings.bytes_of(name)
            if state is None or not splitter.restoreState(state):
                self._natural.add(name)
            splitter.splitterMoved.connect(partial(self._natural.discard, name))

    def _splitters(self) -> dict[str, QSplitter]:
        return {"columns": self._columns, "middle": self._middle, "work": self._work}

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shares of the window, for every splitter that nobody has moved."""
        super().resizeEvent(event)
        width, height = self.width(), self.height()
        left, right = min(268, max(196, width // 7)), min(404, max(312, width * 21 // 100))
        middle = width - left - right
        queue = min(330, max(216, middle * 28 // 100))
        sizes = {
            "columns": [left, middle, right],
            "middle": [height * 53 // 100, height * 37 // 100] if height >= LOW_PX else [46, 44],
            "work": [queue, middle - queue],
        }
        for name, splitter in self._splitters().items():
            if name in self._natural:
                splitter.setSizes(sizes[name])

    def closeEvent(self, event: QCloseEvent) -> None:
        self.settings.keep("geometry", self.saveGeometry())
        for name, splitter in self._splitters().items():
            self.settings.keep(name, splitter.saveState())
        super().closeEvent(event)

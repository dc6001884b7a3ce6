"""The window: three columns, one keyboard, one scanner in focus. It lays out; `conductor` fills it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QMainWindow, QWidget

from mr_contract.vocabulary import BreathCommand
from remote_console.texts import say, tr
from remote_console.ui.actions import (
    ACTIONS,
    BREATH,
    BREATH_KEYS,
    PATIENT_KEY,
    TALK_KEY,
    Where,
    keys_of,
    named,
)
from remote_console.ui.alarms_bar import AlarmsBar
from remote_console.ui.control_panel import ControlPanel
from remote_console.ui.fleet_strip import FleetStrip
from remote_console.ui.image_area import ImageArea
from remote_console.ui.notices import LinkLostOverlay, NoticeCard, StopOverlay
from remote_console.ui.parameter_editor import ParameterEditor
from remote_console.ui.patient_panel import PatientBanner, PatientPanel
from remote_console.ui.pictures_panel import PicturesPanel
from remote_console.ui.pieces import column, line
from remote_console.ui.quarantine_strip import QuarantineStrip
from remote_console.ui.queue_panel import QueuePanel
from remote_console.ui.readiness_panel import ReadinessPanel
from remote_console.ui.scanner_band import ScannerBand
from remote_console.ui.settings import Settings
from remote_console.ui.share_splitter import ShareSplitter
from remote_console.ui.side_column import SideColumn
from remote_console.ui.sound_panel import SoundPanel
from remote_console.ui.status_line import StatusLine
from remote_console.ui.timeline_panel import TimelinePanel
from remote_console.ui.top_bar import TopBar

LOW_PX = 680
TALK, PATIENT = Qt.Key[f"Key_{TALK_KEY}"], Qt.Key[f"Key_{PATIENT_KEY}"]
BREATHS: dict[int, BreathCommand] = {Qt.Key[f"Key_{key}"]: breath for breath, key in BREATH_KEYS.items()}


def _column_widths(width: int) -> tuple[int, int, int]:
    left, right = min(268, max(196, width // 7)), min(404, max(312, width * 21 // 100))
    return left, width - left - right, right


def _middle_heights(height: int) -> tuple[int, int]:
    """On a low screen more for the work below: the images have a page of their own."""
    images = height * 58 // 100 if height >= LOW_PX else height * 40 // 100
    return images, height - images


def _work_widths(width: int) -> tuple[int, int]:
    queue = min(330, max(216, width * 28 // 100))
    return queue, width - queue


class MainWindow(QMainWindow):
    """Holds every panel; the title never names a patient."""

    acted = Signal(str)
    """Name of an action of the table."""
    talk_held = Signal(bool)
    """The talk key went down, or up, or the window is not in front any more."""
    patient_held = Signal(bool)
    """The same of the key with which one speaks to the patient."""
    breath_held = Signal(object, bool)
    """The same of the keys of breath-hold commands."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.top, self.status, self.alarms = TopBar(), StatusLine(), AlarmsBar()
        self.fleet, self.band, self.images = FleetStrip(), ScannerBand(), ImageArea()
        self.quarantine = QuarantineStrip()
        self.queue, self.editor = QueuePanel(), ParameterEditor()
        self.pictures, self.sound = PicturesPanel(), SoundPanel()
        self.patient, self.patient_banner = PatientPanel(), PatientBanner()
        self.control, self.readiness, self.timeline = ControlPanel(), ReadinessPanel(), TimelinePanel()
        self.away, self.refusal = NoticeCard("calm"), NoticeCard("notice")
        self.site_notice = NoticeCard("notice")
        self._columns = ShareSplitter(Qt.Orientation.Horizontal, _column_widths)
        self._middle = ShareSplitter(Qt.Orientation.Vertical, _middle_heights)
        self._work = ShareSplitter(Qt.Orientation.Horizontal, _work_widths)
        self.centre = QWidget()
        self._lay_out()
        self.link_lost = LinkLostOverlay(self.centre)
        self.stop_notice = StopOverlay(self.centre)
        self._make_actions()
        self.setMinimumSize(QSize(1024, 640))
        self.retranslate()
        self._restore()
        self.readiness.go_to_reasons()

    def _lay_out(self) -> None:
        central = QWidget()
        central.setObjectName("central")
        outer = column(central)
        outer.addWidget(self.top)
        outer.addWidget(line())
        outer.addWidget(self.alarms)
        outer.addWidget(self.patient_banner)
        self._columns.addWidget(self.fleet)
        self._columns.addWidget(self._centre())
        self._columns.addWidget(self._side())
        self._columns.setStretchFactor(1, 1)
        outer.addWidget(self._columns, 1)
        outer.addWidget(line())
        outer.addWidget(self.status)
        self.setCentralWidget(central)

    def _centre(self) -> QWidget:
        layout = column(self.centre)
        layout.addWidget(self.band)
        layout.addWidget(self.quarantine)
        layout.addWidget(self.patient)
        for notice in (self.away, self.refusal, self.site_notice):
            layout.addWidget(notice)
        self._middle.addWidget(self.images)
        self._work.addWidget(self.queue)
        self._work.addWidget(self.editor)
        self._work.setStretchFactor(1, 1)
        self._middle.addWidget(self._work)
        layout.addWidget(self._middle, 1)
        return self.centre

    def _side(self) -> QWidget:
        return SideColumn((self.pictures, self.sound, self.control, self.readiness), self.timeline)

    def _make_actions(self) -> None:
        """From the table; STOP works in every window of the program that is not modal, and none is."""
        self.actions_by_name: dict[str, QAction] = {}
        for entry in ACTIONS:
            if entry.where in {Where.BUTTON, Where.HELD}:
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
            self.band,
            self.quarantine,
            self.alarms,
            self.images,
            self.queue,
            self.editor,
            self.pictures,
            self.sound,
            self.patient,
            self.control,
            self.readiness,
            self.timeline,
        ):
            part.retranslate()

        self._show_keys()

    def _show_keys(self) -> None:
        """Every button that has keys says them in its tool tip."""
        for name, shown in (
            ("stop", self.readiness.stop), ("go_to_start", self.readiness.start),
            ("decide", self.readiness.decide_button), ("request", self.control.ask_button),
            ("responsibilities", self.control.list_button),
            ("responsibilities", self.control.review_button),
            ("withdraw", self.control.withdraw_button), ("release", self.control.release_button),
            ("open_protocol", self.queue.open_button), ("repeat", self.queue.repeat_button),
            ("undo", self.editor.undo_button), ("compare", self.editor.compare_button),
            ("show_planes", self.images.planes_button), ("show_series", self.images.series_button),
            ("show_picture", self.images.picture_button),
            ("talk", self.sound.talk), ("open_microphone", self.sound.open_microphone),
            ("sound", self.sound.devices), ("speak_to_patient", self.patient.speak),
            *((BREATH + breath, shown) for breath, shown in self.patient.breaths.items()),
            ("note", self.timeline.note),
            ("report_wrong", self.band.mistake_button), ("report_earlier", self.band.earlier_button),
            ("language", self.top.language_button),
            ("connect", self.fleet.connect_button), ("about", self.top.about_button),
        ):  # fmt: skip
            action = named(name)
            keys = f" ({keys_of(action.key)})" if action.key else ""
            shown.setToolTip(say(action.words) + keys)

    def close_notice(self) -> None:
        """The most urgent of the notices that are open is put away."""
        if self.stop_notice.isVisible():
            self.stop_notice.close_notice()
            return
        for notice in (self.refusal, self.away, self.site_notice):
            if notice.isVisible():
                notice.put_away.emit()
                return

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
            splitter.natural = state is None or not splitter.restoreState(state)

    def _splitters(self) -> dict[str, ShareSplitter]:
        return {"columns": self._columns, "middle": self._middle, "work": self._work}

    def _held(self, key: int, *, held: bool) -> None:
        if key == TALK:
            self.talk_held.emit(held)
        elif key == PATIENT:
            self.patient_held.emit(held)
        elif key in BREATHS:
            self.breath_held.emit(BREATHS[key], held)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not event.isAutoRepeat():
            self._held(event.key(), held=True)
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not event.isAutoRepeat():
            self._held(event.key(), held=False)
        super().keyReleaseEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() is QEvent.Type.ActivationChange and not self.isActiveWindow():
            self.talk_held.emit(False)
            self.patient_held.emit(False)
        super().changeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.pictures.share_out()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.settings.keep("geometry", self.saveGeometry())
        for name, splitter in self._splitters().items():
            if not splitter.natural:
                self.settings.keep(name, splitter.saveState())
        super().closeEvent(event)

"""Real widgets off-screen, and a desk that notes what it was asked."""

from __future__ import annotations

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest
from console_scenes import NotingDesk, Play
from PySide6.QtCore import QCoreApplication, QEvent, QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from remote_console import texts
from remote_console.ui import theme
from remote_console.ui.conductor import Conductor
from remote_console.ui.desk import DeskSignals
from remote_console.ui.main_window import MainWindow
from remote_console.ui.settings import Settings


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    """No test leaves another language behind."""
    yield
    texts.use("en")


@pytest.fixture
def play(qtbot: QtBot, tmp_path: Path) -> Iterator[Play]:
    """A window with its conductor, a noting desk, and a clock that the test moves."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    if not app.styleSheet():
        theme.apply(app)
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    window = MainWindow(Settings(store))
    desk, signals = NotingDesk(), DeskSignals()
    made = Play(window, desk, signals)
    made.conductor = Conductor(window, desk, signals, clock=made.clock, zone=UTC)
    window.resize(1920, 1080)
    window.show()
    yield made
    window.close()
    made.conductor.rest()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

"""Real widgets off-screen, and a desk that notes what it was asked."""

from __future__ import annotations

import os

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest
from console_scenes import Play, opened_play
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from remote_console import texts
from remote_console.ui import theme


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
    with opened_play(tmp_path, zone=UTC) as made:
        yield made

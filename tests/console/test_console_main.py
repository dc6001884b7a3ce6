"""The command `remote-console` itself: it opens its window, speaks its language, ends when told, helps."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, QTimer
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from remote_console.command_line import main
from remote_console.ui.main_window import MainWindow

SOON_MS = 20


def opened(home: Path, then: Callable[[MainWindow], object]) -> int:
    """Run `remote-console` as a person does; `then` is done to its window once that is seen."""
    before = set(QApplication.topLevelWidgets())
    look = QTimer()

    def seen() -> None:
        for widget in set(QApplication.topLevelWidgets()) - before:
            if isinstance(widget, MainWindow) and widget.isVisible():
                look.stop()
                then(widget)

    look.timeout.connect(seen)
    look.start(SOON_MS)
    try:
        return main(["--home", str(home), "--demo-key-without-protection"])
    finally:
        look.stop()


def texts_of(window: MainWindow) -> list[str]:
    return [part.text() for part in window.findChildren(QLabel)]


def test_without_a_command_the_window_opens_and_ends_with_it(qtbot: QtBot, tmp_path: Path) -> None:
    found: list[str] = []

    def read_and_close(window: MainWindow) -> None:
        found.extend(texts_of(window))
        window.close()

    assert opened(tmp_path, read_and_close) == 0
    assert "No site yet" in found
    assert any("remote-console enrol URL CODE" in text for text in found)
    assert (tmp_path / "console.ini").exists()


@pytest.mark.parametrize(("language", "words"), [("de", "Noch kein Standort"), ("fr", "Aucun site")])
def test_the_window_speaks_the_language_that_was_chosen_last(
    qtbot: QtBot, tmp_path: Path, language: str, words: str
) -> None:
    (tmp_path / "console.ini").write_text(f"[General]\nlanguage={language}\n")
    found: list[str] = []

    def read_and_close(window: MainWindow) -> None:
        found.extend(texts_of(window))
        window.close()

    assert opened(tmp_path, read_and_close) == 0
    assert any(words in text for text in found), found


@pytest.mark.parametrize(
    ("spoken_here", "words"),
    [("de_CH", "Noch kein Standort"), ("fr_FR", "Aucun site"), ("it_IT", "No site yet")],
)
def test_until_one_is_chosen_it_speaks_the_language_of_the_workstation_or_english(
    qtbot: QtBot, tmp_path: Path, spoken_here: str, words: str
) -> None:
    found: list[str] = []

    def read_and_close(window: MainWindow) -> None:
        found.extend(texts_of(window))
        window.close()

    before = QLocale()
    QLocale.setDefault(QLocale(spoken_here))
    try:
        assert opened(tmp_path, read_and_close) == 0
    finally:
        QLocale.setDefault(before)
    assert any(words in text for text in found), found


def test_settings_that_nobody_wrote_open_a_window_all_the_same(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "console.ini").write_bytes(b"\xff\x00[General\nlanguage=@Variant(\\0\\0)\nletters=\x80\n=\n")
    assert opened(tmp_path, lambda window: window.close()) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_window_ends_when_it_is_told_to_and_leaves_the_signals_as_they_were(
    qtbot: QtBot, tmp_path: Path, capfd: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    before = signal.getsignal(number)
    assert opened(tmp_path, lambda _: os.kill(os.getpid(), number)) == 128 + number
    assert signal.getsignal(number) is before
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("arguments", [["--help"], ["enrol", "--help"], ["sites", "-h"], ["forget", "-h"]])
def test_help_says_how_it_is_used(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert said.startswith("usage: remote-console ")
    if arguments == ["--help"]:
        assert all(word in said for word in ("enrol", "sites", "forget", "--home", "Not for clinical use"))


@pytest.mark.parametrize(
    "arguments", [["--nosuch"], ["nosuch"], ["enrol"], ["enrol", "a"], ["forget"], ["sites", "x"], ["--home"]]
)
def test_bad_arguments_are_refused_with_the_usage_and_no_window(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    with pytest.raises(SystemExit) as ended:
        main(["--home", str(home), *arguments] if arguments != ["--home"] else arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: remote-console ")
    assert not home.exists()


def test_nothing_that_is_slow_to_import_keeps_the_first_window_waiting() -> None:
    """What reads images, plays pictures or hears sound is imported when it is first needed."""
    look = "import sys, remote_console.app; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    said = subprocess.run((sys.executable, "-c", look), capture_output=True, text=True, check=True).stdout
    assert not {"pydicom", "aiortc", "av", "miniaudio", "scipy", "PIL"} & set(said.split())

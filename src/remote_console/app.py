"""The console's composition root: window, conductor and the live desk; nothing else builds them together."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QLocale, QSettings
from PySide6.QtWidgets import QApplication, QInputDialog, QLineEdit

from remote_console.link import IdentityStore, LinkError, Protection, system_keyring
from remote_console.ui import theme
from remote_console.ui.conductor import Conductor
from remote_console.ui.desk import DeskSignals
from remote_console.ui.first_frame import FirstFrame
from remote_console.ui.live_desk import LiveDesk
from remote_console.ui.main_window import MainWindow
from remote_console.ui.settings import Settings


@dataclass(frozen=True, slots=True)
class OpenDesk:
    """A window that is connected to every enrolled site."""

    window: MainWindow
    conductor: Conductor


@contextlib.contextmanager
def open_desk(
    store: IdentityStore, *, settings: Path | None = None, spoken_here: str = "en"
) -> Iterator[OpenDesk]:
    """The window with its links, closed at the end.

    Args:
        settings: an INI file of its own; by default the user's settings.
        spoken_here: code of the language to begin with, until one is chosen.

    Raises:
        LinkError: the device key or a certificate cannot be read; the words say what to do.
    """
    theme.apply(application())
    kept = QSettings(str(settings), QSettings.Format.IniFormat) if settings else QSettings()
    signals = DeskSignals()
    desk = LiveDesk(store, signals)
    window = MainWindow(Settings(kept, spoken_here))
    conductor = Conductor(window, desk, signals)  # before the links open: nothing they say is missed
    try:
        with desk:
            yield OpenDesk(window, conductor)
    finally:
        window.close()
        window.deleteLater()


def application() -> QApplication:
    """The one application object, named so that settings are kept in one place."""
    app = QApplication.instance()
    if isinstance(app, QApplication):
        return app
    app = QApplication(sys.argv[:1])
    app.setOrganizationName("remote-scanning")
    app.setApplicationName("remote-console")
    app.setApplicationDisplayName("Remote scanning")
    return app


def run_window(home: Path | None, *, unprotected: bool, first_frame_file: Path | None = None) -> int:
    """Open the window and run until it is closed."""
    app = application()
    protection = Protection(
        keyring=None if unprotected else system_keyring(),
        ask_passphrase=_ask_passphrase,
        unprotected_for_demos_only=unprotected,
    )
    store, settings = IdentityStore(home, protection), home and home / "console.ini"
    try:
        with open_desk(store, settings=settings, spoken_here=QLocale().name()[:2]) as desk:
            watch = (
                FirstFrame(desk.window.fleet, desk.conductor, first_frame_file) if first_frame_file else None
            )
            desk.window.show()
            with _ended_by_signals(app):
                status: int = app.exec()
            if watch is not None:
                watch.deleteLater()
            return status
    except LinkError as error:
        sys.stderr.write(f"remote-console: {error}\n")
        return 1


@contextlib.contextmanager
def _ended_by_signals(app: QApplication) -> Iterator[None]:
    """Ctrl-C and SIGTERM close the window; Python hears of them at the desk's next tick."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda which, _: app.exit(128 + which)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ask_passphrase() -> str:
    words = "Passphrase of this workstation's key:"
    text, given = QInputDialog.getText(None, "Remote scanning", words, QLineEdit.EchoMode.Password)
    if not given:
        raise LinkError("No passphrase was given: the window stays closed.")
    return text

"""The seam between the window and the network: intentions go out, messages come in by queued signals."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QObject, Signal

from mr_contract.console_messages import ConsoleCommand
from remote_console.core.picture_tiles import Wish
from remote_console.core.sound import SoundWish
from remote_console.media.frames import Box, Frame


class Desk(Protocol):
    """What the window asks of the network. Every call returns at once; nothing is kept for later."""

    def send(self, site: str, command: ConsoleCommand) -> None:
        """Send a command now; where the link is down it is not sent, now or later."""
        ...

    def stop(self, site: str, scanner: str, command_id: str) -> None:
        """Stop before everything else."""
        ...

    def fetch_series(self, site: str, scanner: str, series_id: str) -> None:
        """Ask for the instances of a stored series; they arrive as bulk frames."""
        ...

    def watch_previews(self, site: str, scanners: tuple[str, ...]) -> None:
        """Ask for previews of exactly these scanners from now on."""
        ...

    def look(self, site: str, scanner: str, wishes: tuple[Wish, ...] | None) -> None:
        """Have these pictures of a scanner's cameras, most important first; None: no connection for them."""
        ...

    def fit(self, site: str, scanner: str, source: str, box: Box) -> None:
        """How large a camera's picture is shown, in pixels of the screen."""
        ...

    def take_picture(self, site: str, scanner: str, source: str) -> Frame | None:
        """The newest picture of a camera that was not taken yet."""
        ...

    def listen(self, wish: SoundWish) -> None:
        """What the sound devices are to do; said again and again."""
        ...

    def play_tone(self) -> None:
        """A short tone in one's own headset."""
        ...

    def sound_levels(self) -> tuple[float, float]:
        """Length of the level meters, 0 to 1: microphone, headset."""
        ...

    def window_alive(self) -> None:
        """The window ticked: the lease may be renewed."""
        ...


class DeskSignals(QObject):
    """What arrives. Emit from any thread; connect with a queued connection across threads."""

    said = Signal(str, object)
    """Site and a message of its agent."""
    lost = Signal(str)
    """The control link of this site is down."""
    frame = Signal(str, object, object)
    """Site, bulk header and the slice that it brought, decoded already."""
    unreadable = Signal(str, object, object)
    """Site, bulk header and the words that say why nothing of that frame can be shown."""
    picture_came = Signal(str, str, str)
    """Site, scanner and source: a new picture waits to be taken. Not told again until it was."""
    media_changed = Signal(str, str, object)
    """Site, scanner and the state of the connection for its pictures."""
    sound_changed = Signal(object)
    """Which sound devices there are, and what is wrong with them."""
    not_fetched = Signal(str, str, str)
    """Site, scanner and series: its images did not arrive; they may be asked for again."""

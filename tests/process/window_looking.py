"""The console's real window in a process of its own: asks for control and looks at the cameras.

    python window_looking.py STORE PASSPHRASE

Off-screen. Prints what it sees, a line for each change, and ends by itself: `asked`, `live AGE_MS`, `paused`,
`live AGE_MS`, `gone`, `live AGE_MS`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

CAMERAS = ("patient", "room")


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def main(store_folder: str, passphrase: str) -> None:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QT_LOGGING_RULES"] = "default.warning=false"  # an off-screen window cannot be raised
    from rig.deskhand import DeskHand

    from remote_console.app import open_desk
    from remote_console.link import IdentityStore, Protection
    from remote_console.ui.main_window import MainWindow
    from remote_console.ui.picture_tile import PictureTile

    def tile(window: MainWindow, source: str) -> PictureTile | None:
        return next((t for t in window.pictures.tiles if t.state and t.state.source == source), None)

    def live(window: MainWindow) -> str:
        """The age of the patient's picture, once every camera is live."""
        tiles = [tile(window, source) for source in CAMERAS]
        seen = [t for t in tiles if t is not None and t.image is not None and not t.notice and "ms" in t.age]
        return seen[0].age if len(seen) == len(CAMERAS) else ""

    store = IdentityStore(Path(store_folder), Protection(ask_passphrase=lambda: passphrase))
    with open_desk(store, settings=Path(store_folder) / "looking.ini") as desk:
        window = desk.window
        window.resize(1920, 1080)
        window.show()
        hand = DeskHand(window, desk.conductor, store)
        ask = window.control.ask_button
        hand.until(lambda: ask.isVisible() and ask.isEnabled(), "the question for control")
        hand.click(ask)
        say("asked")
        say(f"live {hand.until(lambda: live(window), 'pictures')}")
        hand.until(lambda: (t := tile(window, "patient")) and t.notice and t.image is None, "the pause")
        say("paused")
        say(f"live {hand.until(lambda: live(window), 'the picture resumed')}")
        hand.until(lambda: (t := tile(window, "room")) and t.notice and t.image, "the loss named")
        say("gone")
        say(f"live {hand.until(lambda: live(window), 'pictures again')}")


if __name__ == "__main__":
    main(*sys.argv[1:])

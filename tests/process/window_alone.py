"""The console's real window in a process of its own, to be killed: asks for control, starts, stays.

    python window_alone.py STORE PASSPHRASE STEP

Off-screen; its buttons are pressed by a hand. Prints `asked`, then `started`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from mr_contract.vocabulary import StepState


def say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


def main(store_folder: str, passphrase: str, step: str) -> None:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QT_LOGGING_RULES"] = "default.warning=false"  # an off-screen window cannot be raised
    from rig.deskhand import DeskHand

    from remote_console.app import open_desk
    from remote_console.link import IdentityStore, Protection

    store = IdentityStore(Path(store_folder), Protection(ask_passphrase=lambda: passphrase))
    with open_desk(store, settings=Path(store_folder) / "window.ini") as desk:
        desk.window.resize(1600, 900)
        desk.window.show()
        hand = DeskHand(desk.window, desk.conductor, store)
        hand.until(lambda: desk.conductor.state.focused, "the scanner")
        ask = desk.window.control.ask_button
        hand.until(lambda: ask.isVisible() and ask.isEnabled(), "the question for control")
        hand.click(ask)
        say("asked")
        hand.until(lambda: hand.scanner.control and hand.scanner.control.yours, "control")
        hand.until(lambda: hand.scanner.exam and hand.scanner.exam.steps, "the protocol")
        hand.choose_step(step)
        hand.start()
        hand.until(lambda: hand.step(step).state is StepState.ACQUIRING, "the scan running")
        say("started")
        while True:
            hand.rest(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The story off-screen: the console's real window, driven in this process by a hand of its own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from rig.output import REPORT, TABLET
from rig.report import Report
from rig.system import System

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def play(system: System, out: Path) -> int:
    """Play the story and leave its pictures, images, journal and report in `out`, which is prepared."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QT_LOGGING_RULES"] = "default.warning=false"  # an off-screen window cannot be raised
    from rig.deskhand import DeskHand
    from rig.story import Story
    from rig.tablet_picture import take_tablet_picture

    from remote_console.app import open_desk
    from remote_console.link import LinkThread
    from remote_console.link.enrol_cli import open_store

    store = open_store(system.home, unprotected_for_demos_only=True)
    with LinkThread() as background, open_desk(store, settings=system.folder / "console.ini") as desk:
        desk.window.resize(1920, 1080)
        desk.window.show()
        story = Story(system, DeskHand(desk.window, desk.conductor, store), background, out)
        print("Playing one remote exam …", flush=True)
        report = story.play()
        browser = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
        if browser is None:
            report.notes.append("tablet.png was not made: there is no Chromium on this machine.")
        else:
            try:
                words = story.away(take_tablet_picture(system, store, browser, out / TABLET))
            except Exception as error:  # noqa: BLE001 - the driver raises bare ones; the story is not about it
                words = f"tablet.png was not made: the browser could not be driven ({error})."[:300]
            report.notes.append(words)
    return close_report(report, out)


def close_report(report: Report, out: Path) -> int:
    """Write the report and say what was not observed; the exit status of the demo."""
    report.write(out / REPORT)
    for name in [s.name for s in report.steps if s.failed or not s.seen] + report.not_reached:
        print(f"NOT OBSERVED: {name}")
    print(f"{'Every step was observed' if report.complete else 'Not every step was observed'}; see {out}.")
    return 0 if report.complete else 1

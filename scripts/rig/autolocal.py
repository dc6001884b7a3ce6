"""A scripted local operator, for one person trying the console alone. Its names say what it is.

It prepares the next patient at every scanner and says yes to whoever asks. Only ever with DEMO scanners.
"""

from __future__ import annotations

import asyncio
import contextlib

from rig import preparing
from rig.processes import RigError
from rig.scanner import RigScanner
from rig.site import RigSite
from rig.system import System
from rig.tablet import TabletHand


async def attend(system: System) -> None:
    """Attend every scanner until cancelled."""
    await system.require_demo()
    pairs = [(site, scanner) for site in system.sites for scanner in site.scanners]
    async with asyncio.TaskGroup() as group:
        for number, (site, scanner) in enumerate(pairs, 1):
            group.create_task(_attend_one(site, scanner, f"item-{number}"))


async def _attend_one(site: RigSite, scanner: RigScanner, item_id: str) -> None:
    async with await asyncio.to_thread(site.tablet, scanner) as tablet:
        await preparing.check_in(tablet)
        await _prepare(tablet, scanner, item_id)
        while True:
            await asyncio.sleep(0.5)
            with contextlib.suppress(RigError):
                await _answer(tablet, scanner, item_id)


async def _prepare(tablet: TabletHand, scanner: RigScanner, item_id: str) -> None:
    if tablet.view["exam"] is None:
        await preparing.take_patient(tablet, item_id)
    await preparing.position(tablet, scanner)
    await preparing.hold_ready(tablet)


async def _answer(tablet: TabletHand, scanner: RigScanner, item_id: str) -> None:
    """Whatever a local operator would do next: say yes, resume, be present, hold ready again."""
    view = tablet.view
    if view["exam"] is None:
        await _prepare(tablet, scanner, item_id)
    elif view["control"]["request_id"] is not None:
        await preparing.allow(tablet, tuple(view["control"]["requested"]))
    elif view["control"]["phase"] == "suspended":
        await tablet.do("resume_control")
    elif not view["checklist"]["patient_ready"] and view["status"]["room"]["door_closed"]:
        await tablet.do("confirm_patient_ready", exam_id=tablet.exam_id, held_ms=preparing.HELD_MS)
    else:
        await tablet.do("confirm_presence")
        await asyncio.sleep(5.0)

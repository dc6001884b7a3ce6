"""`scripts/demo --auto-local`: one person alone with a console gets a patient, a yes and a scan."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from benches.world import OPERATING, PROTOCOL, enrolled, may_start, start_accepted, until
from rig.autolocal import attend
from rig.system import System

from mr_contract.vocabulary import LinkLossAction
from remote_console.link import AgentClient, ScannerCommands

LOCALIZER = "s1"
WITHIN_S = 30.0


def one_site(folder: Path) -> System:
    """The first site of the demo, without its drawn cameras."""
    system = System(folder, 40.0, scripted=True)
    system.sites, system.scanners = (system.north,), system.scanners[:1]  # type: ignore[assignment]
    system.scanners[0].sources = ()
    return system


async def scan_alone(system: System) -> None:
    """Ask, be allowed, start."""
    store = await enrolled(system.north, "Maria", system.home)
    async with AgentClient(store.site("North"), store) as client:
        commands = ScannerCommands(client, system.scanners[0].scanner)
        await until(client, lambda: _ready(commands), "a patient, prepared")
        await commands.request_control(OPERATING, LinkLossAction.FINISH_SEQUENCE, acknowledging=True)
        await until(
            client, lambda: commands.view.control is not None and commands.view.control.yours, "a yes"
        )
        assert (await commands.open_protocol(PROTOCOL)).accepted
        await until(client, lambda: may_start(commands, LOCALIZER), "the localizer ready to start")
        await start_accepted(commands, LOCALIZER)


def _ready(commands: ScannerCommands) -> bool:
    view = commands.client.view.scanners.get(commands.scanner)
    return view is not None and view.exam is not None and view.standing is not None


@pytest.mark.process
async def test_a_person_alone_is_given_a_patient_a_yes_and_a_scan_by_people_called_scripted(
    tmp_path: Path,
) -> None:
    system = one_site(tmp_path)
    try:
        await asyncio.to_thread(system.start)
        operator = asyncio.create_task(attend(system))
        try:
            async with asyncio.timeout(WITHIN_S):
                await scan_alone(system)
            assert not operator.done()
        finally:
            operator.cancel()
            await asyncio.wait({operator})
        there = [r["body"]["name"] for r in system.north.records() if r["kind"] == "checked_in"]
        assert there == ["SCRIPTED Anna Keller", "SCRIPTED Ben Moser"]
    finally:
        system.end()

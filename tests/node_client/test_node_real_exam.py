"""The Node client follows a real exam: a real agent, a real simulated scanner, a real tablet's endpoints."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from node_process import DeviceFiles, needs_node, node_client, write_files
from rig import preparing
from rig.scanner import RigScanner
from rig.site import RigSite
from rig.tablet import TabletHand

from mr_contract.vocabulary import LinkLossAction, Privilege, StepState
from remote_console.link import AgentClient, IdentityStore, Protection, ScannerCommands, enrol

pytestmark = [needs_node, pytest.mark.process]
ALL = (Privilege.VIEW, Privilege.TALK, Privilege.EDIT, Privilege.START)


@dataclass(frozen=True, slots=True)
class RealSite:
    """One site with one scanner, both running."""

    site: RigSite
    scanner: RigScanner


@pytest.fixture
async def real(tmp_path: Path) -> AsyncIterator[RealSite]:
    scanner = RigScanner("mri-a", "MRI A", "A", "#6ea8fe", tmp_path, speed=40.0)
    site = RigSite("North", tmp_path / "north", (scanner,))
    await asyncio.to_thread(scanner.start)
    try:
        await asyncio.to_thread(site.make)
        await asyncio.to_thread(site.start)
        yield RealSite(site, scanner)
    finally:
        await asyncio.to_thread(site.end)
        await asyncio.to_thread(scanner.end)


def unprotected(directory: Path) -> IdentityStore:
    return IdentityStore(directory, Protection(unprotected_for_demos_only=True))


async def enrolled_files(real: RealSite, folder: Path) -> DeviceFiles:
    """Enrol a workstation of a radiologist, and hand its identity to another program as files."""
    store = unprotected(folder / "store")
    code = await asyncio.to_thread(real.site.invite, "Nora Node", "radiologist")
    site = await enrol(real.site.enrolment_url, code, store)
    authority = x509.load_pem_x509_certificate(site.authority_pem.encode())
    return write_files(folder / "files", authority, site.certificate, store.device_key())


async def test_it_sees_a_real_exam_from_start_to_stored_images(real: RealSite, tmp_path: Path) -> None:
    files = await enrolled_files(real, tmp_path / "node")
    store = unprotected(tmp_path / "desk")
    code = await asyncio.to_thread(real.site.invite, "Ruth Meyer")
    enrolled = await enrol(real.site.enrolment_url, code, store)
    fetched_to = tmp_path / "fetched"
    more = ("--ask", "view", "--fetch", str(fetched_to))
    async with real.site.tablet(real.scanner) as tablet, AgentClient(enrolled, store) as desk:
        await preparing.check_in(tablet)
        await preparing.take_patient(tablet, "item-1")
        await preparing.position(tablet, real.scanner)
        await preparing.hold_ready(tablet)
        async with node_client(files, real.site.control_port, site="North", more=more) as client:
            await client.line("asked", lambda line: line["accepted"])
            await preparing.allow(tablet, ("view",))
            await client.line("control", lambda line: line["privileges"] == ["view"])
            await run_first_step(desk, tablet)
            await client.line("step", lambda line: line["state"] == StepState.STORED.value)
            fetched = await client.line("fetched")
            states = [line["state"] for line in client.printed("step") if line["step_id"] == "s1"]
            told = [line["entry"]["kind"] for line in client.printed("timeline")]
    order = [state.value for state in StepState]
    assert states == sorted(states, key=order.index)
    assert {"planned", "acquiring", "stored"} <= set(states)
    assert told.index("start_accepted") < told.index("series_was_stored")
    assert len(list(fetched_to.iterdir())) == fetched["files"]
    assert all(path.read_bytes()[128:132] == b"DICM" for path in fetched_to.iterdir())


async def run_first_step(desk: AgentClient, tablet: TabletHand) -> None:
    """What an operator does at the desk: ask, open the protocol, start its first step."""
    hello = await desk.wait_connected()
    scanner = ScannerCommands(desk, hello.scanners[0].scanner)
    await heard(desk, lambda: scanner.view.exam is not None)
    asked = await scanner.request_control(ALL, LinkLossAction.FINISH_SEQUENCE, acknowledging=True)
    assert asked.accepted
    await tablet.until(lambda v: v["control"]["requested_by"] == "Ruth Meyer", "the operator's request")
    await preparing.allow(tablet)
    await heard(desk, lambda: scanner.view.control is not None and scanner.view.control.yours)
    assert (await scanner.list_protocols()).accepted
    approved = next(offer for offer in scanner.view.protocols if offer.approved)
    assert (await scanner.open_protocol(approved.protocol_id)).accepted
    await heard(desk, lambda: may_start(scanner))
    outcome = await scanner.start(scanner.prepare_start("s1"))
    assert outcome.accepted, outcome.findings


def may_start(scanner: ScannerCommands) -> bool:
    """Every interlock closed, nothing against the step, and a beat heard."""
    view = scanner.view
    steps = view.exam.steps if view.exam else ()
    return bool(
        view.standing
        and view.standing.all_closed
        and steps
        and not steps[0].findings
        and scanner.client.view.beat is not None
    )


async def heard(desk: AgentClient, holds: Callable[[], bool]) -> None:
    """Until a condition on the desk's view holds; looked at with every message."""
    async with asyncio.timeout(20):
        async for _ in desk.events():
            if holds():
                return

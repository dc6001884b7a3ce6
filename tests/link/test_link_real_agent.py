"""Consoles at the agent's own doors, no stand-in: who sees pictures, what is told again, what yields."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from agent_site import SCANNER, AgentSite, agent_site
from cryptography.hazmat.primitives.asymmetric import ec
from link_site import until

from local_agent.core import events as e
from local_agent.core.knocks import Door, Knock, TurnedAway
from local_agent.ports import ConsolePeer
from mr_contract.bulk_messages import PreviewHeader
from mr_contract.console_messages import (
    CertificateRenewed,
    ConsoleHello,
    Outcome,
    RenewCertificate,
    Resume,
    SendNote,
    TimelineAdded,
)
from mr_contract.findings import Finding
from mr_contract.reasons import Reason
from mr_contract.vocabulary import Privilege, Role
from remote_console.link import BulkClient, BulkFailed, Refused
from remote_console.link.enrolment import request_for

LARGE = bytes(range(256)) * 2048
"""512 KiB: milliseconds on a quiet line, minutes in the trickle of a busy one."""


class NotedLink:
    """A console's link that keeps what it is sent."""

    def __init__(self, name: str) -> None:
        self.peer = ConsolePeer(name, "ab" * 32, 1, name, Role.REMOTE_OPERATOR, datetime.now(UTC))
        self.sent: list[Any] = []

    def send(self, message: Any) -> None:
        self.sent.append(message)

    def close(self, findings: Sequence[Finding]) -> None:
        raise AssertionError(findings)


@pytest.fixture
async def north(tmp_path: Path) -> AsyncIterator[AgentSite]:
    async with agent_site(tmp_path) as made:
        yield made


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


def preview(slice_index: int) -> tuple[PreviewHeader, bytes]:
    header = PreviewHeader(
        scanner="its-own-name", step_id="s1", acquisition_id="a1", group=0, slice_index=slice_index,
        slice_count=3, rows=4, columns=4, row_spacing_mm=1.0, column_spacing_mm=1.0,
        position_mm=(0.0, 0.0, 0.0), row=(1.0, 0.0, 0.0), column=(0.0, 1.0, 0.0), lines_acquired=10,
        lines_total=192, window_centre=100.0, window_width=200.0,
    )  # fmt: skip
    return header, bytes(range(32))


class Viewer:
    """One person's connection for images, and what came over it."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def take(self, header: PreviewHeader, payload: memoryview) -> None:
        assert header.scanner == SCANNER
        assert bytes(payload) == bytes(range(32))
        self.seen.append(header.slice_index)


async def bulk_of(stack: AsyncExitStack, north: AgentSite, person: str) -> tuple[BulkClient, Viewer]:
    before, viewer = len(north.scanners._sinks), Viewer()
    bulk = await stack.enter_async_context(BulkClient(await north.connect(person)))
    await bulk.watch_previews([SCANNER], viewer.take)
    await until(lambda: len(north.scanners._sinks) > before)
    await told_what_to_watch(bulk)
    return bulk, viewer


async def told_what_to_watch(bulk: BulkClient) -> None:
    """Requests of one connection are read in order: what is refused after it proves it was heard."""
    with pytest.raises(Refused):
        await bulk.fetch_series(SCANNER, "no-such-series", timeout_s=5)


async def test_a_colleague_without_view_gets_neither_previews_nor_stored_series(
    north: AgentSite, stack: AsyncExitStack
) -> None:
    await north.store_series("ser1", LARGE)
    (mia_bulk, mia), (tom_bulk, tom) = [await bulk_of(stack, north, name) for name in ("mia", "tom")]
    north.grant("mia", Privilege.VIEW, Privilege.EDIT)
    north.scanners.scanner_preview(SCANNER, *preview(0))
    await until(lambda: mia.seen == [0])
    assert await mia_bulk.fetch_series(SCANNER, "ser1", timeout_s=10) == [LARGE]
    with pytest.raises(Refused) as caught:
        await tom_bulk.fetch_series(SCANNER, "ser1", timeout_s=5)
    assert [f.reason for f in caught.value.findings] == [Reason.VIEW_NOT_GRANTED]
    assert tom.seen == []


async def test_after_a_revoke_not_one_picture_more_is_sent(north: AgentSite, stack: AsyncExitStack) -> None:
    await north.store_series("ser1", LARGE)
    bulk, mia = await bulk_of(stack, north, "mia")
    north.grant("mia", Privilege.VIEW, Privilege.EDIT)
    north.scanners.scanner_preview(SCANNER, *preview(0))
    await until(lambda: mia.seen == [0])
    north.revoke()
    north.scanners.scanner_preview(SCANNER, *preview(1))
    with pytest.raises(Refused) as caught:
        await bulk.fetch_series(SCANNER, "ser1", timeout_s=5)
    assert [f.reason for f in caught.value.findings] == [Reason.VIEW_NOT_GRANTED]
    assert mia.seen == [0]


async def test_the_agent_renews_a_certificate_that_ends_soon_over_the_link(north: AgentSite) -> None:
    client = await north.connect("mia", days_ago=70)
    [old] = north.devices.list()
    first = client.site.certificate_pem
    await until(lambda: client.site.certificate_pem != first)
    renewed = north.store("mia").site("North").certificate
    assert (renewed.not_valid_after_utc - north.clock.wall()).days >= 89
    [known] = [d.identity for d in north.devices.list() if d.identity.not_after != old.identity.not_after]
    assert (known.serial, known.name) == (renewed.serial_number, "mia")
    assert known.spki_sha256 == old.identity.spki_sha256


async def test_the_agent_tells_again_only_what_came_after_the_number_a_console_names(
    north: AgentSite,
) -> None:
    north.record(*(e.StopGiven(by="Anna", command_id=f"stop-{n}") for n in range(6)))
    await until(lambda: north.service.journal.head.seq >= 7)
    stops = [r.seq for r in north.service.journal.read(0, 100) if r.kind == "stop_given"]
    for seq, expected in ((0, stops), (stops[2], stops[3:]), (stops[-1], [])):
        assert await replayed(north, seq) == expected


async def replayed(north: AgentSite, seq: int) -> list[int]:
    """Numbers of the stops that a console which knows everything up to `seq` is told of."""
    link = NotedLink(f"link-after-{seq}")
    north.consoles.console_opened(link)
    resume = Resume(site="North", seq=seq) if seq else None
    hello = ConsoleHello(protocol=1, program="test", resume=resume)
    north.consoles.console_frame(link, hello.model_dump_json())
    there = north.consoles._links[link.peer.link]
    await until(lambda: there.behind is None)
    north.consoles.console_closed(link)
    told = [x for m in link.sent if isinstance(m, TimelineAdded) for x in m.entries]
    return [x.seq for x in told if x.kind == "stop_given"]


async def test_images_wait_while_the_agent_measures_that_control_is_slow(
    north: AgentSite, stack: AsyncExitStack
) -> None:
    await north.store_series("ser1", LARGE)
    bulk, _ = await bulk_of(stack, north, "mia")
    north.grant("mia", Privilege.VIEW, Privilege.EDIT)
    await north.beat("mia", 0.02)
    await north.beat("mia", 0.2)
    fetching = asyncio.create_task(bulk.fetch_series(SCANNER, "ser1", timeout_s=30))
    done, _ = await asyncio.wait({fetching}, timeout=2.0)
    assert not done, "a file went out at full speed while control was hurt"
    await north.beat("mia", 0.02)
    assert await fetching == [LARGE]


async def test_images_do_not_wait_on_a_quiet_line(north: AgentSite, stack: AsyncExitStack) -> None:
    await north.store_series("ser1", LARGE)
    bulk, _ = await bulk_of(stack, north, "mia")
    north.grant("mia", Privilege.VIEW, Privilege.EDIT)
    await north.beat("mia", 0.02)
    await north.beat("mia", 0.03)
    try:
        assert await bulk.fetch_series(SCANNER, "ser1", timeout_s=2.0) == [LARGE]
    except BulkFailed as error:
        raise AssertionError("bulk gave way though control was not hurt") from error


async def test_a_command_for_no_scanner_and_a_certificate_for_another_key_are_told(
    north: AgentSite,
) -> None:
    told: list[Knock] = []
    north.consoles.turned_away = told.append
    client = await north.connect("Ruth")
    nowhere = await client.command(SendNote(command_id="n1", scanner="nowhere", text="hello"))
    assert [f.reason for f in nowhere.findings] == [Reason.UNKNOWN_SCANNER]
    stranger = request_for(ec.generate_private_key(ec.SECP256R1()))
    wanted = RenewCertificate(command_id="n2", csr_pem=stranger)
    refused = await client.ask(wanted, "n2", CertificateRenewed, 2.0)
    assert isinstance(refused, Outcome)
    await until(lambda: len(told) == 2)
    assert told == [
        Knock(Door.CONSOLES, why, by="Ruth")
        for why in (TurnedAway.UNKNOWN_SCANNER, TurnedAway.RENEWAL_REFUSED)
    ]

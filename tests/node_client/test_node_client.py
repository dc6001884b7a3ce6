"""A client in another language, written from docs/protocol.md alone, against the agent's real door."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from node_process import device_files, needs_node, node_client
from scripted_site import SCANNER, SERIES, RunningSite, past, scripted_site

from local_agent.authority.site_directory import init
from local_agent.clock import MachineClock
from mr_contract.console_messages import ConsoleHello, TimelineAdded
from mr_contract.findings import finding
from mr_contract.reasons import Reason
from mr_contract.vocabulary import Privilege, StepState

pytestmark = needs_node


@pytest.fixture
async def north(tmp_path: Path) -> AsyncIterator[RunningSite]:
    async with scripted_site(tmp_path / "north", "North") as running:
        yield running


async def test_it_follows_an_exam_that_it_was_allowed_to_view(north: RunningSite, tmp_path: Path) -> None:
    files = device_files(north.site, north.devices, tmp_path / "device")
    states = (StepState.STARTING, StepState.ACCEPTED, StepState.ACQUIRING, StepState.ACQUIRED)
    async with node_client(files, north.server.port, site="North", more=("--ask", "view")) as client:
        connected = await client.line("connected")
        await client.line("control", lambda line: line["privileges"] == [Privilege.VIEW])
        for state in states:
            north.agent.becomes(state)
        north.agent.tell(TimelineAdded(entries=(past(9),)))
        await client.line("timeline", lambda line: line["entry"]["seq"] == 9)
        await client.line("step", lambda line: line["state"] == states[-1])
        printed = [line["state"] for line in client.printed("step")]
        patients = [line["exam"]["patient"] for line in client.printed("exam")]
    assert connected["you"] == "Nora Node"
    assert printed == [StepState.PLANNED, *states]
    assert patients[0] is None
    assert patients[-1] == "DEMO-1"
    assert client.process.returncode == 0


async def test_it_echoes_every_beat_and_renews_no_lease(north: RunningSite, tmp_path: Path) -> None:
    files = device_files(north.site, north.devices, tmp_path / "device")
    async with node_client(files, north.server.port, site="North") as client:
        await client.line("exam")
        for number in range(20):
            north.agent.beat(number)
        north.agent.tell(TimelineAdded(entries=(past(9),)))
        await client.line("timeline", lambda line: line["entry"]["seq"] == 9)
    echoes = north.agent.echoes()
    assert [echo.beat for echo in echoes] == list(range(20))
    assert not any(echo.renew for echo in echoes)


async def test_it_fetches_a_series_with_a_ticket_and_every_byte_is_there(
    north: RunningSite, tmp_path: Path
) -> None:
    files = device_files(north.site, north.devices, tmp_path / "device")
    contents = [random.Random(n).randbytes(size) for n, size in enumerate((700_000, 1, 70_000))]
    for n, content in enumerate(contents):
        (tmp_path / f"{n}.dcm").write_bytes(content)
    north.agent.files = tuple(tmp_path / f"{n}.dcm" for n in range(len(contents)))
    more = ("--ask", "view", "--fetch", str(tmp_path / "fetched"))
    async with node_client(files, north.server.port, site="North", more=more) as client:
        await client.line("control", lambda line: line["privileges"] == [Privilege.VIEW])
        north.agent.becomes(StepState.STORED, stored=True)
        fetched = await client.line("fetched")
    assert fetched == {"what": "fetched", "series_id": SERIES, "files": len(contents)}
    assert [path.read_bytes() for path in sorted((tmp_path / "fetched").iterdir())] == contents


async def test_a_series_that_is_gone_is_said_to_be_refused(north: RunningSite, tmp_path: Path) -> None:
    files = device_files(north.site, north.devices, tmp_path / "device")
    more = ("--ask", "view", "--fetch", str(tmp_path / "fetched"))
    async with node_client(files, north.server.port, site="North", more=more) as client:
        await client.line("control", lambda line: line["privileges"] == [Privilege.VIEW])
        north.agent.becomes(StepState.STORED, stored=True)
        ended = await client.line("ended")
    assert Reason.SERIES_UNKNOWN.value in ended["why"]


async def test_it_resumes_the_timeline_where_it_stopped_hearing(north: RunningSite, tmp_path: Path) -> None:
    north.agent.history = tuple(past(seq) for seq in range(1, 6))
    files = device_files(north.site, north.devices, tmp_path / "device")
    async with node_client(files, north.server.port, site="North", more=("--resume", "3")) as client:
        await client.line("exam")
        seen = [line["entry"]["seq"] for line in client.printed("timeline")]
    hello = north.agent.heard[0]
    assert isinstance(hello, ConsoleHello)
    assert hello.resume is not None
    assert seen == [4, 5]


async def test_an_agent_of_another_authority_hears_nothing(north: RunningSite, tmp_path: Path) -> None:
    elsewhere = init(tmp_path / "elsewhere", "North", ("127.0.0.1",), MachineClock().wall())
    files = device_files(north.site, north.devices, tmp_path / "device")
    files.authority.write_bytes(elsewhere.authority_file.read_bytes())
    async with node_client(files, north.server.port, site="North") as client:
        ended = await client.line("ended")
    assert "certificate" in ended["why"]
    assert north.agent.heard == []
    assert client.process.returncode == 1


async def test_a_revoked_device_is_told_so(north: RunningSite, tmp_path: Path) -> None:
    files = device_files(north.site, north.devices, tmp_path / "device")
    async with node_client(files, north.server.port, site="North") as client:
        await client.line("exam")
        north.devices.revoke("Nora Node", MachineClock().wall())
        ended = await client.line("ended")
    assert ended["why"] == [Reason.REVOKED.value]


async def test_a_farewell_ends_it_with_the_reasons(north: RunningSite, tmp_path: Path) -> None:
    files = device_files(north.site, north.devices, tmp_path / "device")
    async with node_client(files, north.server.port, site="North") as client:
        await client.line("exam", lambda line: line["exam"]["exam_id"] == "exam-1")
        north.agent.links[0].close((finding(Reason.OUT_OF_ORDER),))
        ended = await client.line("ended")
    assert ended["why"] == [Reason.OUT_OF_ORDER.value]
    assert SCANNER not in str(ended)

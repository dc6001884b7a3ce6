"""An adapter that breaks the protocol is told why it ends; one line is journalled, nobody else notices."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from agent_site import SCANNER, AgentSite, agent_site
from link_site import until
from websockets.asyncio.server import ServerConnection, serve

from local_agent.scanner.client import ScannerAddress, ScannerClient
from mr_contract.scanner_messages import SCANNER_PROTOCOL, Capabilities, Pong, ScannerWelcome
from mr_contract.vocabulary import ScannerMode
from mr_contract.wire import AGENT_FRAME_LIMIT_BYTES, encode

ABILITIES = Capabilities(stop=True, preview=True, move_table=True, room_sensors=True, start_log=True)
PONG = Pong(reply_to=7, number=0)


@dataclass
class BrokenAdapter:
    """Welcomes its agent, says one frame, and listens to how it ends."""

    path: str
    frame: str | bytes
    welcomes: bool = True
    ended: list[tuple[int | None, str | None]] = field(default_factory=list)
    well: bool = False
    """Whether it has been mended."""

    async def serve(self, agent: ServerConnection) -> None:
        assert agent.request is not None
        if agent.request.path == "/control":
            hello = json.loads(await agent.recv())
            if self.welcomes:
                await agent.send(encode(self.welcome(hello["request_id"])))
        if agent.request.path == self.path and not self.well:
            await agent.send(self.frame)
            await agent.wait_closed()
            self.ended.append((agent.close_code, agent.close_reason))
        await agent.wait_closed()

    def welcome(self, reply_to: int) -> ScannerWelcome:
        return ScannerWelcome(
            reply_to=reply_to, protocol=SCANNER_PROTOCOL, program="broken", model="M", serial="1",
            mode=ScannerMode.DEMO, field_t=3.0, boot="boot-1", capabilities=ABILITIES,
        )  # fmt: skip


@asynccontextmanager
async def connected(
    north: AgentSite, adapter: BrokenAdapter, folder: Path, content: bytes = b"s3cret\n"
) -> AsyncIterator[None]:
    secret = folder / "secret"
    secret.write_bytes(content)
    async with serve(adapter.serve, "127.0.0.1", 0, compression=None, max_size=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        address = ScannerAddress(SCANNER, f"ws://127.0.0.1:{port}", secret)
        client = ScannerClient(address, north.scanners, "agent-1")
        client.start()
        try:
            yield
            assert not any(task.done() for task in client.tasks)
        finally:
            await client.close()


def violations(north: AgentSite) -> list[tuple[str, str]]:
    found = [r.body for r in north.service.journal.read(0, 1000) if r.kind == "violation_seen"]
    return [(body["by"], body["why"]) for body in found]


@pytest.fixture
async def north(tmp_path: Path) -> AsyncIterator[AgentSite]:
    async with agent_site(tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    ("adapter", "code"),
    [
        (BrokenAdapter("/control", "{"), 1008),
        (BrokenAdapter("/control", "[]"), 1008),
        (BrokenAdapter("/control", b"\x00\x01"), 1008),
        (BrokenAdapter("/control", '{"kind":"quenched","number":1}'), 1008),
        (BrokenAdapter("/control", '{"kind":"pong","reply_to":1,"more":1}'), 1008),
        (BrokenAdapter("/control", encode(PONG), welcomes=False), 1008),
        (BrokenAdapter("/control", "x" * (AGENT_FRAME_LIMIT_BYTES + 1)), 1009),
        (BrokenAdapter("/images", "{}"), 1008),
        (BrokenAdapter("/images", b"\x00\x01"), 1008),
    ],
    ids=[
        *("not-json", "not-an-object", "binary", "unknown-kind", "unknown-field", "no-welcome", "too-large"),
        *("text-among-images", "an-image-without-header"),
    ],
)
async def test_a_broken_frame_of_an_adapter_ends_its_connection_with_a_reason_and_one_line(
    north: AgentSite, tmp_path: Path, adapter: BrokenAdapter, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    console = await north.connect("mia")
    since = console.link.since
    caplog.set_level(logging.WARNING)
    async with connected(north, adapter, tmp_path):
        async with asyncio.timeout(5):
            await until(lambda: len(adapter.ended) >= 2)  # it connects again, and is broken again
        assert {ended[0] for ended in adapter.ended} == {code}
        assert all(reason for _, reason in adapter.ended)
        adapter.well = adapter.welcomes = True
        async with asyncio.timeout(5):
            await until(lambda: north.desk.welcome is not None)
    await until(lambda: bool(violations(north)))
    assert [by for by, _ in violations(north)] == [SCANNER], "one line, though it broke twice"
    assert (console.link.connected, console.link.since) == (True, since)
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    "content", [b"s\xc3\xa9cret", b"\xff\xfe\x00", b"", b"two\r\nlines", b"two words"],
    ids=["not-ascii", "not-text", "empty", "two-lines", "two-words"],
)  # fmt: skip
async def test_a_file_that_holds_no_secret_is_said_in_words_and_read_again(
    north: AgentSite, tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    adapter = BrokenAdapter("/control", "{")
    async with connected(north, adapter, tmp_path, content), asyncio.timeout(10):
        await until(lambda: "holds no secret" in caplog.text)
        (tmp_path / "secret").write_bytes(b"s3cret\n")
        await until(lambda: len(adapter.ended) >= 1)
    assert "Copy the adapter's file anew" in caplog.text

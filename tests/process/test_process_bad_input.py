"""Bad input on live sockets: a refusal or a close with a reason, one journal line, nobody else disturbed."""

from __future__ import annotations

import asyncio
import json
import resource
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from process_observing import eventually, reasons
from process_stage import FLAIR, LOCALIZER, QUICK, Stage, protected_store, stage_of
from rig.processes import RigError
from rig.tablet import TabletHand
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidMessage

from local_agent.core.session import HELLO_WITHIN_S
from mr_contract.reasons import Reason
from mr_contract.vocabulary import ControlPhase, Interlock, Privilege, StepState
from remote_console.link import AgentClient, ScannerCommands

pytestmark = pytest.mark.asyncio(loop_scope="module")

HELLO = {"kind": "console_hello", "protocol": 1, "program": "test", "sites": []}
STOP = {"kind": "stop_scan", "command_id": "stop-1", "scanner": "north-1"}
TABLET_HELLO = {"kind": "tablet_hello", "protocol": 1, "language": "en"}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stage(folder: Path) -> AsyncIterator[Stage]:
    async with stage_of(folder) as made:
        await made.startable(LOCALIZER)
        yield made


@asynccontextmanager
async def raw_console(stage: Stage, path: str = "/control") -> AsyncIterator[ClientConnection]:
    """A console's control connection without a console: the same certificate, any frame."""
    url = f"wss://localhost:{stage.site.control_port}{path}"
    context = await asyncio.to_thread(stage.console.client_context)
    async with connect(
        url,
        ssl=context,
        compression=None,
        max_size=2**20,
        ping_interval=None,
        proxy=None,
        user_agent_header=None,
    ) as socket:
        yield socket


@asynccontextmanager
async def raw_tablet(stage: Stage, cookie: str) -> AsyncIterator[ClientConnection]:
    where = urlsplit(stage.tablet.url).netloc
    async with connect(
        f"wss://{where}/socket",
        ssl=ssl.create_default_context(cafile=str(stage.site.authority)),
        additional_headers={"Cookie": cookie},
        origin=f"https://{where}",  # type: ignore[arg-type]
        compression=None,
        max_size=2**22,
        ping_interval=None,
        proxy=None,
    ) as socket:
        yield socket


async def said_until_closed(socket: ClientConnection) -> list[dict[str, Any]]:
    """Everything the agent still says before it closes; it has to close."""
    said: list[dict[str, Any]] = []
    async with asyncio.timeout(15.0):
        with suppress(ConnectionClosed):
            while True:
                said.append(json.loads(await socket.recv()))
    return said


def farewell(said: list[dict[str, Any]]) -> set[str]:
    """Reasons of the farewell."""
    return {f["reason"] for m in said if m["kind"] == "farewell" for f in m["findings"]}


async def answer(socket: ClientConnection, command_id: str) -> dict[str, Any]:
    async with asyncio.timeout(15.0):
        while True:
            message: dict[str, Any] = json.loads(await socket.recv())
            if message.get("command_id") == command_id and message["kind"] == "outcome":
                return message


async def greeted(socket: ClientConnection) -> dict[str, Any]:
    """After the hello; the first beat."""
    await socket.send(json.dumps(HELLO))
    async with asyncio.timeout(15.0):
        while True:
            message: dict[str, Any] = json.loads(await socket.recv())
            if message["kind"] == "beat":
                return message


@asynccontextmanager
async def one_violation(stage: Stage) -> AsyncIterator[None]:
    """Within the block one line is journalled, and the console in control neither loses it nor its link."""
    await stage.control()
    before = len(await stage.records("violation_seen"))
    since = stage.console.link.since
    yield
    deadline = asyncio.get_running_loop().time() + 10.0
    while len(await stage.records("violation_seen")) == before:
        assert asyncio.get_running_loop().time() < deadline, "no violation was journalled"
    assert len(await stage.records("violation_seen")) == before + 1
    assert stage.console.link.connected
    assert stage.console.link.since == since
    assert stage.phase() is ControlPhase.REMOTE
    assert "Traceback" not in stage.agent_log()


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ("{", "malformed"),
        ("[]", "malformed"),
        (json.dumps({**STOP, "more": 1}), "malformed"),
        (json.dumps({**STOP, "kind": "quench"}), "malformed"),
        (json.dumps({**STOP, "command_id": "../../etc"}), "malformed"),
        (b"\x00\x01", "malformed"),
        (json.dumps(STOP).encode(), "malformed"),
        ("x" * (65 * 1024), "too_large"),
        (json.dumps(HELLO), "out_of_order"),
        (json.dumps({"kind": "beat_echo", "beat": 10**9, "renew": True}), "out_of_order"),
    ],
    ids=[
        *("not-json", "not-an-object", "unknown-field", "unknown-kind", "bad-identifier", "binary"),
        *("a-stop-in-a-binary-frame", "oversized", "second-hello", "unknown-beat"),
    ],
)
async def test_a_bad_frame_of_a_console_closes_its_own_link_with_a_reason(
    stage: Stage, frame: str | bytes, reason: str
) -> None:
    async with one_violation(stage), raw_console(stage) as socket:
        await greeted(socket)
        await socket.send(frame)
        assert farewell(await said_until_closed(socket)) == {reason}
    assert not stage.room.watch.seen("stop_received")


AT_ONCE_S = HELLO_WITHIN_S / 2
"""A link that says nothing is closed with the same reason, but only after the time for its hello."""


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (json.dumps({"kind": "open_bulk", "command_id": "b-1"}), "out_of_order"),
        (json.dumps({"kind": "beat_echo", "beat": 0, "renew": True}), "out_of_order"),
        (json.dumps({**HELLO, "protocol": 99}), "incompatible_protocol"),
    ],
    ids=["a-ticket", "an-echo", "another-version"],
)
async def test_nothing_but_a_stop_is_heard_before_a_hello_of_our_version(
    stage: Stage, frame: str, reason: str
) -> None:
    async with one_violation(stage), raw_console(stage) as socket:
        began_s = asyncio.get_running_loop().time()
        await socket.send(frame)
        assert farewell(await said_until_closed(socket)) == {reason}
        assert asyncio.get_running_loop().time() - began_s < AT_ONCE_S, "refused by the time-out only"


async def test_a_stop_before_the_hello_reaches_the_scanner_and_costs_no_link(stage: Stage) -> None:
    step = await stage.startable(FLAIR)
    await stage.start(step)
    await stage.running()
    before = len(stage.room.watch.seen("stop_received"))
    async with raw_console(stage) as socket:
        await socket.send(json.dumps({**STOP, "command_id": "stop-before-hello"}))
        assert (await answer(socket, "stop-before-hello"))["accepted"]
        await eventually(
            lambda: len(stage.room.watch.seen("stop_received")) == before + 1, "the stop at the scanner"
        )
        assert await greeted(socket)
    await stage.idle()
    await eventually(lambda: stage.step_state(step) is StepState.STOPPED, "the scan stopped")


async def test_a_frame_beyond_all_limits_ends_the_connection_while_it_is_read(stage: Stage) -> None:
    async with one_violation(stage), raw_console(stage) as socket:
        await greeted(socket)
        with suppress(ConnectionClosed):
            await socket.send("x" * (2**19))
        await said_until_closed(socket)
        assert socket.close_code == 1009


async def test_a_replayed_echo_closes_the_link(stage: Stage) -> None:
    async with one_violation(stage), raw_console(stage) as socket:
        echo = json.dumps({"kind": "beat_echo", "beat": (await greeted(socket))["beat"], "renew": True})
        await socket.send(echo)
        await socket.send(echo)
        assert farewell(await said_until_closed(socket)) == {"out_of_order"}


async def test_a_replayed_start_gets_its_recorded_answer_and_starts_nothing(stage: Stage) -> None:
    step = await stage.startable(LOCALIZER)
    command = await stage.start(step)
    await eventually(lambda: stage.step_state(step) is StepState.STORED, "the step stored")
    async with raw_console(stage) as socket:
        await greeted(socket)
        await socket.send(command.model_dump_json())
        replayed = await answer(socket, command.command_id)
        assert (replayed["accepted"], replayed["start"]) == (True, "accepted")
        other = command.model_copy(update={"step_id": "s2"})
        await socket.send(other.model_dump_json())
        forged = await answer(socket, command.command_id)
        assert {f["reason"] for f in forged["findings"]} == {"command_reused"}
    assert len(stage.room.acquisitions(command.command_id)) == 1


async def test_a_radiologist_may_stop_and_watch_but_neither_ask_for_start_nor_start(
    stage: Stage, folder: Path
) -> None:
    step = await stage.startable(LOCALIZER)
    store = protected_store(folder / "radiologist")
    await stage.enrol(store, "Rosa", "radiologist")
    async with AgentClient(store.site("North"), store, tuning=QUICK) as client:
        commands = ScannerCommands(client, "north-1")
        await client.wait_connected()
        await eventually(lambda: client.view.beat is not None, "a beat")
        asked = await commands.request_control((Privilege.START,))
        assert reasons(asked) == {Reason.ROLE_FORBIDS}
        forged = stage.commands().prepare_start(step)
        refused = await client.command(forged)
        assert {Reason.ROLE_FORBIDS, Reason.NOT_HOLDER} <= reasons(refused)
        assert (await client.command(forged)).findings == refused.findings
        before = len(stage.room.watch.seen("stop_received"))
        assert (await commands.stop()).accepted
        await eventually(
            lambda: len(stage.room.watch.seen("stop_received")) == before + 1, "her stop at the scanner"
        )
    assert stage.phase() is ControlPhase.REMOTE
    assert not stage.room.acquisitions(forged.command_id)


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        ([TABLET_HELLO, "{"], "malformed"),
        ([TABLET_HELLO, {"kind": "tablet_stop"}], "malformed"),
        ([TABLET_HELLO, b"\x00"], "malformed"),
        ([TABLET_HELLO, TABLET_HELLO], "out_of_order"),
        ([{"kind": "revoke_control", "command_id": "r-1"}], "out_of_order"),
        ([{**TABLET_HELLO, "protocol": 99}], "incompatible_protocol"),
    ],
    ids=["not-json", "missing-field", "binary", "second-hello", "before-the-hello", "another-version"],
)
async def test_a_bad_frame_of_a_tablet_page_closes_that_page_with_a_reason(
    stage: Stage, frames: list[Any], reason: str
) -> None:
    async with one_violation(stage), raw_tablet(stage, stage.tablet.cookie) as socket:
        for frame in frames:
            await socket.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))
        assert farewell(await said_until_closed(socket)) == {reason}
    await stage.tablet.must("confirm_presence")


async def test_an_oversized_frame_of_a_tablet_page_closes_that_page(stage: Stage) -> None:
    async with one_violation(stage), raw_tablet(stage, stage.tablet.cookie) as socket:
        await socket.send(json.dumps(TABLET_HELLO))
        with suppress(ConnectionClosed):
            await socket.send("x" * 2**20)
        await said_until_closed(socket)
        assert socket.close_code in {1000, 1009}
    await stage.tablet.must("confirm_presence")


async def test_a_page_with_a_wrong_cookie_is_told_that_it_is_not_paired(stage: Stage) -> None:
    name, _, _ = stage.tablet.cookie.partition("=")
    async with raw_tablet(stage, f"{name}=guessed") as socket:
        assert farewell(await said_until_closed(socket)) == {"not_paired"}
    await stage.tablet.must("confirm_presence")


async def test_a_guessed_pairing_code_pairs_nothing(stage: Stage) -> None:
    guessed = TabletHand(stage.tablet.url.split("#")[0] + "#guessed", "0000", stage.site.authority)
    with pytest.raises(RigError, match="pairing refused"):
        await guessed.__aenter__()
    await stage.tablet.must("confirm_presence")


async def test_everyone_turned_away_at_a_door_is_a_line_of_the_sites_journal_and_harms_nobody(
    stage: Stage,
) -> None:
    """No certificate, an unknown scanner, a guessed ticket, cookie, code and PIN, a command not allowed."""
    await stage.control()
    since = stage.console.link.since
    url = f"wss://localhost:{stage.site.control_port}/control"
    stranger = ssl.create_default_context(cafile=str(stage.site.authority))
    stranger.check_hostname = False
    for _ in range(3):
        with pytest.raises((ssl.SSLError, InvalidMessage, OSError)):
            await connect(url, ssl=stranger, proxy=None)
    async with raw_console(stage) as socket:
        await greeted(socket)
        await socket.send(json.dumps({"kind": "disarm_step", "command_id": "u-1", "scanner": "nowhere"}))
        assert not (await answer(socket, "u-1"))["accepted"]
        await socket.send(json.dumps({"kind": "disarm_step", "command_id": "u-2", "scanner": "north-1"}))
        assert not (await answer(socket, "u-2"))["accepted"]
        await socket.send("{")
        assert farewell(await said_until_closed(socket)) == {"malformed"}
    async with raw_console(stage, "/bulk") as socket:
        await socket.send(json.dumps({"kind": "bulk_hello", "protocol": 1, "ticket": "0badcafe" * 4}))
        assert farewell(await said_until_closed(socket)) == {"malformed"}
    name, _, _ = stage.tablet.cookie.partition("=")
    async with raw_tablet(stage, f"{name}=guessed-cookie") as socket:
        assert farewell(await said_until_closed(socket)) == {"not_paired"}
    guessed = TabletHand(stage.tablet.url.split("#")[0] + "#guessed-code", "0000", stage.site.authority)
    with pytest.raises(RigError, match="pairing refused"):
        await guessed.__aenter__()
    wanted = {
        ("consoles", "certificate_missing"),
        ("consoles", "unknown_scanner"),
        ("bulk", "ticket_refused"),
        ("tablet", "cookie_refused"),
        ("tablet", "pairing_refused"),
    }
    deadline = asyncio.get_running_loop().time() + 10.0
    while True:
        shown = await asyncio.to_thread(shown_journal, stage)
        lines = [json.loads(line) for line in shown.splitlines() if '"door_refused"' in line]
        found = [(line["body"]["door"], line["body"]["why"]) for line in lines]
        if wanted <= set(found):
            break
        assert asyncio.get_running_loop().time() < deadline, found
    assert found.count(("consoles", "certificate_missing")) == 1, "a line for each repetition"
    assert {line["scanner"] for line in lines} == {""}
    assert "guessed" not in shown
    assert "badcafe" not in shown
    assert '"command_id": "u-2"' in shown, "the refused command"
    assert '"violation_seen"' in shown
    assert (stage.console.link.since, stage.phase()) == (since, ControlPhase.REMOTE)
    await stage.true_journal()


def shown_journal(stage: Stage) -> str:
    """What `local-agent journal show` prints."""
    assert stage.site.agent is not None
    words = [stage.site.agent.words[0], "journal", "show", str(stage.site.folder)]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


@asynccontextmanager
async def full_disk(stage: Stage) -> AsyncIterator[None]:
    """No file of the agent may grow beyond a size that its journal has passed long ago."""
    assert stage.site.agent is not None
    log = stage.site.folder / "agent.log"
    limit = log.stat().st_size + 16 * 1024
    assert limit < 64 * 1024 < stage.site.journal.with_name("journal.sqlite-wal").stat().st_size
    unlimited = resource.prlimit(stage.site.agent.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(stage.site.agent.pid, resource.RLIMIT_FSIZE, (limit, unlimited[1]))
    try:
        yield
    finally:
        resource.prlimit(stage.site.agent.pid, resource.RLIMIT_FSIZE, unlimited)


async def test_a_journal_that_cannot_be_written_allows_no_start_but_every_stop(stage: Stage) -> None:
    running = await stage.startable(FLAIR)
    await stage.start(running)
    await stage.running()
    stops = len(stage.room.watch.seen("stop_received"))
    async with full_disk(stage):
        assert (await stage.commands().stop()).accepted
        await eventually(
            lambda: len(stage.room.watch.seen("stop_received")) == stops + 1, "the stop at the scanner"
        )
        await eventually(
            lambda: Reason.JOURNAL_UNWRITABLE in stage.interlock(Interlock.SCANNER)[1], "said in words"
        )
        assert Reason.JOURNAL_UNWRITABLE in await stage.pressed_blind()
        await stage.tablet.until(
            lambda v: any(
                f["reason"] == "journal_unwritable" and "disk" in f["figures"]["why"]
                for i in v["standing"]["interlocks"]
                for f in i["findings"]
            ),
            "said at the tablet too",
        )
        assert (await stage.commands().stop()).accepted
        await eventually(lambda: len(stage.room.watch.seen("stop_received")) == stops + 2, "the second stop")
    await eventually(
        lambda: Reason.JOURNAL_UNWRITABLE not in stage.interlock(Interlock.SCANNER)[1], "recovery", 30.0
    )
    step = await stage.startable(LOCALIZER)
    await stage.start(step)
    await eventually(lambda: stage.step_state(step) is StepState.STORED, "a scan after the recovery")
    await stage.true_journal()


async def test_a_device_revoked_while_it_holds_control_is_cut_within_a_second_and_its_lease_lapses(
    stage: Stage,
) -> None:
    await stage.control()
    loop = asyncio.get_running_loop()
    revoke = Path(stage.site.agent.words[0] if stage.site.agent else "")
    done = await asyncio.create_subprocess_exec(
        str(revoke), "revoke", stage.person, "--dir", str(stage.site.folder)
    )
    assert await done.wait() == 0
    at_s = loop.time()
    await eventually(lambda: not stage.console.link.connected, "the link cut")
    assert loop.time() - at_s <= 1.0
    await stage.tablet.until(lambda v: v["control"]["phase"] == "suspended", "the lease lapsed")
    await eventually(lambda: "revoked" in stage.console.link.reason, "the reason in words")
    await eventually(lambda: not stage.console.link.connected, "still not connected")
    assert not (await stage.tablet.do("resume_control"))["accepted"]
    await stage.true_journal()

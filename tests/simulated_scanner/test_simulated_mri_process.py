"""The `simulated-mri` command as real processes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from mr_contract.scanner_messages import (
    AcquisitionEnded,
    AcquisitionProgressed,
    BulbPressed,
    CoilChanged,
    DoorOpened,
    FaultRaised,
    ImagesReady,
    Stop,
    StopTaken,
)
from scanner_kit import make_secret_file, read_secret_file
from scanner_kit.bench import Bench, ReadyScanner
from scanner_kit.conformance import run_conformance
from simulated_mri.scanner.inject import InjectError, inject
from simulated_mri.scanner.inject_messages import InjectBulb, InjectCoil, InjectDoor, InjectFault, Injection

pytestmark = pytest.mark.process
IDLE_LIMIT_MB = 250
START_WITHIN_S = 2.0
END_WITHIN_S = 2.0


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "simulated_mri", *arguments]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=20)


@dataclass(frozen=True, slots=True)
class Running:
    """A served scanner."""

    process: subprocess.Popen[str]
    bench: Bench
    inject_url: str
    inject_secret: str
    log: Path

    async def inject(self, injection: Injection) -> None:
        await inject(self.inject_url, self.inject_secret, injection)

    def end(self) -> str:
        """Terminate; what it wrote to its log."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=10)
        return self.log.read_text()


@contextmanager
def served(tmp_path: Path, *arguments: str, unread: bool = False) -> Iterator[Running]:
    """`unread`: its standard error is a pipe that nobody empties."""
    secrets = [tmp_path / "agent.secret", tmp_path / "room.secret"]
    for file in secrets:
        if not file.exists():
            make_secret_file(file)
    ready = tmp_path / "ready.json"
    ready.unlink(missing_ok=True)
    log = tmp_path / "scanner.log"
    with log.open("w") as log_file:
        process = subprocess.Popen(
            command(
                "serve", "--port", "0", "--secret-file", str(secrets[0]), "--inject-secret-file",
                str(secrets[1]), "--ready-file", str(ready), "--speed", "50", "--coil", "Head 20", *arguments,
            ),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE if unread else log_file, text=True,
        )  # fmt: skip
    try:
        _wait_for(ready, process)
        ports = json.loads(ready.read_text())
        assert ports["pid"] == process.pid
        yield Running(
            process,
            Bench(f"ws://127.0.0.1:{ports['port']}", read_secret_file(secrets[0])),
            f"ws://127.0.0.1:{ports['inject_port']}",
            read_secret_file(secrets[1]),
            log,
        )
    finally:
        process.kill()
        process.communicate(timeout=10)


def _wait_for(ready: Path, process: subprocess.Popen[str]) -> None:
    until_s = time.monotonic() + 20
    while not ready.exists():
        assert process.poll() is None
        assert time.monotonic() < until_s
        time.sleep(0.01)


@asynccontextmanager
async def started(bench: Bench) -> AsyncIterator[ReadyScanner]:
    """The localizer is running."""
    async with bench.ready() as scanner:
        await scanner.started()
        yield scanner


async def test_the_conformance_suite_passes(tmp_path: Path) -> None:
    with served(tmp_path) as scanner:
        results = [r async for r in run_conformance(scanner.bench.url, scanner.bench.secret)]
        log = scanner.end()
    assert [(result.name, result.words) for result in results if not result.passed] == []
    assert len(results) > 30
    assert "Traceback" not in log
    assert "Check^Conformance" not in log


def _cpu_s(pid: int) -> float:
    """Processor time used so far: what a start costs, however busy the machine is."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _pss_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_it_starts_quickly_and_small_and_ends_cleanly_on_sigterm(tmp_path: Path) -> None:
    with served(tmp_path, "--name", "North MR 1") as scanner:
        assert _cpu_s(scanner.process.pid) < START_WITHIN_S
        assert _pss_mb(scanner.process.pid) < IDLE_LIMIT_MB
        began_s = time.monotonic()
        scanner.process.send_signal(signal.SIGTERM)
        output, _ = scanner.process.communicate(timeout=10)
        assert time.monotonic() - began_s < END_WITHIN_S
        assert scanner.process.returncode == 0
    assert output.startswith("North MR 1: scanner on port ")
    assert len(output.splitlines()) == 1
    assert scanner.log.read_text().endswith("ending\n")
    assert "Traceback" not in scanner.log.read_text()


async def test_a_log_that_nobody_reads_does_not_hold_up_a_stop(tmp_path: Path) -> None:
    with served(tmp_path, unread=True) as scanner:
        async with scanner.bench.control() as client, asyncio.timeout(20):
            for _ in range(1000):
                await client.ask(Stop, StopTaken, by="a test")
        began_s = time.monotonic()
        scanner.process.send_signal(signal.SIGTERM)
        scanner.process.wait(timeout=10)
        assert time.monotonic() - began_s < END_WITHIN_S


async def test_it_ends_within_2_s_during_a_scan_with_agents_connected(tmp_path: Path) -> None:
    with served(tmp_path, "--speed", "5") as scanner:
        async with scanner.bench.control() as client, scanner.bench.images():
            ready = ReadyScanner(client)
            await ready.bring_about()
            await ready.started()
            began_s = time.monotonic()
            scanner.process.send_signal(signal.SIGTERM)
            await client.closed()
            await asyncio.to_thread(scanner.process.wait, 10)
            assert time.monotonic() - began_s < END_WITHIN_S
        assert scanner.process.returncode == 0


async def test_stops_are_answered_while_images_are_reconstructed(tmp_path: Path) -> None:
    with served(tmp_path) as scanner:
        async with scanner.bench.ready() as ready:
            _, event = await ready.started()
            await ready.client.event(AcquisitionEnded, after=event.number)
            answered = 0
            while not [e for e in ready.client.events if isinstance(e, ImagesReady)]:
                await ready.client.ask(Stop, StopTaken, by="a test")
                answered += 1
    assert answered > 3  # one behind the reconstruction would be the only one


async def test_a_stopped_scan_leaves_exactly_its_lines_and_an_incomplete_series(tmp_path: Path) -> None:
    with served(tmp_path, "--speed", "20") as scanner:
        async with started(scanner.bench) as ready:
            await ready.client.event(AcquisitionProgressed, such_that=lambda e: e.lines_acquired > 100)
            await ready.stopped()
            ended = await ready.client.event(AcquisitionEnded)
            images = await ready.client.event(ImagesReady)
    assert 100 < ended.lines_acquired < ended.lines_total
    assert not images.complete
    assert "INCOMPLETE" in images.description


async def test_the_room_is_told_to_agents_and_cuts_nothing_short_but_a_fault_does(tmp_path: Path) -> None:
    with served(tmp_path, "--speed", "5") as scanner:
        async with started(scanner.bench) as ready:
            await scanner.inject(InjectDoor(open=True))
            await ready.client.event(DoorOpened)
            await scanner.inject(InjectBulb(pressed=True))
            await ready.client.event(BulbPressed)
            assert (await ready.snapshot()).running is not None
            await scanner.inject(InjectFault(words="helium level"))
            await ready.client.event(FaultRaised)
            ended = await ready.client.event(AcquisitionEnded)
            assert "helium level" in ended.why
            await scanner.inject(InjectCoil(name=None))
            await ready.client.event(CoilChanged)


async def test_a_killed_agent_leaves_the_scan_running_to_its_end(tmp_path: Path) -> None:
    agent = (
        "import asyncio, os, sys\n"
        "from scanner_kit.bench import Bench, ReadyScanner\n"
        "async def main():\n"
        "    async with Bench(sys.argv[1], sys.argv[2]).control() as client:\n"
        "        scanner = ReadyScanner(client)\n"
        "        await scanner.bring_about()\n"
        "        reply, _ = await scanner.started()\n"
        "        print(reply.command_id, flush=True)\n"
        "        os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())\n"
    )
    with served(tmp_path) as scanner:
        killed = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", agent, scanner.bench.url, scanner.bench.secret],
            capture_output=True, text=True, timeout=30,
        )  # fmt: skip
        assert killed.returncode == -signal.SIGKILL
        command_id = killed.stdout.strip()
        async with scanner.bench.control() as client:
            now = await ReadyScanner(client).snapshot()
            assert now.last_command_id == command_id
            if now.running is not None:
                ended = await client.event(AcquisitionEnded)
                assert ended.complete
                assert ended.command_id == command_id


async def test_the_agents_secret_opens_no_injection_and_the_rooms_secret_no_scanner(tmp_path: Path) -> None:
    with served(tmp_path) as scanner:
        with pytest.raises(InjectError, match="401"):
            await inject(scanner.inject_url, scanner.bench.secret, InjectDoor(open=True))
        with pytest.raises(InjectError):
            await inject(scanner.bench.url + "/control", scanner.inject_secret, InjectDoor(open=True))
        async with scanner.bench.control() as client:
            assert (await ReadyScanner(client).snapshot()).door_closed
        log = scanner.end()
    assert "injection without the secret refused" in log
    assert "Traceback" not in log


def test_the_inject_command_opens_the_door_and_says_so(tmp_path: Path) -> None:
    with served(tmp_path) as scanner:
        room = ("inject", "--url", scanner.inject_url, "--secret-file", str(tmp_path / "room.secret"))
        done = run(*room, "door", "open")
        assert (done.returncode, done.stdout) == (0, "door: done, last event 1\n")
        assert run(*room, "table", "by-hand", "--mm", "250").returncode == 0
        assert "door_opened" in scanner.end()
    gone = run(*room, "door", "close")
    assert gone.returncode == 1
    assert "is the scanner running?" in gone.stderr
    assert "Traceback" not in gone.stderr


def _serve_arguments(tmp_path: Path, port: str = "0") -> tuple[str, ...]:
    agent, room = str(tmp_path / "agent.secret"), str(tmp_path / "room.secret")
    return "serve", "--port", port, "--secret-file", agent, "--inject-secret-file", room


def _refused(result: subprocess.CompletedProcess[str], *words: str) -> None:
    assert result.returncode in (1, 2)
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr


def test_a_port_in_use_is_said_in_words(tmp_path: Path) -> None:
    for name in ("agent.secret", "room.secret"):
        make_secret_file(tmp_path / name)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        _refused(run(*_serve_arguments(tmp_path, port)), port, "in use")


def test_a_missing_readable_or_shared_secret_is_said_in_words(tmp_path: Path) -> None:
    _refused(run(*_serve_arguments(tmp_path)), "agent.secret", "cannot read")
    assert run("secret", str(tmp_path / "agent.secret")).returncode == 0
    (tmp_path / "room.secret").write_bytes((tmp_path / "agent.secret").read_bytes())
    (tmp_path / "room.secret").chmod(0o644)
    _refused(run(*_serve_arguments(tmp_path)), "0644", "chmod 600")
    (tmp_path / "room.secret").chmod(0o600)
    _refused(run(*_serve_arguments(tmp_path)), "must not share")
    _refused(run("secret", str(tmp_path / "agent.secret")), "exists")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--speed", "0"),
        ("--speed", "nan"),
        ("--field-t", "99"),
        ("--port", "70000"),
        ("--port", "-1"),
        ("--seed", "x"),
        ("--name", ""),
        ("--host", "0.0.0.0"),
    ],
)
def test_an_impossible_setting_is_refused_in_words(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    for name in ("agent.secret", "room.secret"):
        make_secret_file(tmp_path / name)
    _refused(run(*_serve_arguments(tmp_path), *arguments))


def test_help_says_that_it_is_not_for_clinical_use() -> None:
    shown = run("--help")
    assert shown.returncode == 0
    assert "Not for clinical use" in " ".join(shown.stdout.split())
    for name in ("serve", "inject", "secret"):
        assert run(name, "--help").returncode == 0


def test_the_command_is_installed() -> None:
    installed = Path(sys.executable).with_name("simulated-mri")
    assert os.access(installed, os.X_OK)


def test_a_scenario_is_played_from_the_start_and_its_report_is_for_the_room_only(tmp_path: Path) -> None:
    with served(tmp_path, "--scenario", "coil_unplugged") as scanner:
        room = ("--url", scanner.inject_url, "--secret-file", str(tmp_path / "room.secret"))
        told = run("scenario", "report", *room)
        assert told.stdout.splitlines()[0] == "Coil unplugged during a scan"
        assert "happened not yet: The plug slips out of the table." in told.stdout
        unsuitable = run("scenario", "play", "extravasation_in_dynamic", *room)
        assert unsuitable.returncode == 1
        assert "needs abdomen" in unsuitable.stderr
        agent = ("--url", scanner.inject_url, "--secret-file", str(tmp_path / "agent.secret"))
        assert run("scenario", "play", "coil_unplugged", *agent).returncode == 1
        assert "injection without the secret refused" in scanner.end()

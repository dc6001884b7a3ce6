"""Ctrl-C or SIGTERM while a command still reads its parts: it ends at once, and without a traceback."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rig.processes import program

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc for what was read so far")

ENDS_WITHIN_S = 60.0
"""Eight programs begin at once, on a machine that may have to read them from its disk first."""
SECRETS = ("--secret-file", "a.secret", "--inject-secret-file", "b.secret")
COMMANDS = {
    "local-agent": ("devices", "nowhere"),
    "remote-console": ("--home", "nowhere", "--demo-key-without-protection"),
    "simulated-mri": ("serve", *SECRETS, "--port", "0"),
}
CASES = (
    ("local-agent", "/_pydantic_core.", signal.SIGINT),
    ("local-agent", "/_rust.", signal.SIGTERM),
    ("remote-console", "/_rust.", signal.SIGINT),
    ("remote-console", "/libQt6Core.", signal.SIGINT),
    ("remote-console", "/_rust.", signal.SIGTERM),
    ("simulated-mri", "/_pydantic_core.", signal.SIGINT),
    ("simulated-mri", "/_multiarray_umath.", signal.SIGINT),
    ("simulated-mri", "/_multiarray_umath.", signal.SIGTERM),
)
"""What has just been read into the process when the signal comes."""


def read_into(pid: int) -> str:
    """The libraries of a process so far."""
    try:
        return Path(f"/proc/{pid}/maps").read_text()
    except OSError:
        return ""


async def interrupted(command: str, moment: str, number: signal.Signals, folder: Path) -> tuple[int, str]:
    """How it ended, and what it said."""
    process = await asyncio.create_subprocess_exec(
        *(program(command), *COMMANDS[command]),
        cwd=folder,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        return await _ended(process, command, moment, number)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _ended(
    process: asyncio.subprocess.Process, command: str, moment: str, number: signal.Signals
) -> tuple[int, str]:
    while process.returncode is None and moment not in read_into(process.pid):
        await asyncio.sleep(0.002)
    assert process.returncode is None, f"{command} never read {moment}"
    process.send_signal(number)
    assert process.stderr is not None
    async with asyncio.timeout(ENDS_WITHIN_S):
        said = await process.stderr.read()
        return await process.wait(), said.decode()


@pytest.fixture
def heeded() -> Iterator[None]:
    """Behind nohup, or in a script's background, Ctrl-C is ignored, also by whatever is begun here."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeded")
async def test_a_command_that_is_interrupted_while_it_begins_ends_without_a_traceback(tmp_path: Path) -> None:
    for name in ("a.secret", "b.secret"):
        secret = tmp_path / name
        secret.write_text(name * 8)
        secret.chmod(0o600)
    ended = await asyncio.gather(*(interrupted(*case, tmp_path) for case in CASES))
    for (command, moment, number), (status, said) in zip(CASES, ended, strict=True):
        assert status in {-number, 128 + number}, (command, moment, status, said)  # 128 + number in a shell
        assert "Traceback" not in said, (command, moment, said)
        assert "ignored" not in said, (command, moment, said)

"""The script in docs/how-to/console.md runs as it is printed."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from scripted_site import RunningSite, scripted_site

from local_agent.authority.certificates import Person, issue_device_certificate, read_device_certificate
from mr_contract.vocabulary import Role, StepState
from remote_console.link import EnrolledSite, IdentityStore, Protection

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "console.md"
PASSPHRASE = "correct horse"


def enrolled_desk(running: RunningSite, directory: Path) -> None:
    """A workstation with a certificate of the site, its key under a passphrase."""
    store = IdentityStore(directory, Protection(ask_passphrase=lambda: PASSPHRASE))
    now, root = datetime.now(UTC), running.site.authority.certificate
    person = Person("Ruth Meyer", Role.REMOTE_OPERATOR)
    certificate = issue_device_certificate(
        running.site.authority, store.device_key().public_key(), person, now
    )
    running.devices.record(read_device_certificate(certificate.public_bytes(Encoding.DER), root, now), now)
    store.add(
        EnrolledSite(
            name=running.site.name,
            host="127.0.0.1",
            control_port=running.server.port,
            certificate_pem=certificate.public_bytes(Encoding.PEM).decode(),
            authority_pem=root.public_bytes(Encoding.PEM).decode(),
        )
    )


@pytest.mark.parametrize("busy", [False, True], ids=["at rest", "on a busy machine"])
async def test_the_printed_script_asks_to_view_and_follows_the_exam(tmp_path: Path, *, busy: bool) -> None:
    script = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert script
    async with scripted_site(tmp_path / "north", "North") as running:
        enrolled_desk(running, tmp_path / "desk")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", script.group(1), "North"),
            # Output waits in a buffer, as it does for whoever reads it through a pipe.
            env={**os.environ, "PYTHONUNBUFFERED": "", "REMOTE_CONSOLE_HOME": str(tmp_path / "desk")},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        if busy:
            running.agent.answering = lambda: kept_from_running(process)
        process.stdin.write(f"{PASSPHRASE}\n".encode())
        try:
            async with asyncio.timeout(20):
                asked = await line_with(process.stdout, "asked to view")
                running.agent.becomes(StepState.ACQUIRING)
                followed = await line_with(process.stdout, "acquiring")
        finally:
            process.terminate()
            await process.communicate()
    assert asked.endswith("accepted")
    assert "Localizer" in followed


@contextmanager
def kept_from_running(process: asyncio.subprocess.Process) -> Iterator[None]:
    """It hears in one piece what it is sent meanwhile, as a program does whose turn comes late."""
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


async def line_with(lines: asyncio.StreamReader, words: str) -> str:
    """The next line that holds the words."""
    async for line in lines:
        if words in line.decode():
            return line.decode().strip()
    raise AssertionError(f"the script ended before it printed {words!r}")

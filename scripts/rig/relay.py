"""A real relay on loopback: coturn, with the credentials the agent makes, and what its log says it carried.

`scripts/bootstrap --with-browser` installs it.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from local_agent.authority.certificates import issue_server_certificate, make_authority

PROGRAM = shutil.which("turnserver")
NO_PROGRAM = "NO coturn: nothing is relayed; run scripts/bootstrap --with-browser"
SECRET = b"a secret of agent and relay"
WITHIN_S = 30.0
READY = "DB connection success"
FLAGS = (
    *("-n", "--verbose", "--simple-log", "--no-stdout-log", "--no-cli", "--no-dtls", "--no-rfc5780"),
    *("--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--allow-loopback-peers"),
    *("--use-auth-secret", f"--static-auth-secret={SECRET.decode()}", "--realm=north.example"),
)


@dataclass(frozen=True, slots=True)
class Relay:
    """A coturn that runs: its ports, its log, the authority of its certificate."""

    port: int
    tls_port: int
    log: Path
    authority: Path
    pids: list[int] = field(default_factory=list)

    def url(self, way: str) -> str:
        """As in `[[media.turn]]`; `udp`, `tcp` or `tls`."""
        if way == "tls":
            return f"turns:127.0.0.1:{self.tls_port}?transport=tcp"
        return f"turn:127.0.0.1:{self.port}?transport={way}"

    @contextmanager
    def silent(self) -> Iterator[None]:
        """It holds its ports and says nothing, as behind a line that was cut."""
        for pid in self.pids:
            os.kill(pid, signal.SIGSTOP)
            _wait_until_stopped(pid)
        yield
        for pid in self.pids:
            os.kill(pid, signal.SIGCONT)

    def counted(self, media_id: str) -> tuple[int, int]:
        """Bytes from one end and to it, as the relay counted them when that end had left; 0 before."""
        usage = rf": usage: realm=<[^>]*>, username=<\d+:{media_id}>, rp=\d+, rb=(\d+), sp=\d+, sb=(\d+)"
        each = [(int(came), int(went)) for came, went in re.findall(usage, self.log.read_text())]
        return sum(came for came, _ in each), sum(went for _, went in each)


@contextmanager
def running_relay(directory: Path) -> Iterator[Relay]:
    """coturn on free ports of loopback, ready to serve; its files lie in `directory`."""
    if PROGRAM is None:
        raise FileNotFoundError(NO_PROGRAM)
    _write_certificate(directory)
    port, tls_port = _free_ports()
    running = Relay(port, tls_port, directory / "log", directory / "authority.crt")
    files = {"log-file": "log", "pidfile": "pid", "userdb": "users", "cert": "relay.crt", "pkey": "relay.key"}
    process = subprocess.Popen(
        [
            PROGRAM,
            *FLAGS,
            f"--listening-port={port}",
            f"--tls-listening-port={tls_port}",
            *(f"--{option}={directory / name}" for option, name in files.items()),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    running.pids.append(process.pid)
    try:
        _wait_until_ready(running, process)
        yield running
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(WITHIN_S)


def _wait_until_stopped(pid: int) -> None:
    """A thread that runs on another core may still answer something after the signal was sent."""
    until_s = time.monotonic() + WITHIN_S
    while any(_state(task) != "T" for task in Path(f"/proc/{pid}/task").iterdir()):
        if time.monotonic() > until_s:
            raise RuntimeError("coturn does not stop")
        time.sleep(0.001)


def _state(task: Path) -> str:
    """Of a thread, as `proc(5)` names it after the program's name in parentheses."""
    return (task / "stat").read_text().rpartition(")")[2].split()[0]


def _free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return int(one.getsockname()[1]), int(other.getsockname()[1])


def _write_certificate(directory: Path) -> None:
    """`relay.crt`, `relay.key`, and the site's `authority.crt`."""
    now = datetime.now(UTC)
    authority, key = make_authority("North", now), ec.generate_private_key(ec.SECP256R1())
    certificate = issue_server_certificate(authority, key.public_key(), ("127.0.0.1",), now)
    (directory / "authority.crt").write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    (directory / "relay.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
    (directory / "relay.key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )


def _wait_until_ready(relay: Relay, process: subprocess.Popen[bytes]) -> None:
    """Its last word before it serves."""
    until_s = time.monotonic() + WITHIN_S
    while not relay.log.exists() or READY not in relay.log.read_text():
        if process.poll() is not None or time.monotonic() > until_s:
            raise RuntimeError("coturn does not begin")
        time.sleep(0.01)

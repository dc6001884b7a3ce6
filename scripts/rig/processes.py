"""Start a program, wait until it listens, end it by its own process id."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

READY_WITHIN_S = 60.0
"""A program needs 2 s of processor time to become ready; two cores shared by fourteen others gave it 20 s."""
END_WITHIN_S = 5.0
PORTS = (20_000, 32_000)


class RigError(Exception):
    """A program did not do what the rig needs; the words say which and how."""


def program(name: str) -> str:
    """Path of one of our commands, beside the Python that runs this."""
    return str(Path(sys.executable).parent / name)


def free_port() -> int:
    """A TCP port that was free a moment ago, outside the range from which the system gives ports away."""
    while True:
        port = random.randrange(*PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def wait_for_port(port: int) -> None:
    """Until somebody listens there."""
    deadline = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise RigError(f"nobody listens on port {port}") from None
            time.sleep(0.05)
        else:
            return


def run(*words: str, cwd: Path | None = None, given: str = "") -> str:
    """Run a command to its end; its output. Raises RigError with its words when it fails."""
    done = subprocess.run(words, cwd=cwd, input=given, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RigError(f"{' '.join(words)}: status {done.returncode}: {done.stderr or done.stdout}")
    return done.stdout


def when_told_to_end(clean_up: Callable[[], None]) -> None:
    """On SIGTERM or SIGINT clean up and end at once, wherever the program is.

    Not by an exception: one raised inside a slot of Qt is printed and forgotten.
    """

    def end(number: int, _: FrameType | None) -> None:
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, signal.SIG_IGN)
        clean_up()
        os._exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)


@dataclass(slots=True)
class Program:
    """A running program and what it said when it was ready."""

    words: tuple[str, ...]
    log: Path
    ready_file: Path
    process: subprocess.Popen[bytes] | None = None
    ready: dict[str, Any] | None = None

    def start(self) -> dict[str, Any]:
        """Start it and wait until its ready file is there."""
        self.ready_file.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                (*self.words, "--ready-file", str(self.ready_file)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + READY_WITHIN_S
        while not self.ready_file.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                said = self.log.read_text(errors="replace")[-2000:]
                self.kill()
                raise RigError(f"{self.words[0]} did not become ready:\n{said}")
            time.sleep(0.02)
        ready: dict[str, Any] = json.loads(self.ready_file.read_text())
        self.ready = ready
        return ready

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        if self.process is None:
            raise RigError(f"{self.words[0]} was never started")
        return self.process.pid

    def end(self) -> None:
        """SIGTERM, then SIGKILL for one that does not end."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(END_WITHIN_S)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None and self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()

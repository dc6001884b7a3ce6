"""A simulated scanner in its own process, its room, and its own log."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rig.processes import Program, free_port, program, run
from websockets.asyncio.client import connect


@dataclass(slots=True)
class RigScanner:
    """One `simulated-mri serve`."""

    scanner: str
    name: str
    letter: str
    colour: str
    folder: Path
    speed: float = 1.0
    seed: int = 1
    port: int = field(default_factory=free_port)
    inject_port: int = field(default_factory=free_port)
    process: Program | None = None
    agent_url: str = ""
    """Where the agent is told to find it, if not at its own address: a proxy between them."""
    sources: tuple[tuple[str, str, str], ...] = ()
    """(kind, title, url) of each camera or screen its site declares; the kind is its id."""
    intercom: str = ""
    """The language of its intercom, over which the simulated patient hears and obeys; empty: it has none."""
    more: tuple[str, ...] = ()
    """What else its command line says."""
    coil: str = "Head 20"
    landmark: str = "nasion"
    """Of the exams that are made at it."""

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def secret_file(self) -> Path:
        return self.folder / f"{self.scanner}.secret"

    @property
    def _inject_file(self) -> Path:
        return self.folder / f"{self.scanner}.inject"

    @property
    def intercom_lines(self) -> str:
        """As its site declares it."""
        if not self.intercom:
            return ""
        room = f"simulated:ws://127.0.0.1:{self.inject_port}"
        return (
            f'[scanners.intercom]\noutput = "{room}"\nlanguage = "{self.intercom}"\n'
            f'secret_file = "{self._inject_file}"\n'
        )

    @property
    def inject_words(self) -> str:
        """The command with which a person moves this scanner's room."""
        address = f"ws://127.0.0.1:{self.inject_port}"
        return f"simulated-mri inject --url {address} --secret-file {self._inject_file}"

    def start(self) -> None:
        """Make the secrets on the first start, then serve."""
        for path in (self.secret_file, self._inject_file):
            if not path.exists():
                run(program("simulated-mri"), "secret", str(path))
        words = (
            *(program("simulated-mri"), "serve", "--port", str(self.port)),
            *("--inject-port", str(self.inject_port), "--secret-file", str(self.secret_file)),
            *("--inject-secret-file", str(self._inject_file), "--name", self.name),
            *("--speed", str(self.speed), "--seed", str(self.seed), *self.more),
        )
        log, ready = self.folder / f"{self.scanner}.log", self.folder / f"{self.scanner}.ready.json"
        self.process = Program(words, log, ready)
        self.process.start()

    def end(self) -> None:
        if self.process is not None:
            self.process.end()

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()

    async def inject(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Something happens in the room, or breaks."""
        headers = {"Authorization": f"Bearer {self._inject_file.read_text().strip()}"}
        address = f"ws://127.0.0.1:{self.inject_port}"
        async with connect(address, additional_headers=headers, compression=None, proxy=None) as socket:
            await socket.send(json.dumps({"kind": kind, **fields}))
            reply: dict[str, Any] = json.loads(await socket.recv())
            return reply

    async def ask(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Ask the scanner itself, beside the agent: its snapshot, its own log."""
        headers = {"Authorization": f"Bearer {self.secret_file.read_text().strip()}"}
        async with connect(
            self.url + "/control", additional_headers=headers, compression=None, max_size=2**24, proxy=None
        ) as socket:
            hello = {
                "kind": "scanner_hello",
                "request_id": 1,
                "protocol": 1,
                "agent": "rig",
                "observer": True,
            }
            if kind == "scanner_hello":
                asked = hello | fields
            else:
                await socket.send(json.dumps(hello))
                asked = {"kind": kind, "request_id": 2, **fields}
            await socket.send(json.dumps(asked))
            while True:
                reply: dict[str, Any] = json.loads(await socket.recv())
                if reply.get("reply_to") == asked["request_id"]:
                    return reply

    async def log(self) -> list[dict[str, Any]]:
        """The scanner's whole event log."""
        events: list[dict[str, Any]] = []
        while True:
            after = events[-1]["number"] if events else 0
            page = (await self.ask("get_log", after=after))["events"]
            events += page
            if len(page) < 500:
                return events

"""The Node client as a process: started, heard line by line, ended."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from local_agent.authority.certificates import Person, issue_device_certificate, read_device_certificate
from local_agent.authority.devices import Devices
from local_agent.authority.site_directory import Site
from mr_contract.vocabulary import Role

CLIENT = Path(__file__).parent / "client.mjs"
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(
    NODE is None, reason="NODE IS MISSING: the client written from docs/protocol.md was NOT run"
)
WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class DeviceFiles:
    """What a client in another language is given: three PEM files."""

    authority: Path
    certificate: Path
    key: Path


def device_files(site: Site, devices: Devices, folder: Path, role: Role = Role.RADIOLOGIST) -> DeviceFiles:
    """A new key, certified by the site for a person, in files."""
    now = datetime.now(UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    root = site.authority.certificate
    certificate = issue_device_certificate(site.authority, key.public_key(), Person("Nora Node", role), now)
    devices.record(read_device_certificate(certificate.public_bytes(Encoding.DER), root, now), now)
    return write_files(folder, root, certificate, key)


def write_files(
    folder: Path, root: x509.Certificate, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> DeviceFiles:
    """PEM files in a folder."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = DeviceFiles(folder / "authority.pem", folder / "device.pem", folder / "device.key")
    files.authority.write_bytes(root.public_bytes(Encoding.PEM))
    files.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
    files.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


@dataclass(slots=True)
class NodeClient:
    """A running client and every line it printed."""

    process: asyncio.subprocess.Process
    lines: list[dict[str, Any]] = field(default_factory=list)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def read(self) -> None:
        """Until it prints no more."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            async with self._changed:
                self.lines.append(json.loads(line))
                self._changed.notify_all()

    async def line(self, what: str, such_that: Callable[[dict[str, Any]], Any] = bool) -> dict[str, Any]:
        """The first line of this kind that fits; waits for it."""

        def found() -> dict[str, Any] | None:
            return next((line for line in self.lines if line["what"] == what and such_that(line)), None)

        try:
            async with asyncio.timeout(WITHIN_S), self._changed:
                await self._changed.wait_for(lambda: found() is not None)
        except TimeoutError:
            raise AssertionError(f"no line {what!r} came; the last were {self.lines[-5:]}") from None
        line = found()
        assert line is not None
        return line

    def printed(self, what: str) -> list[dict[str, Any]]:
        """All lines of a kind so far."""
        return [line for line in self.lines if line["what"] == what]


@asynccontextmanager
async def node_client(
    files: DeviceFiles, port: int, *, site: str, scanner: str = "mri-a", more: tuple[str, ...] = ()
) -> AsyncIterator[NodeClient]:
    """Run the client; it ends when its input is closed."""
    process = await asyncio.create_subprocess_exec(
        *(str(NODE), str(CLIENT), "--host", "127.0.0.1", "--port", str(port)),
        *("--ca", str(files.authority), "--cert", str(files.certificate), "--key", str(files.key)),
        *("--site", site, "--scanner", scanner, *more),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    client = NodeClient(process)
    reading = asyncio.create_task(client.read())
    try:
        yield client
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(5):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        await reading

"""A scripted site behind the real tablet server: the door the agent would be, on a loop of its own."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from local_agent.core.knocks import Knock
from local_agent.ports import TabletLink
from local_agent.tablet.config import TabletServerConfig
from local_agent.tablet.pairing_port import PairAnswer, PairedTablet
from local_agent.tablet.server import TabletServer
from mr_contract.console_messages import Outcome
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason
from mr_contract.tablet_messages import (
    FROM_TABLET,
    StaffView,
    TabletBeat,
    TabletStaff,
    TabletView,
    TabletWelcome,
)
from mr_contract.views import ScannerCard
from mr_contract.wire import decode

CODE, PIN, TOKEN = "code-of-the-qr", "246810", "token-of-tablet-1"
CARD = ScannerCard(
    scanner="north-mr1",
    site="North",
    name="MR 1",
    letter="A",
    colour="#6ea8fe",
    field_t=3.0,
    site_phone="+41 00 000 00 00",
)


@dataclass
class ScriptedPairing:
    """One code and PIN, good once; a token that can be revoked."""

    used: bool = False
    revoked: bool = False
    attempts: int = 0

    def pair(self, code: str, pin: str) -> PairAnswer:
        self.attempts += 1
        if self.used or (code, pin) != (CODE, PIN):
            return PairAnswer(None, (finding(Reason.NOT_PAIRED),))
        self.used = True
        return PairAnswer(TOKEN)

    def paired(self, token: str) -> PairedTablet | None:
        return PairedTablet("tablet-1", "north-mr1") if token == TOKEN and not self.revoked else None


class ScriptedDoor:
    """Records every frame in order, answers every command, and beats while it is told to."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.links: list[TabletLink] = []
        self.opened: list[TabletLink] = []
        self.closed: list[TabletLink] = []
        self.frames: list[Any] = []
        self.violations: list[Finding] = []
        self.knocks: list[Knock] = []
        self.refusals: dict[str, tuple[Finding, ...]] = {}
        self.unrecorded: dict[str, tuple[Finding, ...]] = {}
        self.silent = False
        self.mute: set[str] = set()
        self.view: TabletView | None = None
        self.staff: tuple[StaffView, ...] = ()
        self.clock_ahead = dt.timedelta()
        self._beat = 0
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="scripted-agent")

    def start(self) -> None:
        self._thread.start()
        self.loop.call_soon_threadsafe(self._tick)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def _tick(self) -> None:
        if not self.silent:
            self._beat += 1
            beat = TabletBeat(beat=self._beat, at=dt.datetime.now(dt.UTC) + self.clock_ahead)
            for link in self.links:
                link.send(beat)
        self.loop.call_later(0.1, self._tick)

    def tablet_opened(self, link: TabletLink) -> None:
        self.opened.append(link)
        self.links.append(link)
        self._note()

    def tablet_frame(self, link: TabletLink, frame: str | bytes) -> None:
        message = decode(FROM_TABLET, frame)
        self.frames.append(message)
        if message.kind == "tablet_hello":
            link.send(TabletWelcome(protocol=1, card=CARD, boot="boot-1"))
            link.send(TabletStaff(people=self.staff))
            if self.view is not None:
                link.send(self.view)
        elif message.kind != "tablet_beat_echo" and message.kind not in self.mute:
            findings = self.refusals.get(message.kind, ())
            said = findings or self.unrecorded.get(message.kind, ())
            link.send(Outcome(command_id=message.command_id, accepted=not findings, findings=said))
        self._note()

    def tablet_violated(self, link: TabletLink, why: Finding) -> None:
        assert link in self.links
        self.violations.append(why)

    def turned_away(self, knock: Knock) -> None:
        self.knocks.append(knock)
        self._note()

    def tablet_closed(self, link: TabletLink) -> None:
        self.closed.append(link)
        self.links.remove(link)
        self._note()

    def forget(self) -> None:
        """Ready for the next test, once every page has gone."""
        self.wait_for(lambda: not self.links)
        self.silent = False
        self.knocks.clear()
        for kept in (self.frames, self.opened, self.closed, self.refusals, self.unrecorded, self.mute):
            kept.clear()

    def _note(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def show(self, view: TabletView) -> None:
        """Every open page sees this from now on."""

        def send() -> None:
            self.view = view
            self._to_all(view)

        self.loop.call_soon_threadsafe(send)

    def show_staff(self, people: tuple[StaffView, ...]) -> None:
        """Every open page knows these people from now on."""

        def send() -> None:
            self.staff = people
            self._to_all(TabletStaff(people=people))

        self.loop.call_soon_threadsafe(send)

    def _to_all(self, message: TabletView | TabletStaff) -> None:
        for link in self.links:
            link.send(message)

    def wait_for(self, holds: Callable[[], bool], *, within_s: float = 5.0) -> None:
        """Wait until something the page did makes this true."""
        with self._changed:
            if not self._changed.wait_for(holds, within_s):
                raise AssertionError(f"not within {within_s} s; frames: {[f.kind for f in self.frames]}")

    def commands(self, kind: str) -> list[Any]:
        """Every command of this kind so far."""
        return [frame for frame in self.frames if frame.kind == kind]

    def wait_command(self, kind: str, count: int = 1) -> Any:
        """The newest command of this kind, once there are `count`."""
        self.wait_for(lambda: len(self.commands(kind)) >= count)
        return self.commands(kind)[-1]


@dataclass
class TabletSite:
    server: TabletServer
    door: ScriptedDoor
    pairing: ScriptedPairing
    certificate: Path


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tablet test")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    cert_path, key_path = folder / "tablet.pem", folder / "tablet.key"
    cert_path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return cert_path, key_path


@contextmanager
def open_site(folder: Path) -> Iterator[TabletSite]:
    """The real server on a free port, with a scripted agent behind it."""
    certificate, key = write_certificate(folder)
    config = TabletServerConfig(
        host="127.0.0.1", port=0, names=("127.0.0.1",), certificate=certificate, key=key
    )
    door, pairing = ScriptedDoor(), ScriptedPairing()
    server = TabletServer(
        config, door=door, agent_loop=door.loop, pairing=pairing, turned_away=door.turned_away
    )
    door.start()
    try:
        server.start()
        yield TabletSite(server, door, pairing, certificate)
    finally:
        server.stop()
        door.stop()

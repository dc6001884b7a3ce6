"""TLS at the agent's outer doors, and who a peer's certificate says it is.

- TLS 1.3 only, no resumption: every connection proves its certificate anew.
- Control and bulk: a client certificate of this site's authority, or no connection.
- Enrolment: the server proves itself, the console cannot yet; the chain carries the authority's
  certificate, so that the console can compare it with its code before it sends anything.
- Role and name come from the certificate alone, and only while the register says it is good.
"""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from local_agent.authority.certificates import (
    CertificateRefused,
    DeviceIdentity,
    read_device_certificate,
)
from local_agent.authority.devices import Devices, Standing
from local_agent.core.knocks import Door, OnKnock, unheard
from local_agent.link.handshakes import telling_tls
from local_agent.ports import ConsolePeer


class NotInRegister(CertificateRefused):
    """A certificate of this site that its register does not know, or knows as revoked."""

    def __init__(self, name: str, standing: Standing) -> None:
        super().__init__(f"The certificate is {standing.value}.")
        self.name = name
        self.standing = standing


@dataclass(frozen=True, slots=True)
class ServerCredentials:
    """What the agent proves itself with: a server certificate (PEM), its key (PEM), the site's root."""

    certificate_path: Path
    key_path: Path
    root: x509.Certificate


def control_context(credentials: ServerCredentials, heard: OnKnock = unheard) -> ssl.SSLContext:
    """For control and bulk: certificates on both sides; `heard` is told of each handshake that fails."""
    context = _server_context(credentials, Door.CONSOLES, heard)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=credentials.root.public_bytes(Encoding.DER))
    return context


def enrolment_context(credentials: ServerCredentials, heard: OnKnock = unheard) -> ssl.SSLContext:
    """For enrolment: the server's certificate only; `heard` is told of each handshake that fails."""
    return _server_context(credentials, Door.ENROLMENT, heard)


@dataclass(frozen=True, slots=True)
class Admission:
    """Judges certificates: genuine, for a device, in time, in the register and not revoked."""

    root: x509.Certificate
    devices: Devices
    wall: Callable[[], datetime]

    def read_peer(self, certificate_der: bytes | None, link: str) -> ConsolePeer:
        """Who is at the other end of `link`.

        Raises:
            CertificateRefused: says why.
        """
        if certificate_der is None:
            raise CertificateRefused("There is no certificate.")
        identity = read_device_certificate(certificate_der, self.root, self.wall())
        peer = ConsolePeer(
            link=link,
            device=identity.spki_sha256,
            serial=identity.serial,
            name=identity.name,
            role=identity.role,
            certificate_until=identity.not_after,
        )
        if (standing := self.devices.standing(identity)) is not Standing.GOOD:
            raise NotInRegister(peer.name, standing)
        return peer

    def still_good(self, peer: ConsolePeer) -> bool:
        """Whether a peer that was admitted still may be here."""
        in_time = self.wall() <= peer.certificate_until
        return in_time and self.devices.standing(identity_of(peer)) is Standing.GOOD


def identity_of(peer: ConsolePeer) -> DeviceIdentity:
    """The peer in the register's words."""
    return DeviceIdentity(peer.name, peer.role, peer.serial, peer.device, peer.certificate_until)


def _server_context(credentials: ServerCredentials, door: Door, heard: OnKnock) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sslobject_class = telling_tls(door, heard)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.num_tickets = 0
    root_pem = credentials.root.public_bytes(Encoding.PEM)
    with tempfile.TemporaryDirectory(prefix="local-agent-") as folder:
        chain = Path(folder, "chain.pem")
        chain.write_bytes(credentials.certificate_path.read_bytes().rstrip() + b"\n" + root_pem)
        context.load_cert_chain(chain, credentials.key_path)
    return context

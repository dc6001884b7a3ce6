"""A person's device becomes known to the site, and stays known.

- The request is judged before the code is spent: a console with a faulty request keeps its code.
- Name and role are the invitation's, and at renewal the register's; the request gives a key only.
- A certificate is in the register before it leaves the site.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from local_agent.authority.boot_time import BootInstant
from local_agent.authority.certificates import (
    Authority,
    CertificateRefused,
    DeviceIdentity,
    Person,
    RequestUnusable,
    issue_device_certificate,
    read_device_certificate,
    read_request,
    spki_sha256,
)
from local_agent.authority.devices import Devices, KeyRevoked, Standing
from local_agent.authority.invitations import CodeRefused, Invitations

RENEWAL_DUE = timedelta(days=30)
MOST_A_DAY = 4
"""Certificates for one key: an answer lost on the way is asked for again, a register is not filled."""


class IssuedTooOften(Exception):
    """This device was given several certificates lately; the next one can wait."""


class Enrolment:
    """The site's counter: codes in, certificates out."""

    def __init__(self, authority: Authority, invitations: Invitations, devices: Devices) -> None:
        self._authority = authority
        self._invitations = invitations
        self._devices = devices

    def enrol(
        self, ticket: str, csr: bytes, now: BootInstant, at: datetime
    ) -> x509.Certificate | CodeRefused:
        """A certificate for the invited person, on the device that made the request.

        Raises RequestUnusable or KeyRevoked; the code is then still good.
        """
        key = read_request(csr)
        if self._devices.is_revoked(spki_sha256(key)):
            raise KeyRevoked
        match self._invitations.redeem(ticket, now):
            case Person() as person:
                certificate = issue_device_certificate(self._authority, key, person, at)
                self._devices.record(self._identity(certificate, at), at)
                return certificate
            case refused:
                return refused

    def renew(self, current: DeviceIdentity, csr: bytes, at: datetime) -> x509.Certificate:
        """A new certificate for the same person, role and key, while the current one is good.

        Raises RequestUnusable when the request is for another key, CertificateRefused when the current
        certificate is expired, revoked or unknown, IssuedTooOften when there were several within a day.
        """
        key = read_request(csr)
        if spki_sha256(key) != current.spki_sha256:
            raise RequestUnusable("A renewal is for the same key. For a new key ask the site to invite you.")
        if at > current.not_after:
            raise CertificateRefused("The certificate has expired. Ask the site to invite you again.")
        standing = self._devices.standing(current)
        if standing is not Standing.GOOD:
            raise CertificateRefused(
                f"The certificate is {standing.value}. Ask the site to invite you again."
            )
        if self._devices.issued_since(current.spki_sha256, at - timedelta(days=1)) >= MOST_A_DAY:
            raise IssuedTooOften
        certificate = issue_device_certificate(self._authority, key, Person(current.name, current.role), at)
        self._devices.record(self._identity(certificate, at), at)
        return certificate

    def _identity(self, certificate: x509.Certificate, at: datetime) -> DeviceIdentity:
        der = certificate.public_bytes(serialization.Encoding.DER)
        return read_device_certificate(der, self._authority.certificate, at)


def renewal_is_due(identity: DeviceIdentity, at: datetime) -> bool:
    """Whether less than thirty of a certificate's ninety days are left."""
    return identity.not_after - at < RENEWAL_DUE

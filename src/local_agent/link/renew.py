"""Renewal of a console's certificate over its own link."""

from __future__ import annotations

from datetime import datetime

from cryptography.hazmat.primitives.serialization import Encoding

from local_agent.authority.certificates import CertificateRefused, RequestUnusable
from local_agent.authority.devices import KeyRevoked
from local_agent.authority.enrolment import Enrolment, IssuedTooOften
from local_agent.link.tls import identity_of
from local_agent.ports import ConsolePeer
from mr_contract.console_messages import CertificateRenewed, RenewCertificate
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason


def renew(
    enrolment: Enrolment, peer: ConsolePeer, request: RenewCertificate, at: datetime
) -> CertificateRenewed | Finding:
    """A new certificate for the same person, role and key, or why not.

    Signs and writes the register: some milliseconds.
    """
    try:
        certificate = enrolment.renew(identity_of(peer), request.csr_pem.encode(), at)
    except RequestUnusable as error:
        return finding(Reason.MALFORMED, why=str(error))
    except (CertificateRefused, KeyRevoked):
        return finding(Reason.REVOKED)
    except IssuedTooOften:
        return finding(Reason.TOO_MANY)
    return CertificateRenewed(
        command_id=request.command_id, certificate_pem=certificate.public_bytes(Encoding.PEM).decode()
    )

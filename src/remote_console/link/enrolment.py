"""Enrolling this workstation at a site.

- The code names the site's authority. A first connection only looks at the certificates the server
  shows, and is closed: no byte of ours has been sent.
- The second one trusts that very authority and nothing else, and carries the request.
- The key is made here and stays here; name and role are the site's to say.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import TypeAdapter
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from mr_contract.enrolment_messages import ENROLMENT_PROTOCOL, Enrolled, EnrolRefused, EnrolRequest
from mr_contract.reasons import Reason
from mr_contract.wire import Violation, decode, encode
from remote_console.link.errors import EnrolmentFailed, StoreConflict, WrongAuthority
from remote_console.link.identity_store import EnrolledSite, IdentityStore, pinned_context
from remote_console.link.invitation_code import ParsedCode, parse_code
from remote_console.link.reasons_in_words import why_not_connected

DEFAULT_PORT = 8444
TIMEOUT_S = 10.0
FRAME_LIMIT_BYTES = 64 * 1024
_ANSWER: TypeAdapter[Enrolled | EnrolRefused] = TypeAdapter(Enrolled | EnrolRefused)


async def enrol(url: str, code: str, store: IdentityStore) -> EnrolledSite:
    """Get a certificate for this workstation and keep it.

    Args:
        url: `host:port`, `https://host:port` or `wss://host:port` of the site's enrolment.
        code: as the site printed it.
        store: gets the site; its key is made now if there is none yet.

    Raises:
        BadCode: the code cannot be right; nothing was connected to.
        WrongAuthority: the server is not of the site that made the code; nothing was sent.
        EnrolmentFailed: the site refused, or could not be reached; says why.
        StoreLocked: the key cannot be read or made.
        StoreConflict: another authority is enrolled under the site's name.
    """
    parsed = parse_code(code)
    host, port = parse_address(url)
    key = await asyncio.to_thread(store.device_key)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            authority_pem = await _find_authority(host, port, parsed)
            answer = await _ask(host, port, authority_pem, parsed.ticket, key)
    except (OSError, TimeoutError, WebSocketException) as error:
        why = why_not_connected(error, host, port)
        raise EnrolmentFailed(
            f"{why} Check address and port: it is open only while a code is good."
        ) from None
    except Violation as violation:
        raise EnrolmentFailed(f"The site's answer is not valid: {violation.why}") from None
    if isinstance(answer, EnrolRefused):
        words = [f.figures.get("why") or f"{f.text}. {f.remedy}." for f in answer.findings]
        if any(f.reason is Reason.REVOKED for f in answer.findings):
            words.append("Forget all sites of this workstation first: it makes a new key then.")
        raise EnrolmentFailed(" ".join(words) or "The site refused, without a reason.")
    site = EnrolledSite(
        name=answer.site,
        host=host,
        control_port=answer.control_port,
        certificate_pem=answer.certificate_pem,
        authority_pem=authority_pem,
    )
    try:
        await asyncio.to_thread(store.add, site)
    except OSError as error:
        raise StoreConflict(f"The certificate cannot be kept: {error.strerror} ({error.filename}).") from None
    return site


def parse_address(url: str) -> tuple[str, int]:
    """Host and port of a site's URL.

    Raises:
        EnrolmentFailed: it names no host, or another scheme.
    """
    try:
        parts = urlsplit(url if "://" in url else f"wss://{url}")
        host, port = parts.hostname, parts.port or DEFAULT_PORT
        (host or "").encode("idna")
    except ValueError:
        host, port, parts = None, 0, urlsplit("")
    if not host or parts.scheme not in {"wss", "https"}:
        raise EnrolmentFailed(f"“{url}” is not an address; give it as host:port.")
    return host, port


def request_for(key: ec.EllipticCurvePrivateKey) -> str:
    """A certificate request that proves possession of the key, and claims nothing else."""
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    return request.public_bytes(Encoding.PEM).decode()


async def _find_authority(host: str, port: int, code: ParsedCode) -> str:
    """The authority's certificate (PEM) out of the chain the server shows; nothing is sent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the code's fingerprint is the verification, below
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(asyncio.Protocol, host, port, ssl=context)
    try:
        chain = shown_chain(transport.get_extra_info("ssl_object"))
    finally:
        transport.abort()
    for certificate in chain:
        if code.is_from(certificate):
            return ssl.DER_cert_to_PEM_cert(certificate)
    raise WrongAuthority(
        f"{host}:{port} is not of the site that made this code. Nothing was sent to it. "
        "Check the address; if it is right, tell the site at once: somebody may stand in between."
    )


async def _ask(
    host: str, port: int, authority_pem: str, ticket: str, key: ec.EllipticCurvePrivateKey
) -> Enrolled | EnrolRefused:
    async with connect(
        f"wss://{bracketed(host)}:{port}/enrol",
        ssl=pinned_context(authority_pem),
        compression=None,
        max_size=FRAME_LIMIT_BYTES,
        ping_interval=None,
        close_timeout=1.0,
        proxy=None,
        user_agent_header=None,
    ) as connection:
        request = EnrolRequest(protocol=ENROLMENT_PROTOCOL, secret=ticket, csr_pem=request_for(key))
        await connection.send(encode(request))
        return decode(_ANSWER, await connection.recv())


def bracketed(host: str) -> str:
    """The host as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def shown_chain(tls: Any) -> tuple[bytes, ...]:
    """All certificates the peer showed (DER), unverified; the handshake proved the first one's key.

    Public since Python 3.13; before, the same method of the object inside.
    """
    if hasattr(tls, "get_unverified_chain"):
        return tuple(bytes(certificate) for certificate in tls.get_unverified_chain())
    der_encoding = 2  # _ssl.ENCODING_DER
    chain = tls._sslobj.get_unverified_chain() or ()  # noqa: SLF001 - see above
    return tuple(certificate.public_bytes(der_encoding) for certificate in chain)

"""Signed statements of how many scans a device runs at a site.

A statement answers a nonce of the agent that asks, so its freshness needs no common clock, and names
the device's key, so it cannot be passed on for another person.
"""

from __future__ import annotations

import base64
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mr_contract.console_messages import WorkloadStatement


def sign_statement(
    key: Ed25519PrivateKey, *, site: str, device: str, running: int, where: str, nonce: str
) -> WorkloadStatement:
    """This site's word on what the device runs here now."""
    signed = _signed_bytes(site, device, running, where, nonce)
    signature = base64.b64encode(key.sign(signed)).decode()
    return WorkloadStatement(
        site=site, device=device, running=running, where=where, nonce=nonce, signature=signature
    )


def statement_holds(statement: WorkloadStatement, key_hex: str) -> bool:
    """Whether the statement was signed by the site whose key this is."""
    signed = _signed_bytes(
        statement.site, statement.device, statement.running, statement.where, statement.nonce
    )
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key_hex))
        key.verify(base64.b64decode(statement.signature, validate=True), signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def _signed_bytes(site: str, device: str, running: int, where: str, nonce: str) -> bytes:
    fields = {"device": device, "nonce": nonce, "running": running, "site": site, "where": where}
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return b"workload-statement-1\n" + text.encode()

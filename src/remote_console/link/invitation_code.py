"""Reads the code a site gave: what to say to it, and which authority to say it to.

Fifty characters of Crockford's base 32 (docs/protocol.md): 20 of the ticket, 26 of the authority's
fingerprint (the first 130 bits of the SHA-256 of its certificate), 4 that find typing errors.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from remote_console.link.errors import BadCode

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TICKET, _AUTHORITY, _CHECK = 20, 26, 4
_CHECK_PREFIX = b"remote-scanning-invitation-1:"


@dataclass(frozen=True, slots=True)
class ParsedCode:
    """`ticket` is the secret; `authority` says who may hear it."""

    ticket: str
    authority: str

    def is_from(self, certificate_der: bytes) -> bool:
        """Whether this certificate is the authority's that made the code."""
        return self.authority == _base32(hashlib.sha256(certificate_der).digest(), _AUTHORITY)


def parse_code(typed: str) -> ParsedCode:
    """The code in what a person typed: case, blanks, hyphens, I, L and O for 1, 1 and 0 do not matter.

    Raises:
        BadCode: says what is wrong.
    """
    meant = {"I": "1", "L": "1", "O": "0"}
    code = "".join(meant.get(c, c) for c in typed.upper() if not c.isspace() and c != "-")
    for character in code:
        if character not in _ALPHABET:
            raise BadCode(f"“{character}” cannot be part of a code. Copy it as the site printed it.")
    expected = _TICKET + _AUTHORITY + _CHECK
    if len(code) != expected:
        raise BadCode(f"A code has {expected} characters; this one has {len(code)}. Copy it whole.")
    content, check = code[:-_CHECK], code[-_CHECK:]
    if check != _base32(hashlib.sha256(_CHECK_PREFIX + content.encode()).digest(), _CHECK):
        raise BadCode("The code has a typing error; compare it with what the site gave you.")
    return ParsedCode(content[:_TICKET], content[_TICKET:])


def _base32(content: bytes, characters: int) -> str:
    bits = "".join(f"{byte:08b}" for byte in content)
    return "".join(_ALPHABET[int(bits[5 * i : 5 * i + 5], 2)] for i in range(characters))

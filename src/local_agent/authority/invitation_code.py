"""The code a person carries from the site to the console: what to say, and whom to say it to.

Fifty characters of Crockford's base 32 in ten groups of five, for pasting or the telephone:

    characters   bits   content
    4            20     number of the invitation (random)
    16           80     secret, good once
    26           130    first bits of SHA-256 over the authority's certificate (DER)
    4            20     first bits of SHA-256 over "remote-scanning-invitation-1:" and the 46 characters
                        before: finds typing errors

Consoles read it (part of the protocol), forgivingly: case, blanks and hyphens do not matter, I and L are
read as 1, O as 0. A console sends number and secret, and only to a server whose certificate the named
authority issued.

Example, of a certificate whose SHA-256 is 00 01 02 … 1f:
`4F9KA-BCDEF-GHJKM-NPQRS-000G4-0R40M-30E20-9185G-R38E1-WVD2B`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBER_CHARACTERS = 4
SECRET_CHARACTERS = 16
FINGERPRINT_CHARACTERS = 26
CHECK_CHARACTERS = 4
GROUP = 5

TICKET_CHARACTERS = NUMBER_CHARACTERS + SECRET_CHARACTERS
CODE_CHARACTERS = TICKET_CHARACTERS + FINGERPRINT_CHARACTERS + CHECK_CHARACTERS
_READ_AS = str.maketrans("ILO", "110", " -\t\r\n")


class CodeUnreadable(ValueError):
    """The text cannot be part of an invitation code; says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class InvitationCode:
    """`ticket` goes to the site (number and secret); `authority` is compared before anything is sent."""

    ticket: str
    authority: str

    def text(self) -> str:
        """The code as it is printed."""
        content = self.ticket + self.authority
        code = content + _check(content)
        return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def normalised(text: str) -> str:
    """The characters that count. Raises CodeUnreadable, naming the first that cannot be in a code."""
    code = text.upper().translate(_READ_AS)
    for character in code:
        if character not in ALPHABET:
            raise CodeUnreadable(f"{character!r} cannot be in an invitation code.")
    return code


def encode(content: bytes, characters: int) -> str:
    """The first `characters` × 5 bits of `content`; the content must have that many."""
    bits = int.from_bytes(content, "big")
    total = len(content) * 8
    if total < characters * 5:
        raise ValueError(f"{total} bits do not fill {characters} characters of 5 bits")
    shifts = range(total - 5, total - 5 - 5 * characters, -5)
    return "".join(ALPHABET[(bits >> shift) & 31] for shift in shifts)


def _check(content: str) -> str:
    digest = hashlib.sha256(b"remote-scanning-invitation-1:" + content.encode()).digest()
    return encode(digest, CHECK_CHARACTERS)

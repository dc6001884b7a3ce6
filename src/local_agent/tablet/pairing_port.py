"""What the tablet's door asks of the site's authority."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mr_contract.findings import Finding


class PairingUnavailable(Exception):
    """The register of tablets cannot be read or written now; the words say which and why."""


@dataclass(frozen=True, slots=True)
class PairedTablet:
    """A tablet the site knows, and the one scanner it is bound to."""

    tablet: str
    scanner: str


@dataclass(frozen=True, slots=True)
class PairAnswer:
    """A new device token, or every reason why there is none."""

    token: str | None
    findings: tuple[Finding, ...] = ()


class TabletPairing(Protocol):
    """Code and PIN against a device token. The token is kept hashed, never as it is.

    Both methods may raise `PairingUnavailable`.
    """

    def pair(self, code: str, pin: str) -> PairAnswer:
        """Redeem a code once. Rate-limited and slow on purpose: called in a worker thread."""
        ...

    def paired(self, token: str) -> PairedTablet | None:
        """Whose token this is; None if it never was one, or was revoked. Quick, from any thread."""
        ...

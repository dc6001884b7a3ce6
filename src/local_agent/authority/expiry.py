"""What of a site's certificates ends when, and what to do about it in time.

- A server's certificate that ends locks every console or tablet out: thirty days' notice.
- A device renews by itself when thirty days are left; one with less than fourteen has not been connected.
- Of several certificates for one key only the newest counts: the others were renewed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509

from local_agent.authority.devices import Device
from local_agent.authority.site_directory import Site, SiteUnusable

SERVER_NOTICE = timedelta(days=30)
ROOT_NOTICE = timedelta(days=365)
DEVICE_NOTICE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Expiry:
    """One certificate: whose, until when, and what to do before."""

    whose: str
    until: datetime
    notice: timedelta
    remedy: str

    def warning(self, at: datetime) -> str | None:
        """Words while less than the notice is left, None before."""
        left = self.until - at
        if left >= self.notice:
            return None
        when = f"ends in {left.days} days" if left > timedelta() else "has ended"
        return f"the certificate of {self.whose} {when} ({self.until:%Y-%m-%d}). {self.remedy}"


def server_expiries(site: Site, tablet_certificate: Path | None = None) -> tuple[Expiry, ...]:
    """The site's own certificates; `tablet_certificate` is the hospital's, where it replaces the site's."""
    renew = "Run `local-agent renew-servers` with every --host, and restart the agent."
    authority = site.authority.certificate.not_valid_after_utc
    tablet, remedy = site.tablet.certificate.not_valid_after_utc, renew
    if tablet_certificate is not None:
        tablet = _hospital_certificate(tablet_certificate).not_valid_after_utc
        remedy = "Ask the hospital's authority for a new one, and restart the agent."
    new_site = "Plan a new site: every console must be invited again."
    return (
        Expiry("the agent", site.agent.certificate.not_valid_after_utc, SERVER_NOTICE, renew),
        Expiry("the tablet page", tablet, SERVER_NOTICE, remedy),
        Expiry("the site's authority", authority, ROOT_NOTICE, new_site),
    )


def device_expiries(devices: Iterable[Device]) -> tuple[Expiry, ...]:
    """The newest certificate of every device that is not revoked, by person."""
    newest: dict[str, Device] = {}
    for device in devices:
        known = newest.get(device.identity.spki_sha256)
        if known is None or device.identity.not_after > known.identity.not_after:
            newest[device.identity.spki_sha256] = device
    good = sorted(
        (d.identity for d in newest.values() if d.revoked_at is None), key=lambda i: (i.name, i.not_after)
    )
    remedy = "It renews by itself when it connects; once it has ended, invite the person again."
    return tuple(
        Expiry(f"{i.name} ({i.role.value}, {i.spki_sha256[:16]})", i.not_after, DEVICE_NOTICE, remedy)
        for i in good
    )


def _hospital_certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SiteUnusable(
            path, f"is not a certificate in PEM, or cannot be read ({error})", "Correct [tablet] certificate."
        ) from None

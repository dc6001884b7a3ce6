"""What can go wrong with a link, each with words fit for the window."""

from __future__ import annotations

from mr_contract.findings import Finding


class LinkError(Exception):
    """Base of everything this package raises on purpose; `str()` of it is fit to be shown."""


class StoreLocked(LinkError):
    """The workstation's key cannot be read or made; says what to do."""


class StoreConflict(LinkError):
    """The store holds something else under that name; says what to do."""


class EnrolmentFailed(LinkError):
    """No certificate was given; says why."""


class WrongAuthority(EnrolmentFailed):
    """The peer is not the agent that the code is from. Nothing was sent to it."""


class BadCode(EnrolmentFailed):
    """What was typed is not an invitation code."""


class NotConnected(LinkError):
    """There is no link now; nothing was sent and nothing will be."""


class NoAnswer(LinkError):
    """A command was sent and its outcome is not known.

    `pending`: the agent said that a start is in flight. Ask again with the same `command_id`; a new
    one would be a new command.
    """

    def __init__(self, command_id: str, why: str, *, pending: bool = False) -> None:
        super().__init__(f"No answer: {why}")
        self.command_id = command_id
        self.pending = pending


class StopNotDelivered(LinkError):
    """A stop was not acknowledged within 1 s. It is not tried again; call the site."""

    def __init__(self, scanner: str, site_phone: str) -> None:
        super().__init__(
            f"STOP NOT DELIVERED to {scanner}. Call the site: {site_phone or 'number not known'}"
        )
        self.scanner = scanner
        self.site_phone = site_phone


class UnprotectedKey(LinkError):
    """A key kept without protection may only be used with DEMO scanners."""

    def __init__(self, scanner: str) -> None:
        super().__init__(
            f"{scanner} is not a DEMO scanner, and the key of this workstation is not protected. "
            "Enrol again with a keyring or a passphrase."
        )


class Refused(LinkError):
    """The agent refused what was asked, with all its reasons."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("; ".join(f"{f.text} ({f.remedy})" for f in findings) or "refused")
        self.findings = findings


class BulkFailed(LinkError):
    """Images could not be fetched; says why."""

"""What the middle of the window says where there is no image to show."""

from __future__ import annotations

from mr_contract.vocabulary import ControlPhase, Privilege
from remote_console.core.fleet import FleetState, RequestFate, ScannerState
from remote_console.core.phrases import NOTHING, Words, p


def middle_message(fleet: FleetState) -> tuple[Words, Words]:
    """Title and text; nothing where images may be shown."""
    scanner = fleet.focused
    if scanner is None:
        return _no_scanner(fleet)
    if scanner.exam is not None and scanner.may(Privilege.VIEW):
        return NOTHING, NOTHING  # whoever asks meanwhile, and whatever else was denied
    if scanner.request is RequestFate.DENIED:
        return p("Denied"), p("The site did not say yes; no answer counts as no. Talk before you ask again")
    if scanner.control.phase is ControlPhase.CONSENT_PENDING:
        return p("Waiting for consent"), p(
            "The local operator decides each privilege at the tablet. Silence means no"
        )
    if scanner.exam is None:
        return p("No exam is open"), p("The local operator takes the next patient at the tablet")
    if scanner.control.yours:
        return p("View is not granted"), p("Release control and ask again, with view")
    if scanner.control.phase is ControlPhase.REMOTE:
        return p("{holder} controls", holder=scanner.control.holder or "–"), p(
            "Nothing of the patient is shown here. A handover needs both people"
        )
    if scanner.control.phase is ControlPhase.SUSPENDED:
        return p("Control suspended"), p("The local operator can resume it at the tablet, or ask anew")
    return p("Local control"), p(
        "Ask for control at the right; nothing of the patient is shown before the site says yes"
    )


def _no_scanner(fleet: FleetState) -> tuple[Words, Words]:
    if fleet.sites:
        names = ", ".join(sorted(fleet.sites))
        return p("Connecting …"), p("Not heard yet: {sites}", sites=names)
    return (
        p("No site yet"),
        p(
            "Ask a site for an invitation: at its agent someone runs “local-agent invite”. "
            "Its code works once, for 10 minutes. Then run here:\n\nremote-console enrol URL CODE"
        ),
    )


def editor_message(scanner: ScannerState | None) -> Words:
    """Why there is no parameter to show."""
    if scanner is None or scanner.exam is None or not scanner.may(Privilege.VIEW):
        return p("Parameters appear here once view is granted")
    if not scanner.exam.steps:
        return p("Open an approved protocol to begin")
    if scanner.step is None:
        return p("Every step has run: repeat one with a reason, or open another protocol")
    return p("Asking the scanner for this step …")

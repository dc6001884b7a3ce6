"""Who operates the scanner in focus, and what this desk may ask for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum, unique

from mr_contract.vocabulary import ControlPhase, Privilege, Role
from remote_console.core.fleet import FleetState, RequestFate, ScannerState
from remote_console.core.fleet_cards import privilege_words
from remote_console.core.phrases import NOTHING, ReasonWords, Words, clock_words, p
from remote_console.core.responsibilities import ListState, responsibilities
from remote_console.core.vocabulary_words import LINK_LOSS_WORDS, PRIVILEGE_WORDS

ROLE_PRIVILEGES = {
    Role.REMOTE_OPERATOR: tuple(Privilege),
    Role.TRAINER: tuple(Privilege),
    Role.TRAINEE: (Privilege.VIEW, Privilege.TALK),
    Role.RADIOLOGIST: (Privilege.VIEW, Privilege.TALK),
}


@unique
class CardKind(StrEnum):
    """Which of the card's faces is shown."""

    ASK = "ask"
    WAITING = "waiting"
    YOURS = "yours"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ControlCardState:
    """One face of the control card."""

    kind: CardKind
    title: Words
    text: Words
    warning: bool
    offered: tuple[Privilege, ...]
    held: tuple[Privilege, ...] = ()
    duties: ListState | None = None
    """Who does what, where this desk may have a part in it."""


def control_card(fleet: FleetState, scanner: ScannerState) -> ControlCardState:
    """The card for this scanner."""
    return replace(_card(fleet, scanner), duties=responsibilities(fleet, scanner))


def _card(fleet: FleetState, scanner: ScannerState) -> ControlCardState:
    site = fleet.site_of(scanner)
    role = site.hello.role if site.hello else Role.RADIOLOGIST
    offered = ROLE_PRIVILEGES[role]
    if scanner.intercom is None:
        offered = tuple(x for x in offered if x is not Privilege.PATIENT)
    control = scanner.control
    if site.silent(fleet.now_s):
        text = p("The site is not heard: who controls is not known")
        return ControlCardState(CardKind.UNKNOWN, p("Control not known"), text, warning=True, offered=offered)
    match control.phase:
        case ControlPhase.REMOTE if control.yours:
            return _yours(scanner, offered)
        case ControlPhase.CONSENT_PENDING | ControlPhase.REMOTE if scanner.asks:
            asked = tuple(PRIVILEGE_WORDS[x] for x in control.requested)
            text = p(
                "Asked for {privileges}; only the local operator can say yes, at the tablet", privileges=asked
            )
            return ControlCardState(
                CardKind.WAITING, p("Waiting for consent"), text, warning=False, offered=offered
            )
        case ControlPhase.CONSENT_PENDING:
            text = p("{name} asked for control", name=control.requested_by or "–")
            return ControlCardState(
                CardKind.UNKNOWN, p("Waiting for consent"), text, warning=False, offered=()
            )
        case ControlPhase.SUSPENDED:
            left = clock_words(control.suspended_for_s or 0.0)
            text = p("The local operator can touch Resume for {time}; nothing was queued", time=left)
            return ControlCardState(CardKind.ASK, p("Control suspended"), text, warning=True, offered=offered)
        case _:
            return _ask(scanner, offered)


def _yours(scanner: ScannerState, offered: tuple[Privilege, ...]) -> ControlCardState:
    control = scanner.control
    action = LINK_LOSS_WORDS[control.link_loss_action] if control.link_loss_action else NOTHING
    title = p("You control")
    if Privilege.START not in control.privileges:
        title = (
            p("You may edit, not start") if Privilege.EDIT in control.privileges else p("You may only look")
        )
    text = p(
        "{privileges}; if the link is lost: {action}", privileges=privilege_words(control), action=action
    )
    return ControlCardState(
        CardKind.YOURS, title, text, warning=False, offered=offered, held=control.privileges
    )


def _ask(scanner: ScannerState, offered: tuple[Privilege, ...]) -> ControlCardState:
    control, answer = scanner.control, scanner.answer
    text: Words = p("Choose what you need; the local operator decides each at the tablet")
    title: Words = p("Local control")
    if control.phase is ControlPhase.REMOTE:
        title = p("{holder} controls", holder=control.holder or "–")
        text = p("Nothing of the patient is shown here. A handover needs both people")
    if Privilege.VIEW in control.privileges:
        text = p("You are watching. A handover needs both people")
    warning = scanner.request is RequestFate.DENIED
    if warning:
        title, text = (
            p("Denied"),
            p("The site did not say yes; no answer counts as no. Talk before you ask again"),
        )
    elif answer and answer.command_kind == "request_control" and not answer.accepted and answer.findings:
        title, warning = p("Not asked"), True
        text = p("{reasons}", reasons=tuple(ReasonWords(f, "text") for f in answer.findings))
    return ControlCardState(CardKind.ASK, title, text, warning=warning, offered=offered)

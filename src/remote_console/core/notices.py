"""What must not be overlooked, as values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import tzinfo

from mr_contract.vocabulary import LinkLossAction
from remote_console.core.fleet import FleetState, ScannerKey, ScannerState
from remote_console.core.fleet_cards import full_name
from remote_console.core.fleet_reducer import is_running
from remote_console.core.known_words import known
from remote_console.core.phrases import NOTHING, ReasonWords, Words, clock_words, p
from remote_console.core.timeline import sentence, told
from remote_console.core.vocabulary_words import LINK_LOSS_WORDS, command_words

LEASE_S = 3.0
RESUME_S = 60.0
AWAY_SHOWN = 6


@dataclass(frozen=True, slots=True)
class LinkLostState:
    """The words over the work while the link is down."""

    title: Words
    lines: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class StopNotice:
    """A stop that nobody answered."""

    key: ScannerKey
    title: Words
    text: Words


def link_lost(fleet: FleetState, scanner: ScannerState) -> LinkLostState | None:
    """What is shown while the site of the scanner in focus is not heard; None while it is."""
    site = fleet.site_of(scanner)
    if not site.silent(fleet.now_s) or site.hello is None:
        return None
    since = site.lost_at_s if site.lost_at_s is not None else site.heard_at_s or fleet.now_s
    gone = max(0.0, fleet.now_s - since)
    title = p("Link to {site} lost for {time}", site=scanner.key.site, time=clock_words(gone))
    lines: list[Words] = [_scan_words(scanner), *_lease_words(scanner, gone), _last_words(scanner)]
    lines.append(
        p(
            "Nothing queued will be sent. Connecting again by itself; site: {phone}",
            phone=scanner.card.site_phone,
        )
    )
    reasons = tuple(ReasonWords(f, "text") for f in site.farewell)
    if reasons:
        lines.insert(0, p("The site closed the link: {reasons}", reasons=reasons))
    return LinkLostState(title, tuple(w for w in lines if w != NOTHING))


def _scan_words(scanner: ScannerState) -> Words:
    if not is_running(scanner):
        return p("The scanner was idle when last heard")
    action = scanner.control.link_loss_action or LinkLossAction.FINISH_SEQUENCE
    step = scanner.status.step_name if scanner.status else ""
    return p(
        "{step} was running; agreed for a lost link: {action}", step=step, action=LINK_LOSS_WORDS[action]
    )


def _lease_words(scanner: ScannerState, gone_s: float) -> tuple[Words, ...]:
    if not scanner.control.yours:
        return ()
    if gone_s < LEASE_S:
        return (p("Your control lapses in {time}", time=clock_words(LEASE_S - gone_s)),)
    left = RESUME_S - (gone_s - LEASE_S)
    if left > 0:
        return (
            p("Control is suspended: the local operator can resume it for {time}", time=clock_words(left)),
        )
    return (p("Control is local again: ask anew when the link is back"),)


def _last_words(scanner: ScannerState) -> Words:
    if scanner.last is None:
        return NOTHING
    return p(
        "Last command: {words} · {outcome}", words=known(scanner.last.words), outcome=p(scanner.last.outcome)
    )


def stop_notice(fleet: FleetState) -> StopNotice | None:
    """The first stop that was not delivered, whichever scanner is in focus."""
    for scanner in fleet.in_order:
        if scanner.stop_not_delivered:
            title = p("STOP NOT DELIVERED – call {phone}", phone=scanner.card.site_phone)
            words = _NOT_TAKEN if scanner.stop_not_taken else _NOT_ANSWERED
            text = replace(words, figures=(("letter", scanner.letter), ("scanner", full_name(scanner))))
            return StopNotice(scanner.key, title, text)
    return None


_NOT_ANSWERED = p(
    "{letter} · {scanner} did not answer within 1 s. It will not be sent again by itself: call, "
    "and let them use the scanner's own button. You may press STOP again."
)
_NOT_TAKEN = p(
    "{letter} · {scanner} did not take the stop. It will not be sent again by itself: call, "
    "and let them use the scanner's own button. You may press STOP again."
)


def away(scanner: ScannerState, *, zone: tzinfo | None) -> tuple[Words, tuple[Words, ...]]:
    """What happened at this scanner while another was in focus, newest last."""
    happened = told(scanner.away)
    shown = happened[-AWAY_SHOWN:]
    earlier = len(happened) - len(shown)
    title = p(
        "While you were away from {letter} · {scanner}", letter=scanner.letter, scanner=full_name(scanner)
    )
    lines: list[Words] = [p("{count} earlier", count=str(earlier))] if earlier else []
    lines.extend(
        p("{time}  {what}", time=e.at.astimezone(zone).strftime("%H:%M:%S"), what=sentence(e)) for e in shown
    )
    return title, tuple(lines)


def refusal(scanner: ScannerState) -> tuple[Words, tuple[Words, ...]]:
    """The newest refusal of a command of this desk, with every reason and what to do."""
    answer = scanner.answer
    if answer is None or answer.accepted or answer.command_kind == "request_control":
        return NOTHING, ()
    title = p("Not done: {command}", command=command_words(answer.command_kind))
    lines = tuple(
        p("{text}. {remedy}", text=ReasonWords(f, "text"), remedy=ReasonWords(f, "remedy"))
        for f in answer.findings
    )
    return title, lines or (p("The site gave no reason"),)

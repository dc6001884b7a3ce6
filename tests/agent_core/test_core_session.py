"""The link session: every phase × every call, good and bad."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from local_agent.core.session import HELLO_WITHIN_S, MESSAGES_PER_S, SILENT_S, LinkSession, Phase
from mr_contract.console_messages import CONSOLE_PROTOCOL, BeatEcho, ConsoleHello
from mr_contract.findings import Finding
from mr_contract.reasons import Reason
from mr_contract.vocabulary import LinkGrade

AT = 500.0
HELLO = ConsoleHello(protocol=CONSOLE_PROTOCOL, program="test")
NEWER = ConsoleHello(protocol=CONSOLE_PROTOCOL + 1, program="test")


def session(phase: Phase) -> LinkSession:
    """A session in this phase; beats 0 and 1 were sent, and none echoed."""
    link = LinkSession(opened_at_s=AT)
    if phase is not Phase.AWAITING_HELLO:
        assert link.greet(HELLO, AT) == ()
        link.next_beat(AT)
        link.next_beat(AT + 0.25)
    if phase is Phase.CLOSED:
        link.close()
    return link


Call = Callable[[LinkSession], tuple[Finding, ...]]


def echo(beat: int) -> Call:
    return lambda link: link.echo(BeatEcho(beat=beat, renew=True), AT + 0.3)


def closed(link: LinkSession) -> tuple[Finding, ...]:
    link.close()
    return ()


def twice(call: Call) -> Call:
    def called_twice(link: LinkSession) -> tuple[Finding, ...]:
        call(link)
        return call(link)

    return called_twice


def flooded(link: LinkSession, frames: int) -> tuple[Finding, ...]:
    """So many frames within half a second; what the last of them is told."""
    return [link.heard(AT + 20.0 + n / 2000.0) for n in range(frames)][-1]


def nothing(_: object) -> tuple[Finding, ...]:
    return ()


CALLS: dict[str, Call] = {
    "hello": lambda link: link.greet(HELLO, AT + 0.3),
    "hello of another version": lambda link: link.greet(NEWER, AT + 0.3),
    "a frame": lambda link: link.heard(AT + 0.3),
    "echo of the newest beat": echo(1),
    "echo of an older beat": echo(0),
    "echo of a beat to come": echo(2),
    "echo of the newest beat, replayed": twice(echo(1)),
    "a flood": lambda link: flooded(link, MESSAGES_PER_S + 1),
    "as many frames as are allowed": lambda link: flooded(link, MESSAGES_PER_S),
    "next beat": lambda link: nothing(link.next_beat(AT + 0.3)),
    "when was a beat sent": lambda link: nothing(link.beat_sent_at(0)),
    "tick soon": lambda link: link.tick(AT + 1.0),
    "tick after five seconds": lambda link: link.tick(AT + HELLO_WITHIN_S),
    "tick after ten seconds": lambda link: link.tick(AT + SILENT_S),
    "closed": closed,
}

A, O, C = Phase.AWAITING_HELLO, Phase.OPEN, Phase.CLOSED  # noqa: E741
OUT = Reason.OUT_OF_ORDER
# call: (in AWAITING_HELLO), (in OPEN), (in CLOSED) → next phase, reason for closing
TABLE: dict[str, dict[Phase, tuple[Phase, Reason | None]]] = {
    "hello": {A: (O, None), O: (C, OUT), C: (C, OUT)},
    "hello of another version": {A: (C, Reason.INCOMPATIBLE_PROTOCOL), O: (C, OUT), C: (C, OUT)},
    "a frame": {A: (C, OUT), O: (O, None), C: (C, OUT)},
    "echo of the newest beat": {A: (C, OUT), O: (O, None), C: (C, OUT)},
    "echo of an older beat": {A: (C, OUT), O: (O, None), C: (C, OUT)},
    "echo of a beat to come": {A: (C, OUT), O: (C, OUT), C: (C, OUT)},
    "echo of the newest beat, replayed": {A: (C, OUT), O: (C, OUT), C: (C, OUT)},
    "a flood": {A: (C, OUT), O: (C, Reason.TOO_MANY), C: (C, OUT)},
    "as many frames as are allowed": {A: (C, OUT), O: (O, None), C: (C, OUT)},
    "next beat": {A: (A, None), O: (O, None), C: (C, None)},
    "when was a beat sent": {A: (A, None), O: (O, None), C: (C, None)},
    "tick soon": {A: (A, None), O: (O, None), C: (C, None)},
    "tick after five seconds": {A: (C, OUT), O: (O, None), C: (C, None)},
    "tick after ten seconds": {A: (C, OUT), O: (C, Reason.LINK_UNKNOWN), C: (C, None)},
    "closed": {A: (C, None), O: (C, None), C: (C, None)},
}


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("call", CALLS)
def test_every_phase_and_call(phase: Phase, call: str) -> None:
    link = session(phase)
    found = CALLS[call](link)
    expected, reason = TABLE[call][phase]
    assert link.phase is expected
    assert [f.reason for f in found] == ([reason] if reason else [])


class Noted(LinkSession):
    """A session that notes which of its methods are called from outside."""

    called: ClassVar[set[str]] = set()

    def __getattribute__(self, name: str) -> Any:
        if callable(getattr(LinkSession, name, None)) and not name.startswith("_"):
            Noted.called.add(name)
        return super().__getattribute__(name)


def test_the_table_has_every_phase_and_every_method_a_session_has() -> None:
    assert set(TABLE) == set(CALLS)
    assert all(set(row) == set(Phase) for row in TABLE.values())
    public = {n for n, m in inspect.getmembers(LinkSession, inspect.isfunction) if not n.startswith("_")}
    Noted.called.clear()
    for call in CALLS.values():
        link = Noted(opened_at_s=AT)
        link.phase = O
        call(link)
    assert Noted.called == public


def test_an_incompatible_version_is_told_with_both_numbers() -> None:
    (why,) = LinkSession(opened_at_s=AT).greet(NEWER, AT)
    assert str(CONSOLE_PROTOCOL) in why.text
    assert str(CONSOLE_PROTOCOL + 1) in why.text


@pytest.mark.parametrize("beat", [0, 1])
def test_a_beat_echoed_twice_or_after_a_newer_one_is_a_violation(beat: int) -> None:
    link = session(O)
    assert echo(1)(link) == ()
    assert [f.reason for f in echo(beat)(link)] == [OUT]
    assert link.phase is C


def test_a_beat_from_long_ago_is_forgotten() -> None:
    link = session(O)
    for n in range(300):
        link.next_beat(AT + n)
    assert link.beat_sent_at(0) is None
    assert link.beat_sent_at(301) == AT + 299


def test_beats_of_one_link_are_not_those_of_another() -> None:
    one, other = session(O), session(O)
    beat = one.next_beat(AT + 1.0)
    assert one.beat_sent_at(beat) == AT + 1.0
    assert other.beat_sent_at(beat) is None


def test_an_echo_is_timed_by_the_beat_it_names() -> None:
    link = session(O)
    link.echo(BeatEcho(beat=1, renew=False), AT + 0.6)
    view = link.quality.view(AT + 0.6)
    assert view.round_trip_ms == pytest.approx(350.0)
    assert view.grade is LinkGrade.AMBER


def test_silence_is_counted_from_the_last_frame() -> None:
    link = session(O)
    link.heard(AT + 8.0)
    assert link.tick(AT + SILENT_S + 1.0) == ()
    assert [f.reason for f in link.tick(AT + 8.0 + SILENT_S)] == [Reason.LINK_UNKNOWN]


def test_a_flood_closes_the_link_and_a_busy_person_does_not() -> None:
    link = session(O)
    for n in range(MESSAGES_PER_S):
        assert link.heard(AT + 10.0 + n / 1000.0) == ()
    assert [f.reason for f in link.heard(AT + 10.5)] == [Reason.TOO_MANY]
    calm = session(O)
    for n in range(3 * MESSAGES_PER_S):
        assert calm.heard(AT + 10.0 + n * 0.006) == ()

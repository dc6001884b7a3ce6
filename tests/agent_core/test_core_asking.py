"""Asking for control again and again: the local operator is disturbed so often, and no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from core_site import ALL, Console, Said, Site, prepared_site
from hypothesis import given
from hypothesis import strategies as st

from local_agent.core import events as e
from local_agent.core.asking import (
    AGAIN_AFTER_S,
    AT_ONCE,
    NEVER_ASKED,
    NOTES_AGAIN_AFTER_S,
    NOTES_AT_ONCE,
    Asks,
)
from mr_contract import console_messages as c
from mr_contract.reasons import Reason

R = Reason


@pytest.fixture
def site() -> Site:
    """Nobody has control, and Mia has asked long ago."""
    site = prepared_site()
    site.tablet.revoke()
    site.pass_time(AT_ONCE * AGAIN_AFTER_S, step=5.0)
    return site


def asked(site: Site) -> int:
    return sum(isinstance(event, e.ControlAsked) for event in site.journal)


def withdraw(site: Site, console: Console) -> Console:
    console.do(c.WithdrawRequest)
    return console


def reconnect(site: Site, console: Console) -> Console:
    console.cut()
    return site.open_console(console.holder.name, device=console.holder.device)


def say_no(site: Site, console: Console) -> Console:
    for request in site.desk.control.requests:
        site.tablet.allow(request.request_id)
    return console


def take_back(site: Site, console: Console) -> Console:
    site.tablet.revoke()
    return console


def give_back(site: Site, console: Console) -> Console:
    for request in site.desk.control.requests:
        site.tablet.allow(request.request_id, *ALL)
    console.do(c.ReleaseControl)
    return console


def another_exam(site: Site, console: Console) -> Console:
    assert site.tablet.close_exam().accepted
    site.tablet.take_patient(f"exam-{site.fresh_id()}")
    return console


@pytest.mark.parametrize(
    "in_between", [withdraw, reconnect, say_no, take_back, give_back, another_exam], ids=lambda f: f.__name__
)
def test_a_console_that_asks_in_a_loop_disturbs_the_local_operator_so_often_and_no_more(
    site: Site, in_between: Callable[[Site, Console], Console]
) -> None:
    console, before, said = site.console, asked(site), Said(())
    for _ in range(AT_ONCE + 5):
        _, said = console.ask(*ALL)
        console = in_between(site, console)
    assert asked(site) == before + AT_ONCE
    assert said.reasons == {R.ASKED_TOO_OFTEN}
    (finding,) = said.outcomes[-1].findings
    assert finding.figures == {"wait_s": f"{AGAIN_AFTER_S:.0f}"}
    site.pass_time(AGAIN_AFTER_S - 0.25)
    assert console.ask(*ALL)[1].reasons == {R.ASKED_TOO_OFTEN}
    site.pass_time(0.25)
    assert console.ask(*ALL)[1].outcomes[-1].accepted
    assert asked(site) == before + AT_ONCE + 1


def test_the_refusals_of_a_loop_are_two_lines_of_the_journal_in_each_window(site: Site) -> None:
    for _ in range(AT_ONCE):
        site.console.ask(*ALL)
        withdraw(site, site.console)
    written = len(site.journal)
    for _ in range(50):
        assert site.console.ask(*ALL)[1].reasons == {R.ASKED_TOO_OFTEN}
    site.pass_time(11.0)
    refused = [event for event in site.journal[written:] if isinstance(event, e.CommandRefused)]
    assert [event.count for event in refused] == [1, 49]


def test_one_who_asks_in_a_loop_keeps_nobody_else_from_asking(site: Site) -> None:
    for _ in range(AT_ONCE + 1):
        site.console.ask(*ALL)
        withdraw(site, site.console)
    other = site.open_console("noa", device="b" * 64)
    assert other.ask(*ALL)[1].outcomes[-1].accepted


def test_what_was_refused_for_another_reason_counts_for_nothing(site: Site) -> None:
    assert site.console.ask(*ALL)[1].outcomes[-1].accepted
    for _ in range(AT_ONCE):
        assert site.console.ask(*ALL)[1].reasons == {R.CONSENT_PENDING}
    withdraw(site, site.console)
    assert site.console.ask(*ALL)[1].outcomes[-1].accepted


def test_a_restarted_agent_asks_at_once_again(site: Site) -> None:
    for _ in range(AT_ONCE):
        site.console.ask(*ALL)
        withdraw(site, site.console)
    site.restart_agent()
    assert site.open_console("mia", device="a" * 64).ask(*ALL)[1].outcomes[-1].accepted


def test_a_console_that_sends_note_after_note_fills_neither_tablet_nor_journal(site: Site) -> None:
    assert site.console.ask(*ALL)[1].accepted
    for request in site.desk.control.requests:
        site.tablet.allow(request.request_id, *ALL)
    for _ in range(NOTES_AT_ONCE):
        assert site.console.do(c.SendNote, text="hold still").accepted
    for _ in range(50):
        assert site.console.do(c.SendNote, text="hold still").reasons == {R.TOO_MANY}
    assert len(site.events(e.NoteSent)) == NOTES_AT_ONCE
    site.pass_time(NOTES_AGAIN_AFTER_S)
    assert site.console.do(c.SendNote, text="hold still").accepted
    assert site.console.do(c.SendNote, text="hold still").reasons == {R.TOO_MANY}


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0.0, 40.0)), max_size=60))
def test_so_many_at_once_and_then_one_in_each_interval(pauses: list[tuple[str, float]]) -> None:
    asks, at_s, taken = Asks(), 0.0, [("", 0.0)][:0]
    for device, pause_s in pauses:
        at_s += pause_s
        wait_s = asks.wait_s(device, at_s)
        later = asks.asked(device, at_s)
        if wait_s == 0.0:
            asks = later
            taken.append((device, at_s))
        for since in [t for d, t in taken if d == device]:
            count = sum(d == device and t >= since for d, t in taken)
            assert count <= AT_ONCE + (at_s - since) / AGAIN_AFTER_S + 1e-6
        assert len(asks.forgotten_at_s) <= 2
    assert replace(asks, forgotten_at_s=()) == NEVER_ASKED

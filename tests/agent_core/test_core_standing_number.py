"""The number of a standing: what moves it, and what must never."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from core_site import ALL, BEN, Site, prepared_site, run

from mr_contract import console_messages as c
from mr_contract import tablet_messages as t
from mr_contract.views import LinkView
from mr_contract.vocabulary import (
    AlarmKind,
    Interlock,
    InterlockState,
    Landmark,
    LinkGrade,
    Privilege,
    Role,
    TablePosition,
)

T2 = "T2 TSE ax"


def answer_bulb(site: Site) -> None:
    site.scanner.squeeze()
    alarm = next(a for a in site.desk.alarms.shown() if a.kind is AlarmKind.SQUEEZE_BULB)
    site.tablet.do(t.TabletAcknowledge, alarm_id=alarm.alarm_id)


def link_red_and_clear(site: Site) -> None:
    site.desk.read(holder_link=LinkView(grade=LinkGrade.RED, round_trip_ms=900.0))
    site.number()
    site.pass_time(0.25)


CHANGES: dict[str, Callable[[Site], object]] = {
    "door opened": lambda site: site.scanner.open_door(),
    "door opened, closed and confirmed": lambda site: (
        site.scanner.open_door(),
        site.scanner.close_door(),
        site.tablet.ready(),
    ),
    "patient ready held again": lambda site: site.tablet.ready(),
    "identity confirmed again": lambda site: site.tablet.confirm_identity(),
    "screening done again": lambda site: site.tablet.screen(),
    "coil changed": lambda site: site.scanner.change_coil("body 18"),
    "table moved": lambda site: site.scanner.move_table(TablePosition.ELSEWHERE),
    "weight entered again": lambda site: site.tablet.record_data(70.0),
    "landmark": lambda site: site.tablet.do(t.SetLandmark, exam_id="exam-1", landmark=Landmark.CHIN),
    "someone checked out": lambda site: site.tablet.do(t.CheckOut, staff_id="ben"),
    "someone checked out and in": lambda site: (
        site.tablet.do(t.CheckOut, staff_id="ben"),
        site.tablet.check_in(BEN),
    ),
    "bulb squeezed and answered": answer_bulb,
    "fault come and gone": lambda site: (site.scanner.fail("x"), site.scanner.repair()),
    "stop": lambda site: site.tablet.stop(),
    "a scan that came and went": lambda site: run(site, "Localizer"),
    "scanner lost and back": lambda site: (site.lose_scanner(), site.connect_scanner()),
    "scanner rebooted": lambda site: (site.lose_scanner(), site.scanner.reboot(), site.connect_scanner()),
    "first level decided": lambda site: (
        site.console.do(c.DecideFirstLevel, up_to_w_per_kg=3.0),
        site.tablet.do(t.AllowFirstLevel, exam_id="exam-1", up_to_w_per_kg=3.0),
    ),
    "control given up and taken again": lambda site: (
        site.console.do(c.ReleaseControl),
        site.console.take_control(),
    ),
    "link red and clear again": link_red_and_clear,
    "agent restarted": lambda site: site.restart_agent(),
}

LEAVES: dict[str, Callable[[Site], object]] = {
    "leases renewed for a minute": lambda site: site.pass_time(60.0),
    "another link figure": lambda site: site.desk.read(
        holder_link=LinkView(grade=LinkGrade.AMBER, round_trip_ms=310.0)
    ),
    "another picture age": lambda site: site.desk.read(picture_age_s=0.4),
    "an edit of this step": lambda site: site.console.edit(T2, te_ms=91.0),
    "an edit of another step": lambda site: site.console.edit("FLAIR ax", te_ms=91.0),
    "an undo": lambda site: (site.console.edit(T2, te_ms=91.0), site.console.undo(T2)),
    "a touch": lambda site: site.tablet.touch(),
    "a note": lambda site: site.console.do(c.SendNote, text="all well"),
    "an observer": lambda site: site.open_console("eve", role=Role.RADIOLOGIST).ask(Privilege.VIEW),
    "a refused start": lambda site: site.console.send(
        site.console.prepare_start(T2).model_copy(update={"revision": "0" * 64})
    ),
    "the wall clock": lambda site: site.set_wall(site.wall.replace(year=2031)),
}


@pytest.mark.parametrize("what", CHANGES)
def test_it_changes_with(what: str) -> None:
    site = prepared_site()
    before = site.number()
    CHANGES[what](site)
    assert site.number() != before


@pytest.mark.parametrize("what", LEAVES)
def test_it_stays_through(what: str) -> None:
    site = prepared_site()
    before = site.number()
    LEAVES[what](site)
    assert site.number() == before


@pytest.mark.parametrize(
    "what",
    [
        "bulb squeezed and answered",
        "fault come and gone",
        "stop",
        "a scan that came and went",
        "scanner lost and back",
        "someone checked out and in",
    ],
)
def test_it_changes_even_if_nobody_looked_while_the_interlock_was_open(what: str) -> None:
    """The number is made of what was confirmed by which event, not of what was seen in between."""
    site = prepared_site()
    before = site.desk.numbered
    site.looks_each_turn = False
    CHANGES[what](site)
    site.looks_each_turn = True
    assert before is not None
    assert site.number() != before.number


def test_it_never_counts_back() -> None:
    site = prepared_site()
    counts = []
    for what in ("door opened", "bulb squeezed and answered", "stop", "coil changed"):
        CHANGES[what](site)
        counts.append(site.number().count)
    assert counts == sorted(counts)
    assert len(set(counts)) > 2


def judged(site: Site) -> dict[Interlock, InterlockState]:
    return {v.interlock: v.state for v in site.desk.standing(site.at_s).standing.interlocks}


def handed_to_another(site: Site) -> None:
    """Control goes from one console to another between two ticks; the new one has not echoed a beat yet."""
    other = site.open_console("ida", echoes=False)
    assert site.tablet.revoke().accepted
    request_id, asked = other.ask(*ALL)
    assert asked.accepted
    assert site.tablet.allow(request_id, *ALL).accepted


def test_a_new_holder_is_not_judged_by_the_link_and_workload_of_the_one_before() -> None:
    site = prepared_site()
    handed_to_another(site)
    assert judged(site)[Interlock.CONTROL] is InterlockState.CLOSED
    assert judged(site)[Interlock.LINK] is InterlockState.UNKNOWN
    assert judged(site)[Interlock.WORKLOAD] is InterlockState.UNKNOWN


def test_a_start_drawn_after_control_changed_hands_is_not_refused_as_stale() -> None:
    """Whatever is drawn closed stays closed under that number, from the grant on."""
    site = prepared_site()
    handed_to_another(site)
    drawn = []
    for quarter in range(8):
        if set(judged(site).values()) == {InterlockState.CLOSED}:
            drawn.append(site.number())
        site.pass_time(0.25, beats=quarter > 0)  # its first echo is on its way
    assert drawn, "it must settle"
    assert set(drawn) == {site.number()}

"""A step armed as next: what disarms it, and that it never starts by itself later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from core_site import Site, prepared_site, run

from local_agent.core import events as e
from local_agent.core.facts import fold
from mr_contract import console_messages as c
from mr_contract import scanner_messages as s
from mr_contract.reasons import Reason
from mr_contract.vocabulary import Privilege, Role, StartOutcome

T2 = "T2 TSE ax"


def armed_site() -> Site:
    """The localizer runs and T2 is armed."""
    site = prepared_site()
    assert site.console.start("Localizer").accepted
    assert site.console.arm(T2).accepted
    return site


def armed(site: Site) -> bool:
    return site.desk.facts.exam is not None and site.desk.facts.exam.armed is not None


def nobody_seen(site: Site) -> None:
    site.desk.read(presence_at_s=site.at_s - 600.0)
    site.pass_time(0.25)


DISARMING: dict[str, Callable[[Site], object]] = {
    "stop at the console": lambda site: site.console.stop(),
    "stop at the tablet": lambda site: site.tablet.stop(),
    "stopped at the scanner itself": lambda site: site.scanner.end(complete=False),
    "squeeze bulb": lambda site: site.scanner.squeeze(),
    "door opened": lambda site: site.scanner.open_door(),
    "fault": lambda site: site.scanner.fail("gradient"),
    "edit of the armed step": lambda site: site.console.edit(T2, te_ms=91.0),
    "coil changed": lambda site: (site.console.edit(T2, te_ms=91.0), site.scanner.change_coil("body 18")),
    "taken back": lambda site: site.console.do(c.DisarmStep),
    "released": lambda site: site.console.do(c.ReleaseControl),
    "revoked": lambda site: site.tablet.revoke(),
    "lease lapsed": lambda site: site.pass_time(3.25, beats=False),
    "scanner lost": lambda site: site.lose_scanner(),
    "agent restarted": lambda site: site.restart_agent(),
    "nobody seen for ten minutes": nobody_seen,
}


@pytest.mark.parametrize("what", DISARMING)
def test_an_armed_step_is_disarmed_by(what: str) -> None:
    site = armed_site()
    DISARMING[what](site)
    assert not armed(site)
    site.scanner.end()
    assert len(site.requests(s.Prepare)) == 1, "only the localizer was ever prepared"


def test_a_stop_disarms_at_once_and_not_only_when_the_scan_has_ended() -> None:
    site = armed_site()
    site.scanner.hold = {"stop"}
    site.tablet.stop()
    assert not armed(site)


def test_an_edit_of_another_step_leaves_it_armed() -> None:
    site = armed_site()
    assert site.console.edit("FLAIR ax", te_ms=91.0).accepted
    assert armed(site)


def test_an_observers_withdrawn_request_leaves_it_armed() -> None:
    site = armed_site()
    eve = site.open_console("eve", role=Role.RADIOLOGIST)
    eve.ask(Privilege.VIEW)
    assert eve.do(c.WithdrawRequest).accepted
    eve.ask(Privilege.VIEW)
    eve.cut()
    assert armed(site)


def test_an_armed_step_refused_by_the_gate_names_all_reasons_and_is_disarmed() -> None:
    site = armed_site()
    site.desk.read(picture_age_s=None, expected_sites=None)
    site.scanner.end()
    (refused,) = site.events(e.StartRefused)
    assert {f.reason for f in refused.findings} == {Reason.WORKLOAD_UNKNOWN}
    assert not armed(site)


def test_an_armed_step_the_scanner_will_not_prepare_does_not_try_again_later() -> None:
    site = armed_site()
    site.scanner.mute = {"prepare"}
    site.scanner.end()
    site.pass_time(2.25)
    site.scanner.mute = set()
    assert not armed(site)
    run(site, "FLAIR ax")
    assert [p.step_id for p in site.requests(s.Prepare)] == ["s1", "s2", "s3"]


def test_an_armed_start_lost_in_flight_is_unknown_like_any_other() -> None:
    site = armed_site()
    site.scanner.hold = {"start", "get_log"}
    site.scanner.end()
    site.pass_time(3.25)
    record = next(r for r in site.desk.facts.starts.values() if r.step_id == "s2")
    assert record.outcome is StartOutcome.UNKNOWN


def test_a_command_id_pressed_while_it_is_armed_cannot_run_twice_nor_later() -> None:
    site = armed_site()
    assert site.desk.facts.exam is not None
    assert site.desk.facts.exam.armed is not None
    prepared = site.console.prepare_start(T2, command_id=site.desk.facts.exam.armed.command_id)
    assert not site.console.send(prepared).accepted
    site.scanner.end()
    assert len(site.scanner.acquisitions) == 1


def test_arming_is_refused_when_nothing_runs_or_a_stop_is_latched() -> None:
    site = prepared_site()
    assert site.console.arm(T2).reasons == {Reason.NOT_NOW}
    site.console.start("Localizer")
    site.scanner.hold = {"stop"}
    site.console.stop()
    assert site.console.arm(T2).reasons == {Reason.NOT_NOW}


def test_arming_a_used_command_id_is_refused() -> None:
    site = prepared_site()
    prepared = site.console.prepare_start("Localizer")
    site.console.send(prepared)
    arm = c.ArmStep(
        command_id=prepared.command_id, scanner="mr-a", step_id="s2", revision=site.revision("s2")
    )
    assert site.console.send(arm).reasons == {Reason.COMMAND_REUSED}


def test_arming_an_older_revision_or_a_step_that_ran_is_refused() -> None:
    site = prepared_site()
    site.console.start("Localizer")
    old = site.revision(T2)
    site.console.edit(T2, te_ms=95.0)
    assert site.console.do(c.ArmStep, step_id="s2", revision=old).reasons == {Reason.STALE_REVISION}
    assert site.console.arm("Localizer").reasons == {Reason.STEP_NOT_PLANNED}


@pytest.mark.parametrize("why", ["released", "revoked", "not_resumed", "exam_closed"])
def test_however_control_ended_nothing_stays_armed(why: Any) -> None:
    """By this event alone: a journal may hold it without what came before it."""
    before = armed_site().desk.facts
    after = fold(before, e.ControlEnded(by="agent", name="Ruth Meyer", why=why))
    assert after.exam is not None
    assert after.exam.armed is None


@pytest.mark.parametrize("why", sorted(e.ENDS_NO_CONTROL))
def test_a_request_or_watching_that_is_over_disarms_nothing(why: Any) -> None:
    before = armed_site().desk.facts
    assert fold(before, e.ControlEnded(by="agent", name="Ruth Meyer", why=why)).exam == before.exam

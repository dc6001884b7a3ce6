"""What a start asks of the scanner, and what a stop or a second acceptance makes of one that was sent."""

from __future__ import annotations

from dataclasses import replace

from core_site import Site, prepared_site

from local_agent.core import events as e
from mr_contract import console_messages as c
from mr_contract import scanner_messages as s
from mr_contract import tablet_messages as t
from mr_contract.vocabulary import AlarmKind, OperatingMode, ScannerActivity, StartOutcome

T2 = "T2 TSE ax"


def test_the_scanner_is_asked_for_first_level_only_once_both_decided_for_it() -> None:
    site = prepared_site()
    assert site.console.start("Localizer").accepted
    site.scanner.end()
    assert site.console.do(c.DecideFirstLevel, up_to_w_per_kg=4.0).accepted
    assert site.console.start(T2).accepted
    site.scanner.end()
    assert site.tablet.do(t.AllowFirstLevel, exam_id="exam-1", up_to_w_per_kg=4.0).accepted
    assert site.console.start("FLAIR ax").accepted
    modes = [request.mode for request in site.requests(s.Prepare)]
    assert modes == [OperatingMode.NORMAL, OperatingMode.NORMAL, OperatingMode.FIRST_LEVEL]


def test_a_stop_never_says_of_a_start_that_was_sent_that_it_was_withdrawn() -> None:
    site = prepared_site()
    site.scanner.hold = {"start"}
    prepared = site.console.prepare_start(T2)
    assert site.console.send(prepared).start is StartOutcome.PENDING
    assert site.tablet.stop().accepted
    assert site.events(e.StartWithdrawn) == []
    assert site.desk.facts.starts[prepared.command_id].outcome is StartOutcome.PENDING


def test_an_acceptance_that_is_heard_twice_stops_no_scan() -> None:
    site = prepared_site()
    prepared = site.console.prepare_start(T2)
    assert site.console.send(prepared).start is StartOutcome.ACCEPTED
    running = site.desk.facts.running
    assert running is not None
    again = s.Started(reply_to=4711, command_id=prepared.command_id, acquisition_id=running.acquisition_id)
    site.scanner.send(again)
    assert site.requests(s.Stop) == []
    assert site.scanner.running is not None


def test_a_stop_is_not_over_while_the_scanner_is_busy_with_something_else() -> None:
    site = prepared_site()
    stop_while(site, ScannerActivity.PREPARING)
    assert site.desk.facts.stop_latched
    other = prepared_site()
    stop_while(other, ScannerActivity.IDLE)
    assert not other.desk.facts.stop_latched


def stop_while(site: Site, activity: ScannerActivity) -> None:
    """A stop that the scanner takes in this state, with nothing running, and says no more."""
    reading = site.desk.readings.scanner
    assert reading is not None
    site.scanner.hold = {"stop"}
    site.tablet.stop()
    (held,) = site.scanner.held
    site.desk.read(scanner=replace(reading, activity=activity))
    site.scanner.send(s.StopTaken(reply_to=held.request_id, number=site.scanner.number, was_running=None))


def test_a_refused_start_that_the_scanner_began_all_the_same_is_stopped_and_alarmed() -> None:
    site = prepared_site()
    step_id = site.step(T2).step_id
    stale = site.console.prepare_start(T2).model_copy(update={"revision": "0" * 64})
    assert not site.console.send(stale).accepted
    site.turn(lambda _: site.scanner.begin(stale.command_id, step_id))
    assert site.requests(s.Stop)
    assert AlarmKind.LATE_ACCEPTANCE_STOPPED in {a.kind for a in site.desk.alarms.shown()}

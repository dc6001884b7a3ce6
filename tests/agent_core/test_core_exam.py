"""Life of an exam: opened and closed against every event there is, and against every command that may."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import pytest
from core_events import EVERY_EVENT, examples
from core_site import ITEM, Said, Site, prepared_site

from local_agent.core import events as e
from local_agent.core.events import JournalEvent
from local_agent.core.exam_state import Exam, FirstLevel, SignedException
from local_agent.core.facts import Facts, fold
from mr_contract import tablet_messages as t
from mr_contract.exposure import ImplantLimits
from mr_contract.reasons import Reason
from mr_contract.vocabulary import StartOutcome

D = "a" * 64


def full() -> Facts:
    """Everything an exam may hold: nothing can be voided unseen."""
    facts = prepared_site(implants=(ImplantLimits(device="clip"),)).desk.facts
    assert facts.exam is not None
    armed = e.StepArmed(command_id="c4", step_id="s3", revision=D)
    exam = replace(
        facts.exam,
        first_level_local=FirstLevel(3.0),
        first_level_remote=FirstLevel(2.0),
        armed=armed,
        exception=SignedException(1, "roth", "Dr. Roth", "stroke"),
    )
    return replace(facts, exam=exam)


FULL = full()
assert FULL.exam is not None
EVENTS: dict[type[JournalEvent], JournalEvent] = {type(x): x for x in examples(FULL.exam.steps[1].plan)}

VOIDS_READY = {"ready", "ready_void"}
DECISIONS = {"first_level_local", "first_level_remote"}
CHANGED: dict[type[JournalEvent], set[str]] = {
    e.AgentStarted: {"armed"},
    e.IdentityConfirmed: {"identity_count"},
    e.ScreeningRecorded: {
        *("screening_count", "implants", "implant_free", "signatures", "full_stop_count", "exception"),
        *DECISIONS,
    },
    e.ScreeningSigned: {"signatures"},
    e.ScreeningSignedRemotely: {"signatures"},
    e.EmergencyExceptionSigned: {"exception"},
    e.FullStopConfirmed: {"full_stop_count"},
    e.PatientDataRecorded: {"weight_kg", "height_cm", "data_count", *DECISIONS},
    e.LandmarkChosen: {"ready"},
    e.PatientReadyConfirmed: {"ready"},
    e.FirstLevelDecided: {"first_level_remote"},
    e.ResponsibilitiesDivided: {"division"},
    e.ResponsibilitiesAcknowledged: {"division"},
    e.DoorMoved: VOIDS_READY,
    e.TableWasMoved: VOIDS_READY,
    e.CoilWasChanged: VOIDS_READY,
    e.RoomUnattested: VOIDS_READY,
    e.BulbSqueezed: {"armed"},
    e.ControlEnded: {"armed"},
    e.ControlSuspended: {"armed"},
    e.ProtocolOpened: {"protocol_name", "steps", "armed"},
    e.StepSet: {"steps"},
    e.StepRepeated: {"steps"},
    e.StepArmed: {"armed"},
    e.StepDisarmed: {"armed"},
    e.StartIntended: {"steps", "armed"},
    e.AcquisitionBegan: {"steps"},
    e.AcquisitionFinished: {"steps"},
    e.SeriesAnnounced: {"series"},
    e.SeriesWasStored: {"stored_early"},
    e.StopGiven: {"armed"},
    e.AlarmRaised: {"armed"},
}
"""What an event changes of an open exam that holds everything; an event that is not here changes nothing.

Outcomes of starts name something that the exam has only after an intent; the series that was stored is not
announced here yet.
"""
OVER: set[type[JournalEvent]] = {e.ExamOpened, e.ExamClosed}


def changed(before: Exam, after: Exam) -> set[str]:
    return {f.name for f in fields(Exam) if getattr(before, f.name) != getattr(after, f.name)}


def in_order(kinds: frozenset[type[JournalEvent]]) -> list[type[JournalEvent]]:
    return sorted(kinds, key=str)


def test_there_is_an_example_of_every_event() -> None:
    assert set(EVENTS) == EVERY_EVENT
    assert set(CHANGED) | OVER <= EVERY_EVENT


@pytest.mark.parametrize("kind", in_order(EVERY_EVENT - OVER))
def test_an_open_exam_is_changed_by_each_event_in_what_it_names_only(kind: type[JournalEvent]) -> None:
    after = fold(FULL, EVENTS[kind]).exam
    assert after is not None
    assert FULL.exam is not None
    assert changed(FULL.exam, after) == CHANGED.get(kind, set())


@pytest.mark.parametrize("kind", in_order(EVERY_EVENT - {e.ExamOpened}))
def test_without_an_exam_no_event_but_its_opening_makes_one(kind: type[JournalEvent]) -> None:
    facts = fold(Facts(), EVENTS[kind])
    assert facts.exam is None
    assert fold(fold(FULL, e.ExamClosed()), EVENTS[kind]).exam is None


def test_a_closed_exam_leaves_nothing_to_the_next() -> None:
    after = fold(fold(FULL, e.ExamClosed()), EVENTS[e.ExamOpened]).exam
    anew = fold(Facts(), EVENTS[e.ExamOpened]).exam
    assert after is not None
    assert anew is not None
    assert changed(after, anew) == {"opened_count"}


def test_an_exam_opened_over_another_leaves_nothing_of_it_either() -> None:
    after = fold(FULL, EVENTS[e.ExamOpened]).exam
    assert after is not None
    assert (after.exam_id, after.steps, after.ready, after.signatures) == ("exam-9", (), None, ())


# ------------------------------------------------------------------ by command


def none_open() -> Site:
    site = prepared_site()
    assert site.tablet.close_exam().accepted
    return site


def under_way(*kinds: str) -> Callable[[], Site]:
    """A start on its way: requests of these kinds are not answered yet."""

    def made() -> Site:
        site = prepared_site()
        site.scanner.hold |= set(kinds)
        site.console.start("T2 TSE ax")
        return site

    return made


def after_a_scan() -> Site:
    site = prepared_site()
    assert site.console.start("T2 TSE ax").start is StartOutcome.ACCEPTED
    site.scanner.end()
    return site


def without_its_scanner() -> Site:
    site = prepared_site()
    site.lose_scanner()
    return site


SITUATIONS: dict[str, Callable[[], Site]] = {
    "none open": none_open,
    "prepared": prepared_site,
    "its start is prepared": under_way("prepare"),
    "its start is sent": under_way("start"),
    "running": under_way(),
    "after a scan": after_a_scan,
    "scanner not heard": without_its_scanner,
}


def take(site: Site) -> set[Reason]:
    site.desk.item = ITEM
    return site.tablet.take_patient("exam-2")


def refusals(said: Said) -> set[Reason]:
    return set() if said.accepted else said.reasons


COMMANDS: dict[str, Callable[[Site], set[Reason]]] = {
    "take a patient": take,
    "close it": lambda site: refusals(site.tablet.do(t.CloseExam, exam_id="exam-1")),
    "close another": lambda site: refusals(site.tablet.do(t.CloseExam, exam_id="exam-7")),
}
NO, OPEN, GONE, NOW = Reason.NO_EXAM, Reason.EXAM_OPEN, Reason.REQUEST_GONE, Reason.NOT_NOW
BY_COMMAND: dict[str, dict[str, Reason | None]] = {
    "take a patient": {**dict.fromkeys(SITUATIONS, OPEN), "none open": None},
    "close it": {
        "none open": NO,
        "prepared": None,
        "its start is prepared": None,  # nothing was sent: the start on its way is withdrawn
        "its start is sent": NOW,
        "running": NOW,
        "after a scan": None,
        "scanner not heard": None,
    },
    "close another": {**dict.fromkeys(SITUATIONS, GONE), "none open": NO},
}


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("command", COMMANDS)
def test_who_is_taken_and_let_go_in_every_situation(command: str, situation: str) -> None:
    site = SITUATIONS[situation]()
    before = site.desk.facts.exam
    expected = BY_COMMAND[command][situation]
    assert COMMANDS[command](site) == (set() if expected is None else {expected})
    if expected is not None:
        assert site.desk.facts.exam == before
    elif command == "take a patient":
        assert site.tablet.exam_id == "exam-2"
    else:
        assert site.desk.facts.exam is None
        site.scanner.release()
        assert site.scanner.running is None, "a start of a closed exam ran"


def test_every_situation_has_its_row() -> None:
    assert set(BY_COMMAND) == set(COMMANDS)
    assert all(set(row) == set(SITUATIONS) for row in BY_COMMAND.values())

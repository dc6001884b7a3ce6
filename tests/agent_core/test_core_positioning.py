"""Landmark, table and registration: what the scanner refuses did not happen."""

from __future__ import annotations

from typing import Any

import pytest
from core_site import Site, prepared_site

from local_agent.core import events as e
from mr_contract import scanner_messages as s
from mr_contract import tablet_messages as t
from mr_contract.reasons import Reason
from mr_contract.vocabulary import Landmark, TablePosition

WHY = "a landmark is set with the table out"


@pytest.fixture
def site() -> Site:
    return prepared_site()


def landmark(site: Site) -> Landmark | None:
    exam = site.desk.facts.exam
    return exam.landmark if exam else None


def test_a_landmark_that_the_scanner_refuses_is_not_the_exams(site: Site) -> None:
    site.scanner.refuses["set_scanner_landmark"] = WHY
    chosen = len(site.events(e.LandmarkChosen))
    said = site.tablet.do(t.SetLandmark, exam_id="exam-1", landmark=Landmark.CHIN)
    assert not said.accepted
    assert said.reasons == {Reason.SCANNER_REFUSED}
    assert len(site.events(e.LandmarkChosen)) == chosen
    assert landmark(site) is Landmark.NASION


def test_a_landmark_counts_when_the_scanner_has_set_it_and_not_before(site: Site) -> None:
    site.scanner.hold.add("set_scanner_landmark")
    before = len(site.answers)
    site.tablet.do(t.SetLandmark, exam_id="exam-1", landmark=Landmark.CHIN)
    assert landmark(site) is Landmark.NASION
    assert not [a for _, a in site.answers[before:] if a.kind == "outcome"]
    site.scanner.release()
    site.pass_time(0.25)
    assert landmark(site) is Landmark.CHIN
    assert not site.desk.facts.exam or site.desk.facts.exam.ready is None
    assert [a.accepted for _, a in site.answers[before:] if a.kind == "outcome"] == [True]


def test_a_landmark_of_an_exam_that_was_closed_meanwhile_is_not_the_next_ones(site: Site) -> None:
    site.scanner.hold.add("set_scanner_landmark")
    site.tablet.do(t.SetLandmark, exam_id="exam-1", landmark=Landmark.CHIN)
    assert site.tablet.close_exam().accepted
    site.tablet.take_patient("exam-2")
    site.scanner.release()
    site.pass_time(0.25)
    assert site.tablet.exam_id == "exam-2"
    assert landmark(site) is None


@pytest.mark.parametrize(
    "command", [(t.MoveTable, {"to": "out"}), (t.SetLandmark, {"landmark": Landmark.CHIN})]
)
def test_without_the_scanner_neither_is_asked_nor_believed(
    site: Site, command: tuple[type[Any], dict[str, Any]]
) -> None:
    kind, fields = command
    if kind is t.SetLandmark:
        fields = {**fields, "exam_id": "exam-1"}
    site.lose_scanner()
    assert site.tablet.do(kind, **fields).reasons == {Reason.SCANNER_NOT_HEARD}


def test_a_scanner_that_is_lost_before_its_answer_leaves_the_command_refused(site: Site) -> None:
    site.scanner.hold.add("move_scanner_table")
    before = len(site.answers)
    site.tablet.do(t.MoveTable, to="out")
    site.lose_scanner()
    outcomes = [a for _, a in site.answers[before:] if a.kind == "outcome"]
    assert [{f.reason for f in a.findings} for a in outcomes] == [{Reason.SCANNER_NOT_HEARD}]


def test_a_table_that_the_scanner_does_not_move_is_said_in_its_words(site: Site) -> None:
    site.scanner.refuses["move_scanner_table"] = "the emergency stop is pressed"
    said = site.tablet.do(t.MoveTable, to="out")
    assert said.reasons == {Reason.SCANNER_REFUSED}
    assert site.desk.facts.table is TablePosition.ISOCENTRE


def test_nobody_is_ready_on_a_scanner_that_refused_who_lies_on_it(site: Site) -> None:
    site.scanner.refuses["register_patient"] = WHY
    site.tablet.record_data(71.0)
    assert Reason.SCANNER_REFUSED in site.open_reasons()
    assert Reason.SCANNER_REFUSED in site.tablet.ready().reasons


@pytest.mark.parametrize("change", ["the table", "the landmark", "a scan that ends"])
def test_the_patient_is_registered_again_once_what_the_scanner_minded_has_changed(
    site: Site, change: str
) -> None:
    site.scanner.refuses["register_patient"] = WHY
    site.tablet.record_data(71.0)
    site.scanner.refuses.clear()
    asked = len(site.requests(s.RegisterPatient))
    match change:
        case "the table":
            site.tablet.do(t.MoveTable, to="out")
        case "the landmark":
            site.tablet.do(t.SetLandmark, exam_id="exam-1", landmark=Landmark.CHIN)
        case _:
            site.scanner.event(s.BecameIdle)
    site.pass_time(0.25)
    assert len(site.requests(s.RegisterPatient)) == asked + 1
    assert Reason.SCANNER_REFUSED not in site.open_reasons()

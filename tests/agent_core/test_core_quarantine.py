"""Wrong patient or side: every event in every state, and what nobody may do alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

import pytest
from core_site import ANNA, BEN, CARL, ITEM, Said, Site, prepared_site, run

from local_agent.core import events as e
from local_agent.core.effects import Correct, Withhold
from local_agent.core.facts import CLOSED_KEPT
from local_agent.core.people import StaffMember
from local_agent.core.policy import COMMAND_PRIVILEGE
from local_agent.core.quarantine import (
    Quarantine,
    QuarantineEvent,
    Registered,
    against_signature,
    fold_quarantines,
)
from local_agent.core.quarantining import proposal_of, propose, written
from local_agent.core.showing import exam_view
from local_agent.core.showing_quarantine import closed_exams, undecided, undecided_closed
from mr_contract import console_messages as c
from mr_contract import scanner_messages as s
from mr_contract import tablet_messages as t
from mr_contract.exam import WorklistItem
from mr_contract.reasons import Reason
from mr_contract.vocabulary import (
    AlarmKind,
    AlarmPriority,
    Mistaken,
    Privilege,
    QuarantineState,
    Role,
    Side,
    StartOutcome,
    Verdict,
)

R = Reason
S: TypeAlias = QuarantineState
EXAM = Registered("exam-1", "MR knee", Side.LEFT)
RIGHT = ITEM.model_copy(
    update={
        "item_id": "w2",
        "accession": "ACC-2",
        "patient": ITEM.patient.model_copy(update={"patient_id": "P-2"}),
    }
)


def proposal(verdict: Verdict = Verdict.CORRECT, number: str = "1", **changes: Any) -> e.CorrectionProposed:
    fields: dict[str, Any] = {
        "by": ANNA.name, "exam_id": "exam-1", "correction_id": f"correction-{number}", "verdict": verdict,
        "mistaken": Mistaken.SIDE, "staff_id": "anna", "procedure_before": "MR knee",
        "procedure_after": "MR knee", "side_before": Side.LEFT, "side_after": Side.RIGHT,
    }  # fmt: skip
    return e.CorrectionProposed(**fields | changes)


REPORT = e.WrongReported(by="Mia", exam_id="exam-1", mistaken=Mistaken.SIDE)
SIGNED = e.CorrectionSigned(by=BEN.name, exam_id="exam-1", correction_id="correction-1", staff_id="ben")
OF_ANOTHER = SIGNED.model_copy(update={"correction_id": "correction-0"})
WRITTEN = e.CorrectionWritten(
    exam_id="exam-1", correction_id="correction-1", series_count=1, instance_count=9
)
FAILED = e.CorrectionFailed(exam_id="exam-1", correction_id="correction-1", why="disk full")

STATES: dict[str, tuple[QuarantineEvent, ...]] = {
    "none": (),
    "reported": (REPORT,),
    "proposed": (REPORT, proposal()),
    "rejection proposed": (REPORT, proposal(Verdict.REJECT)),
    "correcting": (REPORT, proposal(), SIGNED),
    "corrected": (REPORT, proposal(), SIGNED, WRITTEN),
    "rejected": (REPORT, proposal(Verdict.REJECT), SIGNED),
}
EVENTS: dict[str, QuarantineEvent] = {
    "report": REPORT, "proposal": proposal(number="2"), "signature": SIGNED,
    "signature of another": OF_ANOTHER, "written": WRITTEN, "failed": FAILED,
}  # fmt: skip
TABLE: dict[str, dict[str, S | None]] = {
    "none": {"report": S.REPORTED},
    "reported": {"proposal": S.PROPOSED},
    "proposed": {"proposal": S.PROPOSED, "signature": S.CORRECTING},
    "rejection proposed": {"proposal": S.PROPOSED, "signature": S.REJECTED},
    "correcting": {"written": S.CORRECTED, "failed": S.REPORTED},
    "corrected": {"report": S.REPORTED},
    "rejected": {"report": S.REPORTED},
}
"""What changes the state; an event that is not listed changes nothing at all."""


def after(*events: QuarantineEvent) -> Mapping[str, Quarantine]:
    known: Mapping[str, Quarantine] = MappingProxyType({})
    for event in events:
        known = fold_quarantines(known, event, EXAM)
    return known


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("state", STATES)
def test_every_event_in_every_state_does_what_the_table_says(state: str, event: str) -> None:
    before = after(*STATES[state])
    result = fold_quarantines(before, EVENTS[event], EXAM)
    wanted = TABLE[state].get(event)
    if wanted is None:
        assert result is before
    else:
        assert result["exam-1"].state is wanted
    assert not before or "exam-1" in result["exam-1"].withheld, "the originals never leave quarantine"


def test_a_copy_in_force_is_given_out_until_a_second_report_takes_it_back() -> None:
    corrected = after(*STATES["corrected"])["exam-1"]
    assert corrected.withheld == ("exam-1",)
    again = after(*STATES["corrected"], REPORT)["exam-1"]
    assert again.withheld == ("exam-1", "correction-1")
    assert again.correction is None
    assert again.signed_by == ""


def test_another_proposal_voids_the_one_that_waits_for_a_signature() -> None:
    known = after(REPORT, proposal(), proposal(number="2"))
    found = against_signature(known, "exam-1", "correction-1", name=BEN.name, staff_id="ben")
    assert [f.reason for f in found] == [R.REQUEST_GONE]


@pytest.mark.parametrize(
    ("name", "staff_id"),
    [(ANNA.name, "anna"), (ANNA.name, None), ("  anna BÜHLER ", None), ("Anna again", "anna")],
)
def test_nobody_signs_twice_whether_here_or_from_afar(name: str, staff_id: str | None) -> None:
    found = against_signature(
        after(REPORT, proposal()), "exam-1", "correction-1", name=name, staff_id=staff_id
    )
    assert [f.reason for f in found] == [R.SCREENING_SAME_SIGNER]


# ------------------------------------------------------------------ at a desk


def effects_of(site: Site, kind: type[Any]) -> list[Any]:
    return [value for what, value in site.history if what == "images" and isinstance(value, kind)]


def report(site: Site, who: str, mistaken: Mistaken = Mistaken.PATIENT, exam_id: str = "") -> Said:
    fields: dict[str, Any] = {"exam_id": exam_id or site.tablet.exam_id, "mistaken": mistaken}
    if who == "tablet":
        return site.tablet.do(t.TabletReportWrong, **fields)
    watcher = site.open_console(who, role=Role.TRAINEE) if who != "mia" else site.console
    return watcher.do(c.ReportWrong, **fields)


@pytest.mark.parametrize("who", ["tablet", "mia", "a trainee who was granted nothing"])
def test_said_by_anyone_it_stops_the_scan_and_blocks_every_start_in_one_turn(who: str) -> None:
    site = prepared_site()
    assert site.console.start("Localizer").start is StartOutcome.ACCEPTED
    drawn = site.console.prepare_start("T2 TSE ax")
    site.scanner.hold.add("stop")
    report(site, who)
    assert len(site.requests(s.Stop)) == 1
    kinds = [kind for what, kind in site.history if what in {"request", "event"}]
    stop = next(n for n, one in enumerate(kinds) if isinstance(one, s.Stop))
    told = next(n for n, one in enumerate(kinds) if isinstance(one, e.WrongReported))
    assert stop < told, "the stop goes out before anything is written"
    site.scanner.release()
    assert site.scanner.running is None or not site.scanner.running
    said = site.console.send(drawn)
    assert R.EXAM_QUARANTINED in said.reasons
    assert R.EXAM_QUARANTINED in site.open_reasons()
    alarm = site.desk.alarms.active(AlarmKind.WRONG_PATIENT)
    assert alarm is not None
    assert alarm.priority is AlarmPriority.HIGH
    assert effects_of(site, Withhold) == [Withhold(("exam-1",))]


def test_a_start_on_its_way_is_withdrawn() -> None:
    site = prepared_site()
    site.scanner.hold.add("prepare")
    site.console.start("Localizer")
    report(site, "tablet")
    site.scanner.release()
    assert site.scanner.acquisitions == []


def test_nobody_checked_in_and_a_journal_that_cannot_be_written_keep_nobody_from_saying_it() -> None:
    site = prepared_site()
    site.tablet.do(t.CheckOut, staff_id="anna")
    site.tablet.do(t.CheckOut, staff_id="ben")
    assert report(site, "tablet").accepted
    assert "exam-1" in site.desk.facts.quarantines
    assert COMMAND_PRIVILEGE["report_wrong"] is None


def test_said_twice_it_stops_twice_and_is_written_once() -> None:
    site = prepared_site()
    report(site, "tablet")
    assert report(site, "mia").accepted
    assert len(site.requests(s.Stop)) == 2
    assert len(site.events(e.WrongReported)) == 1


def test_of_an_exam_that_was_closed_it_stops_nobody_else() -> None:
    site = prepared_site()
    assert site.tablet.close_exam().accepted
    assert site.tablet.take_patient("exam-2") == set()
    assert report(site, "tablet", exam_id="exam-1").accepted
    assert site.requests(s.Stop) == []
    assert "exam-1" in site.desk.facts.quarantines
    assert R.EXAM_QUARANTINED not in site.open_reasons()
    assert report(site, "tablet", exam_id="exam-77").reasons == {R.REQUEST_GONE}


def test_what_waits_for_two_people_is_told_to_consoles_once_its_exam_is_closed_and_never_whose() -> None:
    site = prepared_site()
    assert report(site, "tablet", Mistaken.SIDE).accepted
    assert undecided_closed(site.desk) == (), "an open exam tells of it itself"
    assert site.tablet.close_exam().accepted
    (told,) = undecided_closed(site.desk)
    assert (told.exam_id, told.mistaken, told.procedure) == ("exam-1", Mistaken.SIDE, ITEM.procedure)
    assert ITEM.patient.patient_id not in told.model_dump_json()
    assert propose_at(site, ANNA, side=Side.RIGHT) == set()
    assert ITEM.patient.patient_id not in undecided_closed(site.desk)[0].model_dump_json()
    assert sign_at(site, BEN).accepted
    site.turn(written, "exam-1", "correction-1", series=1, instances=1)
    assert undecided_closed(site.desk) == ()


def listed(site: Site) -> list[str]:
    return [one.exam_id for one in closed_exams(site.desk, view=False)]


def test_the_exams_closed_last_are_listed_until_one_is_reported_and_again_once_it_is_decided() -> None:
    site = prepared_site()
    assert listed(site) == []
    site.at_s += 60.0
    assert site.tablet.close_exam().accepted
    closed_at = site.moment.wall
    for number in range(2, CLOSED_KEPT + 1):
        assert site.tablet.take_patient(f"exam-{number}") == set()
        assert site.tablet.close_exam().accepted
    assert listed(site) == [f"exam-{n}" for n in range(CLOSED_KEPT, 0, -1)]
    oldest = closed_exams(site.desk, view=False)[-1]
    assert (oldest.procedure, oldest.closed_at) == (ITEM.procedure, closed_at)
    assert report(site, "tablet", Mistaken.SIDE, exam_id="exam-1").accepted
    assert "exam-1" not in listed(site)
    assert propose_at(site, ANNA, side=Side.RIGHT) == set()
    assert sign_at(site, BEN).accepted
    site.turn(written, "exam-1", "correction-1", series=1, instances=1)
    assert "exam-1" in listed(site), "what was decided may be found wrong once more"
    assert site.tablet.take_patient("exam-99") == set()
    assert site.tablet.close_exam().accepted
    assert "exam-1" not in listed(site)


def test_whose_an_earlier_exam_was_is_shown_only_with_view_and_forgotten_with_the_exam() -> None:
    site = prepared_site()
    assert site.tablet.close_exam().accepted
    for view in (True, False):
        (shown,) = closed_exams(site.desk, view=view)
        assert (ITEM.patient.patient_id in shown.model_dump_json()) is view
    for number in range(2, CLOSED_KEPT + 2):
        assert site.tablet.take_patient(f"exam-{number}") == set()
        assert site.tablet.close_exam().accepted
    assert set(site.desk.items) == set(listed(site))


def test_quarantine_survives_a_restart_of_the_agent() -> None:
    site = prepared_site()
    report(site, "tablet")
    site.restart_agent()
    assert R.EXAM_QUARANTINED in site.open_reasons()
    assert [v.exam_id for v in undecided(site.desk)] == ["exam-1"]


def test_without_view_nobody_is_told_whose_exam_it_is() -> None:
    site = prepared_site()
    report(site, "tablet")
    propose_at(site, ANNA, Mistaken.PATIENT, RIGHT)
    for view in (True, False):
        shown = exam_view(site.desk, site.at_s, view=view)
        assert shown is not None
        assert shown.quarantine is not None
        assert (ITEM.patient.name in shown.model_dump_json()) is view
        assert (RIGHT.patient.patient_id in shown.model_dump_json()) is view


# ------------------------------------------------------------------ the correction


def propose_at(
    site: Site,
    signer: StaffMember,
    mistaken: Mistaken = Mistaken.SIDE,
    right: WorklistItem | None = None,
    *,
    verdict: Verdict = Verdict.CORRECT,
    side: Side | None = None,
    exam_id: str = "exam-1",
) -> set[Reason]:
    """What the tablet's door does with a proposal whose PIN was right."""
    command = t.ProposeCorrection(
        command_id=site.fresh_id(), exam_id=exam_id, verdict=verdict, mistaken=mistaken, side=side,
        item_id=right.item_id if right else None, staff_id=signer.staff_id, pin="1234",
    )  # fmt: skip
    number = len(site.events(e.CorrectionProposed)) + 1
    digest = "1" * 64 if right else None

    def turn(desk: Any) -> Any:
        made = proposal_of(
            desk, command, right, correction_id=f"correction-{number}", digest=digest, by=signer.name
        )
        return propose(desk, made, right, signer)

    return {f.reason for f in site.turn(turn)}


def sign_at(site: Site, signer: StaffMember, number: int = 1, exam_id: str = "exam-1") -> Said:
    return site.tablet.do(
        t.SignCorrection, exam_id=exam_id, correction_id=f"correction-{number}", signer=signer
    )


def quarantined_site(mistaken: Mistaken = Mistaken.SIDE) -> Site:
    site = prepared_site()
    run(site, "Localizer")
    report(site, "tablet", mistaken)
    return site


def state(site: Site) -> S:
    return site.desk.facts.quarantines["exam-1"].state


def test_two_people_correct_the_side_and_the_wrong_exam_is_closed() -> None:
    site = quarantined_site()
    assert propose_at(site, ANNA, side=Side.RIGHT) == set()
    assert sign_at(site, BEN).accepted
    assert state(site) is S.CORRECTING
    assert site.desk.facts.exam is None
    assert R.NO_EXAM in site.open_reasons(), "the standing says what comes next"
    assert effects_of(site, Correct) == [Correct("exam-1", "correction-1")]
    (proposed,) = site.events(e.CorrectionProposed)
    (signed,) = site.events(e.CorrectionSigned)
    assert (proposed.by, signed.by) == (ANNA.name, BEN.name)
    assert (proposed.side_before, proposed.side_after) == (Side.NONE, Side.RIGHT)
    assert site.desk.alarms.active(AlarmKind.WRONG_PATIENT) is None


def test_the_remote_operator_may_be_the_second_person_but_only_while_holding_edit() -> None:
    site = quarantined_site()
    assert propose_at(site, ANNA, side=Side.RIGHT) == set()
    stranger = site.open_console("noa")
    agree: dict[str, Any] = {"exam_id": "exam-1", "correction_id": "correction-1"}
    assert R.NOT_HOLDER in stranger.do(c.AgreeCorrection, **agree).reasons
    assert COMMAND_PRIVILEGE["agree_correction"] is Privilege.EDIT
    assert site.console.do(c.AgreeCorrection, **agree).accepted
    assert state(site) is S.CORRECTING


@pytest.mark.parametrize(
    ("who", "reason"),
    [(ANNA, R.SCREENING_SAME_SIGNER), (CARL, R.NOT_CHECKED_IN)],
)
def test_one_person_or_one_who_is_not_there_decides_nothing(who: StaffMember, reason: Reason) -> None:
    site = quarantined_site()
    assert propose_at(site, CARL, side=Side.RIGHT) == {R.NOT_CHECKED_IN}
    assert propose_at(site, ANNA, side=Side.RIGHT) == set()
    assert sign_at(site, who).reasons == {reason}
    assert state(site) is S.PROPOSED
    assert effects_of(site, Correct) == []


def test_a_pin_that_was_not_proved_signs_nothing() -> None:
    site = quarantined_site()
    propose_at(site, ANNA, side=Side.RIGHT)
    fields: dict[str, Any] = {"exam_id": "exam-1", "correction_id": "correction-1"}
    said = site.tablet.do(t.SignCorrection, staff_id="ben", pin="0000", **fields)
    assert said.reasons == {R.WRONG_PIN}


SAME_PATIENT = RIGHT.model_copy(update={"patient": ITEM.patient})
UNCLEAR: dict[str, Callable[[Site], set[Reason]]] = {
    "no side": lambda site: propose_at(site, ANNA),
    "the side it was registered under": lambda site: propose_at(site, ANNA, side=Side.NONE),
    "no other patient": lambda site: propose_at(site, ANNA, Mistaken.PATIENT),
    "the same patient": lambda site: propose_at(site, ANNA, Mistaken.PATIENT, SAME_PATIENT),
    "another patient for a wrong procedure": lambda site: propose_at(site, ANNA, Mistaken.PROCEDURE, RIGHT),
    "the same order": lambda site: propose_at(site, ANNA, Mistaken.PROCEDURE, ITEM),
}


@pytest.mark.parametrize("what", UNCLEAR)
def test_a_correction_that_does_not_say_what_is_right_is_not_proposed(what: str) -> None:
    site = quarantined_site()
    assert UNCLEAR[what](site) == {R.CORRECTION_UNCLEAR}
    assert state(site) is S.REPORTED


def test_an_exam_that_nobody_reported_cannot_be_corrected() -> None:
    site = prepared_site()
    assert propose_at(site, ANNA, side=Side.RIGHT) == {R.REQUEST_GONE}
    assert sign_at(site, BEN).reasons == {R.REQUEST_GONE}


def test_two_people_may_decide_that_nothing_is_corrected() -> None:
    site = quarantined_site()
    assert propose_at(site, ANNA, verdict=Verdict.REJECT) == set()
    assert sign_at(site, BEN).accepted
    assert state(site) is S.REJECTED
    assert effects_of(site, Correct) == []
    assert undecided(site.desk) == ()


def test_nothing_is_decided_while_the_scanner_still_scans() -> None:
    site = prepared_site()
    site.scanner.hold.add("stop")
    assert site.console.start("Localizer").start is StartOutcome.ACCEPTED
    report(site, "tablet")
    assert propose_at(site, ANNA, side=Side.RIGHT) == set()
    assert sign_at(site, BEN).reasons == {R.NOT_NOW}
    site.scanner.release()
    assert sign_at(site, BEN).accepted


def test_the_next_patient_is_taken_and_the_decision_made_later() -> None:
    site = quarantined_site(Mistaken.PATIENT)
    assert site.tablet.close_exam().accepted
    assert site.tablet.take_patient("exam-2") == set()
    assert propose_at(site, ANNA, Mistaken.PATIENT, RIGHT) == set()
    assert sign_at(site, BEN).accepted
    assert site.desk.facts.exam is not None
    assert site.desk.facts.exam.exam_id == "exam-2", "the exam of the right patient stays open"


def test_the_alarm_sounds_until_the_last_wrong_exam_is_decided() -> None:
    site = quarantined_site()
    assert site.tablet.close_exam().accepted
    assert site.tablet.take_patient("exam-2") == set()
    report(site, "tablet", exam_id="exam-2")
    for number, exam_id, still_sounds in ((1, "exam-1", True), (2, "exam-2", False)):
        assert propose_at(site, ANNA, verdict=Verdict.REJECT, exam_id=exam_id) == set()
        assert sign_at(site, BEN, number, exam_id).accepted
        assert (site.desk.alarms.active(AlarmKind.WRONG_PATIENT) is not None) is still_sounds


def test_the_journal_names_nobody_but_those_who_signed() -> None:
    site = quarantined_site(Mistaken.PATIENT)
    propose_at(site, ANNA, Mistaken.PATIENT, RIGHT)
    sign_at(site, BEN)
    written = "".join(event.model_dump_json() for event in site.journal)
    for secret in (ITEM.patient.name, ITEM.patient.patient_id, ITEM.accession, RIGHT.accession):
        assert secret not in written

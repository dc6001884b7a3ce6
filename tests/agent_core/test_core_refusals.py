"""Every refused command leaves a line in the journal, with all its reasons; a flood leaves a count."""

from __future__ import annotations

from core_site import ALL, ANNA, Site, prepared_site

from local_agent.core import events as e
from local_agent.core.on_tablet import tablet_command
from local_agent.core.refusals import WITHIN_S
from local_agent.core.ticking import tick
from mr_contract import console_messages as c
from mr_contract import tablet_messages as t
from mr_contract.reasons import Reason
from mr_contract.vocabulary import LinkLossAction, Privilege, Role


def refused(site: Site) -> list[e.CommandRefused]:
    return site.events(e.CommandRefused)


def test_a_command_without_privilege_leaves_one_line_with_sender_and_every_reason() -> None:
    site = prepared_site()
    other = site.open_console("rosa", role=Role.RADIOLOGIST)
    said = other.edit("T2 TSE ax", te_ms=90.0)
    assert not said.accepted
    (line,) = refused(site)
    assert (line.by, line.command, line.count) == ("rosa", "edit_step", 1)
    assert {f.reason for f in line.findings} == said.reasons


def test_a_role_that_may_not_ask_for_start_leaves_a_line() -> None:
    site = prepared_site()
    _, said = site.open_console("rosa", role=Role.RADIOLOGIST).ask(Privilege.START)
    (line,) = refused(site)
    assert {f.reason for f in line.findings} == said.reasons == {Reason.ROLE_FORBIDS}


def test_a_refused_command_of_the_tablet_leaves_a_line() -> None:
    site = Site()
    said = site.tablet.record_data()
    assert not said.accepted
    (line,) = refused(site)
    assert line.command == "record_patient_data"
    assert {f.reason for f in line.findings} == said.reasons


def test_the_same_command_sent_again_adds_no_line() -> None:
    site = prepared_site()
    other = site.open_console("rosa", role=Role.RADIOLOGIST)
    request = c.RequestControl(
        command_id="r1",
        scanner="mr-a",
        privileges=ALL,
        link_loss_action=LinkLossAction.FINISH_SEQUENCE,
    )
    other.send(request)
    assert not other.send(request).accepted
    assert len(refused(site)) == 1
    site.pass_time(WITHIN_S + 1.0)
    assert len(refused(site)) == 1


def test_a_command_refused_twice_under_one_id_is_one_line_and_no_count() -> None:
    """A tablet's is judged anew each time it comes, which no memory of answers catches."""
    site = Site()
    again = t.MoveTable(command_id="same", to="out")
    other = again.model_copy(update={"command_id": "other"})
    for command in (again, again, again):
        site.turn(tablet_command, command, "tablet", None, site.moment)
    assert [line.count for line in refused(site)] == [1]
    site.pass_time(WITHIN_S + 1.0)
    site.turn(tablet_command, again, "tablet", None, site.moment)  # also once its ten seconds are over
    site.pass_time(WITHIN_S + 1.0)
    assert [line.count for line in refused(site)] == [1]
    site.turn(tablet_command, other, "tablet", None, site.moment)
    assert [(line.command_id, line.count) for line in refused(site)] == [("same", 1), ("other", 1)]


def test_a_flood_of_refused_commands_leaves_two_lines_that_add_up() -> None:
    site = prepared_site()
    other = site.open_console("rosa", role=Role.RADIOLOGIST)
    for _ in range(50):
        other.ask(Privilege.START)
    assert [line.count for line in refused(site)] == [1]
    site.pass_time(WITHIN_S + 1.0)
    assert [line.count for line in refused(site)] == [1, 49]


def test_another_reason_is_another_line_at_once() -> None:
    site = prepared_site()
    other = site.open_console("rosa", role=Role.RADIOLOGIST)
    other.ask(Privilege.START)
    other.do(c.SendNote, text="hello")
    other.do(c.DisarmStep)
    lines = refused(site)
    assert len(lines) == len({(line.command, frozenset(f.reason for f in line.findings)) for line in lines})
    assert {"request_control", "disarm_step"} <= {line.command for line in lines}


def test_a_question_and_what_was_carried_out_leave_no_line() -> None:
    site = prepared_site()
    rosa = site.open_console("rosa", role=Role.RADIOLOGIST)
    step = site.step("T2 TSE ax").step_id
    revision = site.revision("T2 TSE ax")
    said = rosa.do(c.TryEdit, step_id=step, revision=revision, changes={"te_ms": 90.0})
    assert not said.accepted
    assert site.tablet.do(t.CheckIn, signer=ANNA).outcomes
    assert not refused(site)


def test_while_the_journal_cannot_be_written_a_refusal_adds_to_no_backlog() -> None:
    site = prepared_site()
    site.desk.read(journal_fault="no space left on the disk")
    assert not site.open_console("rosa", role=Role.RADIOLOGIST).ask(Privilege.START)[1].accepted
    site.turn(tick, site.moment, site.holder_link())
    assert not refused(site)

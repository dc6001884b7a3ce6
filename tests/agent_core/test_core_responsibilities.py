"""Who does what at an exam: laid out, changed, acknowledged by both, and no start before."""

from __future__ import annotations

from typing import Any

import pytest
from core_events import D
from core_site import ALL, ANNA, BEN, CARL, Console, Said, Site, prepared_site
from hypothesis import given
from hypothesis import strategies as st

from local_agent.core import events as e
from local_agent.core.facts import Facts, fold
from local_agent.core.responsibilities import (
    Acknowledgement,
    Division,
    list_digest,
    moved,
    moved_from,
    unacknowledged,
    unread,
)
from local_agent.core.showing import control_view, exam_view
from mr_contract import console_messages as c
from mr_contract import tablet_messages as t
from mr_contract.findings import Finding
from mr_contract.reasons import Reason
from mr_contract.responsibilities import (
    AT_THE_SITE,
    DEFAULT_RESPONSIBILITIES,
    End,
    KnownItem,
    ResponsibilitiesView,
)
from mr_contract.vocabulary import Interlock, InterlockState, LinkLossAction, Privilege, Role

R = Reason
MIA, NOA = Acknowledgement("Mia", ("a" * 64,)), Acknowledgement("Noa", ("b" * 64,))
HERE = Acknowledgement("Anna, Ben", ("anna", "ben"))
ITEM = KnownItem.DOCUMENTATION.value


def division() -> Division:
    digest = list_digest("exam-1", DEFAULT_RESPONSIBILITIES)
    return Division(digest, DEFAULT_RESPONSIBILITIES, count=1)


# ------------------------------------------------------------------ the list


@pytest.mark.parametrize("item", KnownItem)
def test_an_item_is_laid_at_the_other_end_or_stays_because_it_takes_hands(item: KnownItem) -> None:
    after = moved(DEFAULT_RESPONSIBILITIES, item)
    if item in AT_THE_SITE:
        assert isinstance(after, Finding)
        assert after.reason is R.RESPONSIBILITY_AT_SITE
        return
    assert not isinstance(after, Finding)
    assert moved_from(DEFAULT_RESPONSIBILITIES, after) == (item,)
    assert moved(after, item) == DEFAULT_RESPONSIBILITIES


@given(items=st.lists(st.sampled_from([*KnownItem, "no such item"]), max_size=12))
def test_however_often_items_are_moved_each_lies_at_one_end_and_what_takes_hands_at_the_site(
    items: list[str],
) -> None:
    now = DEFAULT_RESPONSIBILITIES
    for item in items:
        after = moved(now, item)
        now = now if isinstance(after, Finding) else after
    assert [r.item for r in now] == [r.item for r in DEFAULT_RESPONSIBILITIES]
    assert all(r.end is End.LOCAL for r in now if r.item in AT_THE_SITE)


def test_the_digest_is_of_the_exam_and_of_the_list() -> None:
    after = moved(DEFAULT_RESPONSIBILITIES, ITEM)
    assert not isinstance(after, Finding)
    digests = {
        list_digest("exam-1", DEFAULT_RESPONSIBILITIES),
        list_digest("exam-2", DEFAULT_RESPONSIBILITIES),
        list_digest("exam-1", after),
    }
    assert len(digests) == 3
    assert unread(division(), list_digest("exam-2", DEFAULT_RESPONSIBILITIES))[0].reason is (
        R.RESPONSIBILITIES_CHANGED
    )
    assert unread(division(), division().digest) == ()


LOCAL, REMOTE = R.RESPONSIBILITIES_UNREAD_LOCAL, R.RESPONSIBILITIES_UNREAD_REMOTE
STATES: dict[str, tuple[Division | None, set[Reason]]] = {
    "no list": (None, {LOCAL, REMOTE}),
    "nobody": (division(), {LOCAL, REMOTE}),
    "the site": (division().acknowledged(End.LOCAL, HERE, 2), {REMOTE}),
    "the holder": (division().acknowledged(End.REMOTE, MIA, 2), {LOCAL}),
    "a colleague": (division().acknowledged(End.REMOTE, NOA, 2), {LOCAL, REMOTE}),
    "the site and a colleague": (
        division().acknowledged(End.REMOTE, NOA, 2).acknowledged(End.LOCAL, HERE, 3),
        {REMOTE},
    ),
    "both": (division().acknowledged(End.REMOTE, MIA, 2).acknowledged(End.LOCAL, HERE, 3), set()),
}


@pytest.mark.parametrize("state", STATES)
def test_what_the_list_lacks_in_every_state(state: str) -> None:
    now, lacking = STATES[state]
    assert {f.reason for f in unacknowledged(now, {"anna"}, "a" * 64, "Mia")} == lacking


@pytest.mark.parametrize(
    ("roster", "holds"), [({"anna", "ben"}, True), ({"ben", "carl"}, True), ({"carl"}, False), (set(), False)]
)
def test_the_site_acknowledged_it_while_one_who_did_is_there(roster: set[str], *, holds: bool) -> None:
    now = division().acknowledged(End.LOCAL, HERE, 2)
    assert now.holds_here(roster) is holds


def test_the_same_person_counts_once_and_only_so_many_are_kept() -> None:
    now = division()
    for number in range(12):
        now = now.acknowledged(End.REMOTE, Acknowledgement(f"p{number}", (f"{number:064x}",)), number)
        now = now.acknowledged(End.REMOTE, Acknowledgement(f"p{number}", (f"{number:064x}",)), number)
    assert [a.name for a in now.remote] == [f"p{n}" for n in range(4, 12)]


# ------------------------------------------------------------------ at the site


def acknowledge(console: Console, digest: str | None = None) -> Said:
    return console.do(c.AcknowledgeResponsibilities, digest=digest or console.site.list_digest())


def acknowledge_here(site: Site) -> Said:
    return site.tablet.do(t.TabletAcknowledgeResponsibilities, digest=site.list_digest())


def move_here(site: Site, item: str = ITEM) -> Said:
    return site.tablet.do(t.TabletMoveResponsibility, digest=site.list_digest(), item=item)


def shown(site: Site) -> ResponsibilitiesView:
    exam = exam_view(site.desk, site.at_s, view=False)
    assert exam is not None
    assert exam.responsibilities is not None
    return exam.responsibilities


def test_the_list_is_laid_out_with_the_exam_and_both_acknowledge_it_by_what_they_do_anyway() -> None:
    site = prepared_site()
    (laid_out,) = site.events(e.ResponsibilitiesDivided)
    given_by = site.events(e.ResponsibilitiesAcknowledged)
    assert [(a.end, a.by, a.people) for a in given_by] == [
        (End.REMOTE, "mia", (site.console.holder.device,)),
        (End.LOCAL, "Anna Bühler, Ben Ott", ("anna", "ben")),
    ]
    assert all(a.digest == laid_out.digest and a.items == laid_out.items for a in given_by)
    assert laid_out.items == site.policy.responsibilities
    assert shown(site).acknowledged_local == "Anna Bühler, Ben Ott"
    assert shown(site).acknowledged_remote == ("mia",)
    assert control_view(site.desk, site.console.holder.link, site.at_s).responsibilities_acknowledged
    assert site.console.start("T2 TSE ax").accepted


@pytest.mark.parametrize(
    ("asking", "allowing", "missing"),
    [(True, False, {LOCAL}), (False, True, {REMOTE}), (False, False, {LOCAL, REMOTE})],
)
def test_a_start_without_both_acknowledgements_is_refused_and_with_both_it_starts(
    *, asking: bool, allowing: bool, missing: set[Reason]
) -> None:
    site = prepared_site()
    site.tablet.revoke()
    site.tablet.close_exam()
    site.tablet.take_patient("exam-2")
    site.tablet.confirm_identity()
    site.tablet.screen()
    site.tablet.position()
    site.tablet.ready()
    request_id, _ = site.console.ask(*ALL, acknowledging=asking)
    assert site.tablet.allow(request_id, *ALL, acknowledging=allowing).accepted
    assert site.console.do(c.OpenProtocol, protocol_id="brain").accepted
    site.pass_time(0.25)
    assert site.console.start("T2 TSE ax").reasons == missing
    consent = next(i for i in site.desk.standing(site.at_s).standing.interlocks if i.interlock is CONSENT)
    assert consent.state is InterlockState.OPEN
    if not asking:
        assert acknowledge(site.console).accepted
    if not allowing:
        assert acknowledge_here(site).accepted
    assert site.console.start("T2 TSE ax").accepted


CONSENT = Interlock.CONSENT


def test_moving_an_item_voids_both_and_a_press_that_began_before_is_refused() -> None:
    site = prepared_site()
    prepared = site.console.prepare_start("T2 TSE ax")
    assert move_here(site).accepted
    assert {LOCAL, REMOTE, R.STALE_STANDING} <= site.console.send(prepared).reasons
    assert shown(site).moved == (ITEM,)
    assert (shown(site).acknowledged_local, shown(site).acknowledged_remote) == ("", ())
    assert acknowledge_here(site).accepted
    assert site.console.start("T2 TSE ax").reasons == {REMOTE}
    assert acknowledge(site.console).accepted
    assert site.console.start("T2 TSE ax").accepted


def test_a_list_moved_there_and_back_is_acknowledged_anew() -> None:
    site = prepared_site()
    assert move_here(site).accepted
    assert site.console.do(c.MoveResponsibility, digest=site.list_digest(), item=ITEM).accepted
    assert shown(site).moved == ()
    assert site.console.start("T2 TSE ax").reasons == {LOCAL, REMOTE}


def test_moving_while_a_scan_runs_leaves_it_and_refuses_the_armed_step() -> None:
    site = prepared_site()
    assert site.console.start("Localizer").accepted
    assert site.console.arm("T2 TSE ax").accepted
    assert move_here(site).accepted
    assert site.scanner.running is not None
    site.scanner.end()
    assert site.scanner.running is None


def test_an_acknowledgement_of_a_list_that_was_changed_is_refused() -> None:
    site = prepared_site()
    before = site.list_digest()
    assert move_here(site).accepted
    assert acknowledge(site.console, before).reasons == {R.RESPONSIBILITIES_CHANGED}
    stale: dict[str, Any] = {"digest": before}
    assert site.tablet.do(t.TabletAcknowledgeResponsibilities, **stale).reasons == {
        R.RESPONSIBILITIES_CHANGED
    }
    assert site.tablet.do(t.TabletMoveResponsibility, item=ITEM, **stale).reasons == {
        R.RESPONSIBILITIES_CHANGED
    }


def test_a_yes_to_a_list_that_was_changed_under_the_finger_grants_nothing() -> None:
    site = prepared_site()
    site.tablet.revoke()
    request_id, _ = site.console.ask(*ALL)
    before = site.list_digest()
    assert move_here(site).accepted
    said = site.tablet.do(
        t.AnswerRequest, request_id=request_id, granted=ALL, held_ms=1000, responsibilities=before
    )
    assert said.reasons == {R.RESPONSIBILITIES_CHANGED}
    assert not site.desk.control.privileges_of(site.console.holder.link)
    assert site.tablet.allow(request_id, *ALL).accepted
    site.pass_time(0.25)
    assert site.console.start("T2 TSE ax").reasons == {REMOTE}


def test_asking_with_a_list_of_another_exam_puts_no_question() -> None:
    site = prepared_site()
    site.tablet.revoke()
    request = c.RequestControl(
        command_id="c-old", scanner="mr-a", privileges=ALL, link_loss_action=LinkLossAction.FINISH_SEQUENCE,
        responsibilities=list_digest("exam-0", DEFAULT_RESPONSIBILITIES),
    )  # fmt: skip
    assert site.console.send(request).reasons == {R.RESPONSIBILITIES_CHANGED}
    assert site.desk.control.pending is None


def test_whoever_takes_over_acknowledges_for_themself() -> None:
    site = prepared_site()
    colleague = site.open_console("noa")
    assert site.console.do(c.ReleaseControl).accepted
    request_id, _ = colleague.ask(*ALL, acknowledging=False)
    assert site.tablet.allow(request_id, *ALL).accepted
    site.pass_time(0.25)
    assert colleague.start("T2 TSE ax").reasons == {REMOTE}
    assert not control_view(site.desk, colleague.holder.link, site.at_s).responsibilities_acknowledged
    assert acknowledge(colleague).accepted
    assert colleague.start("T2 TSE ax").accepted


def test_whoever_relieves_everybody_at_the_site_acknowledges_anew_and_one_who_stays_is_enough() -> None:
    site = prepared_site()
    assert site.tablet.do(t.CheckOut, staff_id="ben").accepted
    assert LOCAL not in site.open_reasons()
    site.tablet.check_in(CARL)
    assert site.tablet.do(t.CheckOut, staff_id="anna").accepted
    assert LOCAL in site.open_reasons()
    site.tablet.check_in(ANNA)
    assert LOCAL not in site.open_reasons(), "she read it"
    assert BEN.staff_id not in site.desk.facts.roster


def test_the_same_acknowledgement_twice_is_one_and_changes_no_number() -> None:
    site = prepared_site()
    number, count = site.number(), len(site.journal)
    assert acknowledge(site.console).accepted
    assert acknowledge_here(site).accepted
    assert (site.number(), len(site.journal)) == (number, count)


def test_what_takes_hands_beside_the_patient_is_not_moved_by_either_end() -> None:
    site = prepared_site()
    asked: dict[str, Any] = {"digest": site.list_digest(), "item": KnownItem.EMERGENCY.value}
    assert site.console.do(c.MoveResponsibility, **asked).reasons == {R.RESPONSIBILITY_AT_SITE}
    assert site.tablet.do(t.TabletMoveResponsibility, **asked).reasons == {R.RESPONSIBILITY_AT_SITE}
    assert shown(site).moved == ()


@pytest.mark.parametrize("role", [Role.TRAINEE, Role.RADIOLOGIST])
def test_who_may_only_watch_neither_moves_nor_acknowledges(role: Role) -> None:
    site = prepared_site()
    watcher = site.open_console("rosa", role=role)
    assert acknowledge(watcher).reasons == {R.ROLE_FORBIDS}
    moving = watcher.do(c.MoveResponsibility, digest=site.list_digest(), item=ITEM)
    assert moving.reasons == {R.ROLE_FORBIDS}
    watching, _ = watcher.ask(Privilege.VIEW)
    assert site.tablet.allow(watching, Privilege.VIEW).accepted
    assert shown(site).acknowledged_remote == ("mia",), "watching takes on no part"


def test_a_colleague_who_does_not_hold_control_has_no_say() -> None:
    site = prepared_site()
    colleague = site.open_console("noa")
    moving = {"digest": site.list_digest(), "item": ITEM}
    assert colleague.do(c.MoveResponsibility, **moving).reasons == {R.NOT_HOLDER}
    site.pass_time(3.5, beats=False)
    colleague.beat()
    assert colleague.do(c.MoveResponsibility, **moving).reasons == {R.CONTROL_SUSPENDED}
    site.tablet.revoke()
    site.console.ask(*ALL)
    assert colleague.do(c.MoveResponsibility, **moving).reasons == {R.CONSENT_PENDING}
    assert site.console.do(c.WithdrawRequest).accepted
    assert colleague.do(c.MoveResponsibility, **moving).accepted, "nobody stands in the way"


def test_nobody_checked_in_means_nobody_here_acknowledges() -> None:
    site = prepared_site()
    for person in ("anna", "ben"):
        assert site.tablet.do(t.CheckOut, staff_id=person).accepted
    assert acknowledge_here(site).reasons == {R.ROSTER_BELOW_POLICY}
    assert move_here(site).reasons == {R.ROSTER_BELOW_POLICY}


def test_the_next_exam_begins_with_the_policys_list_and_nobody_has_read_it() -> None:
    site = prepared_site()
    assert move_here(site).accepted
    assert site.tablet.close_exam().accepted
    assert site.tablet.take_patient("exam-2") == set()
    assert shown(site).moved == ()
    assert (shown(site).acknowledged_local, shown(site).acknowledged_remote) == ("", ())


def test_the_list_and_who_read_it_outlive_a_restart_of_the_agent() -> None:
    site = prepared_site()
    before = shown(site)
    site.restart_agent()
    assert shown(site) == before
    assert len(site.events(e.ResponsibilitiesDivided)) == 1


def test_an_exam_of_a_journal_without_lists_is_given_one_as_the_agent_starts() -> None:
    site = prepared_site()
    kept = [x for x in site.journal if "responsibilit" not in x.kind]
    site.folded = Facts()
    for event in kept:
        site.folded = fold(site.folded, event)
    site.journal = kept
    site.restart_agent()
    assert shown(site).items == site.policy.responsibilities
    assert shown(site).acknowledged_local == ""


def test_an_acknowledgement_that_names_another_list_folds_into_nothing() -> None:
    site = prepared_site()
    forged = e.ResponsibilitiesAcknowledged(
        end=End.REMOTE, people=(D,), digest="f" * 64, items=DEFAULT_RESPONSIBILITIES
    )
    before = site.desk.facts.exam
    assert before is not None
    after = fold(site.desk.facts, forged).exam
    assert after is not None
    assert after.division == before.division

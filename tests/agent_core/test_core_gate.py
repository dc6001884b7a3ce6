"""The gate by itself: each rule is upheld alone, although on the whole way another would tell as well."""

from __future__ import annotations

from dataclasses import replace

import pytest
from core_site import Site, prepared_site

from local_agent.core.gate import Permit, Refused, decide_armed, decide_start, still_permitted
from mr_contract import console_messages as c
from mr_contract.reasons import Reason
from mr_contract.vocabulary import StartOutcome

T2 = "T2 TSE ax"


@pytest.fixture
def site() -> Site:
    return prepared_site()


@pytest.fixture
def permit(site: Site) -> Permit:
    """Of a start whose intent is being written."""
    site.disk_slow = True
    assert site.console.start(T2).start is StartOutcome.PENDING
    assert site.desk.flight is not None
    return site.desk.flight.permit


def against_sending(site: Site, permit: Permit) -> set[Reason]:
    """What is compared once more in the turn that sends."""
    assert site.desk.flight is not None
    own, situation = site.desk.flight.command_id, site.desk.situation(site.at_s)
    return {
        f.reason for f in still_permitted(permit, situation, site.desk.standing(site.at_s), own_command=own)
    }


def test_what_did_not_change_is_still_permitted(site: Site, permit: Permit) -> None:
    assert against_sending(site, permit) == set()


def test_another_holder_under_the_very_same_number_is_not_sent_for(site: Site, permit: Permit) -> None:
    eve = replace(permit.holder, link="link-eve")
    assert against_sending(site, replace(permit, holder=eve)) == {Reason.NOT_HOLDER}


def test_another_revision_under_the_very_same_number_is_not_sent(site: Site, permit: Permit) -> None:
    assert against_sending(site, replace(permit, revision="0" * 64)) == {Reason.STALE_REVISION}


def test_beside_another_start_on_its_way_none_is_sent(site: Site, permit: Permit) -> None:
    assert site.desk.flight is not None
    site.desk.flight.command_id, own = "another", site.desk.flight.command_id
    situation, standing = site.desk.situation(site.at_s), site.desk.standing(site.at_s)
    found = still_permitted(permit, situation, standing, own_command=own)
    assert {f.reason for f in found} == {Reason.SCANNER_BUSY}


def test_beside_another_start_on_its_way_no_armed_step_passes(site: Site, permit: Permit) -> None:
    flair = site.console.prepare_start("FLAIR ax")
    situation, standing = site.desk.situation(site.at_s), site.desk.standing(site.at_s)
    verdict = decide_armed(flair.step_id, flair.revision, situation, standing=standing)
    assert isinstance(verdict, Refused)
    assert {f.reason for f in verdict.findings} == {Reason.SCANNER_BUSY}


@pytest.mark.parametrize("ahead_s", [0.001, 5.0])
def test_a_beat_from_the_future_dates_no_start(site: Site, ahead_s: float) -> None:
    command: c.StartStep = site.console.prepare_start(T2)
    verdict = decide_start(
        command,
        site.console.holder,
        site.desk.situation(site.at_s),
        standing=site.desk.standing(site.at_s),
        beat_at_s=site.at_s + ahead_s,
    )
    assert isinstance(verdict, Refused)
    assert {f.reason for f in verdict.findings} == {Reason.LATE}

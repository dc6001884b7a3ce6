"""What is shown: no identity without `view`, and no value that the contract permits breaks a view."""

from __future__ import annotations

from dataclasses import replace

import pytest
from core_site import ALL, ITEM, Site, prepared_site, run
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from local_agent.core import events as e
from local_agent.core.facts import fold
from local_agent.core.showing import (
    band,
    checklist,
    control_view,
    exam_view,
    link_loss_in_s,
    sources_view,
    status_view,
    step_detail,
    vitals_view,
)
from mr_contract import console_messages as c
from mr_contract import tablet_messages as t
from mr_contract.device_reasons import DeviceReason, device
from mr_contract.exposure import ImplantLimits
from mr_contract.media_messages import SourceView
from mr_contract.vitals import Vitals
from mr_contract.vocabulary import (
    ControlPhase,
    OperatingMode,
    Privilege,
    Role,
    SourceKind,
    SourceState,
    StepState,
)
from mr_contract.wire import encode

SECRETS = (
    ITEM.patient.name,
    "Katharina",
    ITEM.patient.patient_id,
    ITEM.patient.birth_date,
    ITEM.accession,
    "pacemaker",
    "67.25",
    "171.5",
)


def everything_shown_without_view(site: Site) -> str:
    """Every view that goes to a link without `view`, as it travels."""
    exam = exam_view(site.desk, site.at_s, view=False)
    shown = [
        status_view(site.desk, site.moment, asks_for_you=True),
        control_view(site.desk, "link-eve", site.at_s),
        site.desk.standing(site.at_s).standing,
        *site.desk.alarms.shown(),
    ]
    if exam is not None:
        shown.append(exam)
    if site.desk.last is not None:
        shown.append(site.desk.last)
    return "\n".join(one.model_dump_json() for one in shown)


def test_a_paused_camera_that_failed_before_travels_as_paused_and_nothing_else() -> None:
    site = prepared_site()
    camera = SourceView(
        source="room", kind=SourceKind.ROOM, title="Room", state=SourceState.FAILING,
        why=device(DeviceReason.UNPLUGGED), retry_at=site.moment.wall,
    )  # fmt: skip
    site.desk.read(sources=(camera,))
    assert site.tablet.do(t.PauseSource, source="room", paused=True).accepted
    (shown,) = (SourceView.model_validate_json(encode(one)) for one in sources_view(site.desk))
    assert (shown.state, shown.why, shown.retry_at) == (SourceState.PAUSED, None, None)


def rich_site() -> Site:
    site = prepared_site(implants=(ImplantLimits(device="pacemaker", b1_rms_ut=2.8),))
    site.tablet.record_data(67.25)
    run(site, "Localizer")
    site.console.start("T2 TSE ax")
    return site


def test_without_view_nothing_that_is_shown_identifies_the_patient() -> None:
    site = rich_site()
    words = everything_shown_without_view(site)
    assert [secret for secret in SECRETS if secret in words] == []
    exam = exam_view(site.desk, site.at_s, view=False)
    assert exam is not None
    assert (exam.patient, exam.accession, exam.steps, exam.series, exam.implants) == (None, "", (), (), ())


def test_with_view_it_is_all_there() -> None:
    site = rich_site()
    exam = exam_view(site.desk, site.at_s, view=True)
    assert exam is not None
    assert exam.patient == ITEM.patient
    assert exam.accession == ITEM.accession
    assert [s.state for s in exam.steps] == [
        StepState.IMAGES_READY,
        StepState.ACQUIRING,
        StepState.PLANNED,
    ]
    assert exam.mode is OperatingMode.NORMAL


def test_vital_signs_are_shown_with_view_while_they_are_fresh_and_while_there_is_an_exam() -> None:
    site = rich_site()
    seen = Vitals(heart_rate_per_min=88, respiration_per_min=17)
    site.desk.read(vitals=seen, vitals_at_s=site.at_s)
    assert vitals_view(site.desk, site.at_s + 4.9, view=True) == seen
    assert vitals_view(site.desk, site.at_s, view=False) is None
    assert vitals_view(site.desk, site.at_s + 5.1, view=True) is None
    empty = Site()
    empty.desk.read(vitals=seen, vitals_at_s=empty.at_s)
    assert vitals_view(empty.desk, empty.at_s, view=True) is None


def test_nothing_journalled_identifies_the_patient() -> None:
    site = rich_site()
    words = "\n".join(event.model_dump_json() for event in site.journal)
    assert not [s for s in SECRETS[:5] if s in words]


NAMES = st.text(alphabet=st.characters(categories=("Lu", "Ll"), max_codepoint=0x24F), min_size=6, max_size=20)


@given(family=NAMES, given_name=NAMES, number=st.integers(10**6, 10**9))
@settings(derandomize=True, max_examples=60, deadline=None)
def test_no_name_and_no_number_of_any_patient_shows_without_view(
    family: str, given_name: str, number: int
) -> None:
    site = SITE
    patient = ITEM.patient.model_copy(
        update={"name": f"{family}^{given_name}", "patient_id": f"P{number}X", "birth_date": "1950-11-30"}
    )
    assume(family not in OF_NOBODY and given_name not in OF_NOBODY)  # somebody is called like our words
    site.desk.item = ITEM.model_copy(update={"patient": patient, "accession": f"A{number}"})
    words = everything_shown_without_view(site)
    assert family not in words
    assert given_name not in words
    assert str(number) not in words
    assert "1950-11-30" not in words


SITE = rich_site()
OF_NOBODY = everything_shown_without_view(SITE)


def test_the_band_tells_two_patients_apart_and_marks_a_demo() -> None:
    site = prepared_site()
    short = band(site.desk)
    assert short is not None
    assert (short.label, short.birth_year) == ("MK", 1971)
    demo = ITEM.patient.model_copy(update={"name": "DEMO^One", "patient_id": "D-0042"})
    site.desk.item = ITEM.model_copy(update={"patient": demo})
    short = band(site.desk)
    assert short is not None
    assert short.label == "DEMO P-042"


def test_control_is_shown_the_same_to_both_ends_and_yours_only_to_its_link() -> None:
    site = prepared_site()
    mine = control_view(site.desk, site.console.holder.link, site.at_s)
    other = control_view(site.desk, "link-eve", site.at_s)
    tablet = control_view(site.desk, "", site.at_s)
    assert (mine.yours, other.yours, tablet.yours) == (True, False, False)
    assert mine.holder == other.holder == tablet.holder == "mia"
    assert other.privileges == ()
    assert tablet.privileges == mine.privileges == tuple(Privilege)


def test_each_console_is_shown_its_own_request_and_the_tablet_the_one_to_operate() -> None:
    site = prepared_site()
    site.console.do(c.ReleaseControl)
    eve = site.open_console("eve", role=Role.RADIOLOGIST)
    watching, asked = eve.ask(Privilege.VIEW)
    assert asked.accepted
    operating, asked = site.console.ask(*ALL)
    assert asked.accepted
    shown = [control_view(site.desk, link, site.at_s).request_id for link in (eve.holder.link, "")]
    assert shown == [watching, operating]
    assert site.tablet.allow(operating, *ALL).accepted
    assert control_view(site.desk, "", site.at_s).request_id == watching


def test_the_countdown_to_a_lost_link_is_shown_once_the_lease_is_late() -> None:
    site = prepared_site()
    assert link_loss_in_s(site.desk, site.at_s) is None
    site.at_s += 2.0
    assert link_loss_in_s(site.desk, site.at_s) == pytest.approx(1.0, abs=0.05)


def test_a_suspension_shows_how_long_one_touch_still_resumes_it() -> None:
    site = prepared_site()
    site.pass_time(13.0, beats=False)
    view = control_view(site.desk, "", site.at_s)
    assert view.phase is ControlPhase.SUSPENDED
    assert view.suspended_for_s == pytest.approx(50.0, abs=1.0)


def test_the_checklist_is_made_of_facts() -> None:
    site = Site()
    assert not any(checklist(site.desk).model_dump().values())
    full = checklist(prepared_site().desk)
    assert all(full.model_dump().values())
    assert full.screening_signed_by == ("Anna Bühler", "Ben Ott")


def test_a_scanner_that_is_not_heard_shows_no_room_and_no_activity() -> None:
    site = prepared_site()
    site.lose_scanner()
    status = status_view(site.desk, site.moment, asks_for_you=False)
    assert status.activity is None
    assert status.room.door_closed is None
    assert not status.can_stop


@pytest.mark.parametrize(
    ("snr", "approved"), [(1e308, 1e-308), (1e308, 1.0), (0.0, 0.0), (1.0, 0.0), (5e-324, 1e308)]
)
def test_no_signal_figure_that_the_contract_permits_breaks_the_editor(snr: float, approved: float) -> None:
    site = prepared_site()
    step = site.step("T2 TSE ax")
    step = replace(
        step,
        plan=step.plan.model_copy(update={"relative_snr": snr}),
        approved=step.approved.model_copy(update={"relative_snr": approved}),
    )
    assert site.desk.facts.exam is not None
    detail = step_detail(site.desk.facts, site.desk.facts.exam, step, site.desk.sheets["s2"])
    assert detail.relative_snr >= 0.0


def test_the_longest_names_and_the_most_series_that_the_contract_permits_can_be_shown() -> None:
    site = prepared_site()
    long = "x" * 160
    facts = site.desk.facts
    for number in range(200):
        facts = fold(
            facts,
            e.SeriesAnnounced(
                step_id="s1",
                series_id=f"series-{number}",
                number=number,
                description=long,
                instance_count=1,
                complete=True,
            ),
        )
    assert facts.exam is not None
    plans = tuple(s.plan.model_copy(update={"name": long}) for s in facts.exam.steps)
    site.desk.facts = fold(facts, e.ProtocolOpened(protocol_id="p", name=long, version=12, steps=plans))
    exam = exam_view(site.desk, site.at_s, view=True)
    assert exam is not None
    assert exam.series[-1].series_id == "series-199"
    assert site.desk.standing(site.at_s).standing.interlocks

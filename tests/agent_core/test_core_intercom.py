"""Who the patient hears: only the holder who was granted it, while they ask for it; and it is journalled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from core_site import Console, Said, Site, prepared_site

from local_agent.core import events as e
from local_agent.core import intercom
from local_agent.core.intercom import LATE_S, MOST_SPOKEN_S, RECORDED_ABOVE_MS
from local_agent.core.intercom_state import PatientHears
from local_agent.core.readings import IntercomReading
from mr_contract import console_messages as c
from mr_contract import tablet_messages as t
from mr_contract.device_reasons import DeviceReason, device
from mr_contract.reasons import Reason
from mr_contract.vocabulary import BreathCommand, HeardAs, Privilege, Role, ScannerMode

GERMAN = {"de": frozenset(BreathCommand)}
WITH_PATIENT = tuple(Privilege)


def hearing_site(*privileges: Privilege) -> Site:
    """A patient is ready, Mia has control with these privileges, the intercom works and she has sound."""
    site = prepared_site()
    assert site.console.do(c.ReleaseControl).accepted
    site.desk.read(intercom=IntercomReading(recordings=GERMAN, language="de"))
    with_sound(site, site.console)
    site.console.take_control(*(privileges or WITH_PATIENT))
    return site


def with_sound(site: Site, console: Console) -> None:
    site.desk.read(sound_links=site.desk.readings.sound_links | {console.holder.link})


def give(console: Console, breath: BreathCommand = BreathCommand.HOLD, **how: Any) -> Said:
    return console.do(c.GiveBreathCommand, breath=breath, **{"recorded": False} | how)


def heard(site: Site) -> PatientHears | None:
    return site.desk.intercom


def why_closed(site: Site) -> list[str]:
    return [event.why for event in site.events(e.IntercomClosed)]


# ------------------------------------------------------------------ who may


def test_the_holder_who_was_granted_it_is_heard_until_the_key_is_up() -> None:
    site = hearing_site()
    assert heard(site) is None
    assert site.console.do(c.OpenIntercom).accepted
    now = heard(site)
    assert now is not None
    assert now.speaker == site.console.holder
    assert now.heard_as is HeardAs.LIVE
    assert site.console.do(c.CloseIntercom).accepted
    assert heard(site) is None
    assert why_closed(site) == ["let_go"]


def test_nobody_is_heard_before_the_local_operator_said_yes() -> None:
    site = hearing_site()
    assert site.console.do(c.ReleaseControl).accepted
    request_id, _ = site.console.ask(*WITH_PATIENT)
    said = site.console.do(c.OpenIntercom)
    assert said.reasons == {Reason.NO_CONTROL, Reason.PATIENT_NOT_GRANTED}
    assert site.tablet.deny(request_id).accepted
    assert site.console.do(c.OpenIntercom).reasons == {Reason.NO_CONTROL, Reason.PATIENT_NOT_GRANTED}
    assert heard(site) is None


def test_control_without_this_grant_is_not_enough_and_talk_is_another_thing() -> None:
    site = hearing_site(*(x for x in Privilege if x is not Privilege.PATIENT))
    assert site.console.do(c.OpenIntercom).reasons == {Reason.PATIENT_NOT_GRANTED}
    assert give(site.console).reasons == {Reason.PATIENT_NOT_GRANTED}


def test_whoever_only_watches_does_not_reach_the_patient() -> None:
    site = hearing_site()
    other = site.open_console("tom")
    with_sound(site, other)
    other_request, _ = other.ask(Privilege.VIEW, Privilege.TALK)
    assert site.tablet.allow(other_request, Privilege.VIEW, Privilege.TALK).accepted
    refused = other.do(c.OpenIntercom)
    assert refused.reasons == {Reason.NOT_HOLDER, Reason.PATIENT_NOT_GRANTED}
    assert heard(site) is None


def test_a_role_that_watches_is_refused_by_its_role() -> None:
    site = hearing_site()
    trainee = site.open_console("kim", role=Role.TRAINEE)
    with_sound(site, trainee)
    assert trainee.do(c.OpenIntercom).reasons == {Reason.ROLE_FORBIDS}
    assert trainee.ask(Privilege.VIEW, Privilege.PATIENT)[1].reasons == {Reason.ROLE_FORBIDS}


def test_a_second_window_of_the_holder_neither_opens_nor_closes_it() -> None:
    site = hearing_site()
    second = site.open_console("mia", device=site.console.holder.device)
    with_sound(site, second)
    assert Reason.NOT_HOLDER in second.do(c.OpenIntercom).reasons
    assert site.console.do(c.OpenIntercom).accepted
    assert second.do(c.CloseIntercom).accepted
    assert heard(site) is not None


def test_all_reasons_are_given_at_once() -> None:
    site = Site()
    site.connect_scanner()
    broken = IntercomReading(recordings=GERMAN, language="de", fault=device(DeviceReason.DEVICE_GONE))
    site.desk.read(intercom=broken)
    refused = site.console.do(c.OpenIntercom)
    assert refused.reasons == {
        *(Reason.NO_CONTROL, Reason.PATIENT_NOT_GRANTED, Reason.NO_EXAM),
        *(Reason.INTERCOM_FAILS, Reason.NO_SOUND),
    }
    assert [r.command for r in site.events(e.CommandRefused)] == ["open_intercom"]


def test_where_the_site_declared_none_nobody_is_asked_for_it() -> None:
    site = prepared_site()
    assert site.console.do(c.ReleaseControl).accepted
    site.desk.read(intercom=None)
    _, said = site.console.ask(*WITH_PATIENT)
    assert said.reasons == {Reason.NO_INTERCOM}
    assert site.desk.control.pending is None
    site.console.take_control(*(x for x in Privilege if x is not Privilege.PATIENT))


def test_where_the_site_declared_none_it_is_said() -> None:
    site = hearing_site()
    site.desk.read(intercom=None)
    assert site.console.do(c.OpenIntercom).reasons == {Reason.NO_INTERCOM}


def test_a_simulated_intercom_beside_a_real_scanner_is_no_way_to_a_patient() -> None:
    site = hearing_site()
    reading = site.desk.readings.intercom
    scanner = site.desk.readings.scanner
    assert reading is not None
    assert scanner is not None
    site.desk.read(intercom=replace(reading, simulated=True), scanner=replace(scanner, mode=ScannerMode.DEMO))
    assert site.console.do(c.OpenIntercom).accepted
    site.desk.read(scanner=replace(scanner, mode=ScannerMode.REAL))
    site.pass_time(0.25)
    assert why_closed(site) == ["failed"]
    assert site.console.do(c.OpenIntercom).reasons == {Reason.INTERCOM_FAILS}


# ------------------------------------------------------------------ what ends it


@pytest.mark.parametrize(
    ("end", "why"),
    [
        (lambda site: site.console.do(c.ReleaseControl), "control_ended"),
        (lambda site: site.tablet.revoke(), "control_ended"),
        (lambda site: site.tablet.close_exam(), "exam_closed"),
        (lambda site: site.console.cut(), "link_lost"),
        (lambda site: site.pass_time(LATE_S + 0.5, beats=False), "link_lost"),
        (lambda site: site.pass_time(MOST_SPOKEN_S + 0.5), "too_long"),
        (lambda site: site.tablet.do(t.CutIntercom), "cut"),
        (lambda site: (site.desk.read(sound_links=frozenset()), site.pass_time(0.25)), "sound_lost"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_it_rests_on_ends_it_and_only_a_new_command_opens_it_again(end: Any, why: str) -> None:
    site = hearing_site()
    assert site.console.do(c.OpenIntercom).accepted
    end(site)
    assert heard(site) is None
    assert why_closed(site) == [why]
    site.pass_time(1.0)
    assert heard(site) is None
    opened = site.events(e.IntercomOpened)
    assert [(o.by, o.heard_as, o.breath) for o in opened] == [("mia", HeardAs.LIVE, None)]


def test_a_restart_of_the_agent_leaves_nobody_speaking() -> None:
    site = hearing_site()
    assert site.console.do(c.OpenIntercom).accepted
    site.restart_agent()
    assert heard(site) is None


def test_a_touch_at_the_tablet_takes_the_grant_too_and_leaves_the_rest_of_control() -> None:
    site = hearing_site()
    number = site.number()
    assert site.console.do(c.OpenIntercom).accepted
    assert site.tablet.do(t.CutIntercom).accepted
    assert site.console.do(c.OpenIntercom).reasons == {Reason.PATIENT_NOT_GRANTED}
    assert Privilege.START in site.desk.control.privileges_of(site.console.holder.link)
    assert site.number() == number
    assert [w.name for w in site.events(e.IntercomWithdrawn)] == ["mia"]
    site.console.take_control(*WITH_PATIENT)
    assert site.console.do(c.OpenIntercom).accepted


def test_what_was_cut_while_control_was_suspended_is_not_resumed() -> None:
    site = hearing_site()
    site.pass_time(4.0, beats=False)
    assert site.tablet.do(t.CutIntercom).accepted
    assert site.tablet.resume().accepted
    assert site.console.do(c.OpenIntercom).reasons == {Reason.PATIENT_NOT_GRANTED}


# ------------------------------------------------------------------ breath-hold commands


def test_a_quick_line_says_it_live_and_a_slow_one_plays_the_recording() -> None:
    site = hearing_site()
    assert give(site.console).accepted
    now = heard(site)
    assert now is not None
    assert (now.heard_as, now.breath) == (HeardAs.LIVE, BreathCommand.HOLD)
    assert site.console.do(c.CloseIntercom).accepted
    site.console.delay_s = (RECORDED_ABOVE_MS + 100.0) / 1000.0
    site.pass_time(6.0)
    view = intercom.intercom_view(site.desk, site.console.holder.link)
    assert view is not None
    assert view.plays_recorded
    assert give(site.console).accepted
    now = heard(site)
    assert now is not None
    assert (now.heard_as, now.language) == (HeardAs.RECORDED, "de")
    assert site.console.do(c.CloseIntercom).accepted
    assert heard(site) is now, "a recording plays to its end"
    site.turn(intercom.recording_ended, now.number + 1, site.moment, failed=False)
    assert heard(site) is now, "the end of another"
    site.turn(intercom.recording_ended, now.number, site.moment, failed=False)
    assert heard(site) is None
    assert why_closed(site) == ["let_go", "played"]


def test_a_line_of_unknown_speed_counts_as_slow() -> None:
    site = hearing_site()
    unheard = site.desk.readings.holder_link.model_copy(update={"round_trip_ms": None})
    site.desk.read(holder_link=unheard)
    assert give(site.console).accepted
    now = heard(site)
    assert now is not None
    assert now.heard_as is HeardAs.RECORDED


def test_the_recording_may_be_asked_for_and_in_another_language() -> None:
    site = hearing_site()
    french = {**GERMAN, "fr": frozenset({BreathCommand.HOLD})}
    site.desk.read(intercom=IntercomReading(recordings=french, language="de"), sound_links=frozenset())
    assert give(site.console, recorded=True, language="fr").accepted, "it needs no sound of the console"
    now = heard(site)
    assert now is not None
    assert now.language == "fr"
    missing = give(site.console, BreathCommand.BREATHE, recorded=True, language="fr")
    assert missing.reasons == {Reason.NO_RECORDING}
    assert give(site.console, recorded=True, language="it").reasons == {Reason.NO_RECORDING}


def test_a_voice_takes_the_place_of_a_recording() -> None:
    site = hearing_site()
    assert give(site.console, recorded=True).accepted
    assert site.console.do(c.OpenIntercom).accepted
    assert why_closed(site) == ["replaced"]
    assert heard(site) is not None

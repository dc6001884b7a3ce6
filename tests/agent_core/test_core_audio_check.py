"""“Can you hear me?” both ways: who may ask and answer, what it is worth, and what takes it away."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from core_site import Console, Site, prepared_site

from local_agent.core import events as e
from local_agent.core.audio_check import audio_check_view
from local_agent.core.policy import Policy
from mr_contract import console_messages as c
from mr_contract import tablet_messages as t
from mr_contract.reasons import Reason
from mr_contract.vocabulary import AudioCheckPhase, Interlock, InterlockState, Privilege

R = Reason
T2 = "T2 TSE ax"
REQUIRED = Policy(picture="waived", audio_check="required")


def sounding(policy: Policy = REQUIRED) -> Site:
    """A prepared site whose console and tablet have sound."""
    site = prepared_site()
    site.policy = site.desk.policy = policy
    connect(site)
    return site


def connect(site: Site, *consoles: Console, number: int = 1) -> None:
    lines = {x.holder.link: f"m-{x.holder.link}-{number}" for x in (site.console, *consoles)}
    site.desk.read(sound_lines={**lines, site.tablet.link: f"m-tablet-{number}"}, site_listens=True)


def ask(site: Site) -> str:
    said = site.console.do(c.AskAudioCheck)
    assert said.accepted
    view = audio_check_view(site.desk, site.console.holder.link)
    assert view is not None
    assert (view.phase, view.yours) == (AudioCheckPhase.ASKED, True)
    return view.check_id


def answer(site: Site, check_id: str, *, hears: bool = True) -> set[R]:
    return site.tablet.do(t.AnswerAudioCheck, check_id=check_id, hears=hears).reasons


def confirm(site: Site, check_id: str, *, hears: bool = True) -> set[R]:
    return site.console.do(c.ConfirmAudioCheck, check_id=check_id, hears=hears).reasons


def check(site: Site) -> None:
    check_id = ask(site)
    assert answer(site, check_id) == set()
    assert confirm(site, check_id) == set()
    assert against(site) == set()


def against(site: Site) -> set[R]:
    """Why the interlock is not closed."""
    standing = site.desk.standing(site.at_s).standing
    (judged,) = (i for i in standing.interlocks if i.interlock is Interlock.AUDIO_CHECK)
    assert (judged.state is InterlockState.CLOSED) is (not judged.findings)
    return {f.reason for f in judged.findings}


def test_each_step_of_the_check_says_what_is_missing_and_the_last_lets_a_start_through() -> None:
    site = sounding()
    assert site.console.start(T2).reasons == {R.AUDIO_UNCHECKED}
    check_id = ask(site)
    assert site.console.start(T2).reasons == {R.AUDIO_UNANSWERED}
    assert answer(site, check_id) == set()
    assert site.console.start(T2).reasons == {R.AUDIO_UNCONFIRMED}
    assert confirm(site, check_id) == set()
    assert site.console.start(T2).accepted
    (line,) = site.events(e.AudioChecked)
    assert (line.by, line.local, line.unheard_at) == (site.console.holder.name, "Anna Bühler, Ben Ott", None)


def test_where_the_policy_does_not_want_it_no_start_waits_for_it_though_it_can_be_made() -> None:
    site = sounding(Policy(picture="waived"))
    assert site.console.start(T2).accepted
    assert ask(site)


@pytest.mark.parametrize("end", ["site", "desk"])
def test_a_no_at_either_end_is_a_result_and_keeps_starts_away(end: str) -> None:
    site = sounding()
    check_id = ask(site)
    answer(site, check_id, hears=end == "desk")
    if end == "desk":
        confirm(site, check_id, hears=False)
    expected = R.AUDIO_UNHEARD_AT_SITE if end == "site" else R.AUDIO_UNHEARD_AT_DESK
    assert site.console.start(T2).reasons == {expected}
    assert [line.unheard_at for line in site.events(e.AudioChecked)] == [end]
    assert confirm(site, check_id) == {R.REQUEST_GONE}
    check(site)


def another_connection(site: Site) -> None:
    connect(site, number=2)


def the_tablet_is_silent(site: Site) -> None:
    lines = dict(site.desk.readings.sound_lines)
    del lines[site.tablet.link]
    site.desk.read(sound_lines=lines, site_listens=False)


LOSSES: dict[str, tuple[Callable[[Site], object], R]] = {
    "sound comes back on another connection": (another_connection, R.AUDIO_BROKEN),
    "the tablet's sound ends": (the_tablet_is_silent, R.AUDIO_BROKEN),
    "another headset at the desk": (lambda site: site.console.do(c.VoidAudioCheck), R.AUDIO_DEVICE_CHANGED),
    "another microphone at the tablet": (
        lambda site: site.tablet.do(t.VoidTabletAudioCheck), R.AUDIO_DEVICE_CHANGED
    ),
}  # fmt: skip


@pytest.mark.parametrize("loss", LOSSES)
def test_a_check_is_void_at_once_and_for_good_and_its_loss_is_one_line(loss: str) -> None:
    act, reason = LOSSES[loss]
    site = sounding()
    check(site)
    number = site.number()
    act(site)
    assert site.console.start(T2).reasons == {reason}
    assert site.number() != number
    site.pass_time(1.0)
    connect(site)
    assert site.console.start(T2).reasons == {reason}
    assert [line.why for line in site.events(e.AudioCheckVoided)] == [reason]
    assert audio_check_view(site.desk, "") is None
    check(site)


def test_the_check_of_one_console_is_worth_nothing_to_another_that_takes_control() -> None:
    site = sounding()
    check(site)
    site.console.do(c.ReleaseControl)
    other = site.open_console("rosa")
    other.take_control()
    assert against(site) == {R.AUDIO_UNCHECKED}


def test_the_check_of_one_patient_is_worth_nothing_to_the_next() -> None:
    site = sounding()
    check(site)
    site.tablet.close_exam()
    assert against(site) == {R.NO_EXAM}
    site.pass_time(0.5)
    site.tablet.take_patient("exam-2")
    site.console.take_control()
    assert against(site) == {R.AUDIO_UNCHECKED}
    assert site.events(e.AudioCheckVoided) == []


def test_who_only_listens_does_not_take_the_holders_check_away() -> None:
    site = sounding()
    other = site.open_console("rosa")
    request_id, _ = other.ask(Privilege.VIEW, Privilege.TALK)
    assert site.tablet.allow(request_id, Privilege.VIEW, Privilege.TALK).accepted
    connect(site, other)
    check(site)
    assert other.do(c.AskAudioCheck).reasons == {R.NOT_HOLDER}
    assert other.do(c.VoidAudioCheck).accepted
    assert against(site) == set()


@pytest.mark.parametrize(
    ("lines", "listens", "reasons"),
    [
        (("tablet",), True, {R.NO_SOUND}),
        (("console",), False, {R.SITE_NOT_LISTENING}),
        ((), False, {R.NO_SOUND, R.SITE_NOT_LISTENING}),
    ],
)
def test_without_sound_at_both_ends_nobody_asks(
    lines: tuple[str, ...], listens: bool, reasons: set[R]
) -> None:
    site = prepared_site()
    links = {"tablet": site.tablet.link, "console": site.console.holder.link}
    site.desk.read(sound_lines={links[name]: "m" for name in lines}, site_listens=listens)
    assert site.console.do(c.AskAudioCheck).reasons == reasons


def test_an_answer_of_a_tablet_without_sound_or_to_an_older_question_counts_for_nothing() -> None:
    site = sounding()
    first = ask(site)
    second = ask(site)
    assert answer(site, first) == {R.REQUEST_GONE}
    the_tablet_is_silent(site)
    assert answer(site, second) == {R.SITE_NOT_LISTENING}
    assert confirm(site, second) == {R.REQUEST_GONE}
    assert site.events(e.AudioChecked) == []


def test_what_broke_between_answer_and_confirmation_is_not_confirmed() -> None:
    site = sounding()
    check_id = ask(site)
    answer(site, check_id)
    another_connection(site)
    assert confirm(site, check_id) == {R.AUDIO_BROKEN}


def test_after_a_restart_of_the_agent_it_is_made_anew() -> None:
    site = sounding()
    check(site)
    site.restart_agent()
    assert site.desk.readings.audio_check is None
    assert against(site) == {R.AUDIO_UNCHECKED}

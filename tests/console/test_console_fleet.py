"""The fleet: letters, focus, stop, consent, links."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest
from console_scenes import (
    BANDS,
    NOON,
    NORTH,
    SOUTH,
    A,
    B,
    C,
    beat,
    exam,
    granted,
    hello,
    local,
    outcome,
    pending,
    ready,
    running,
    status,
    step_view,
)

from mr_contract import console_messages as cm
from mr_contract.magnet import MagnetReading
from mr_contract.reasons import Reason
from mr_contract.views import ProgressView, TimelineEntry
from mr_contract.vitals import Vitals
from mr_contract.vocabulary import LinkLossAction, PrescanStep, Privilege, StartOutcome, StepState
from remote_console.core import fleet as f
from remote_console.core.control_card import CardKind, control_card
from remote_console.core.fleet_cards import band, cards
from remote_console.core.fleet_reducer import reduce
from remote_console.core.notices import away, link_lost, stop_notice
from remote_console.core.phrases import Words
from remote_console.core.progress_words import left_words
from remote_console.texts import say


def told(
    *said: tuple[str, cm.FromAgent], state: f.FleetState | None = None, at_s: float = 100.0
) -> f.FleetState:
    state = state or f.FleetState()
    for site, message in said:
        state = reduce(state, f.AgentSaid(site, message, at_s, NOON))
    return state


def both() -> f.FleetState:
    return told((NORTH, hello(NORTH)), (NORTH, beat()), (SOUTH, hello(SOUTH)), (SOUTH, beat()))


def stop(command_id: str = "stop-1") -> f.CommandSent:
    return f.CommandSent(A, cm.StopScan(command_id=command_id, scanner=A.scanner), 100.0)


def test_letters_and_colours_are_unique_across_sites_in_the_order_of_hearing() -> None:
    state = both()
    assert [(s.key, s.letter, s.colour) for s in state.in_order] == [
        (A, "A", "#6ea8fe"),
        (B, "B", "#b794f6"),
        (C, "C", "#f19ac0"),
    ]


def test_a_scanner_keeps_its_letter_when_its_site_connects_last() -> None:
    kept = f.FleetState(letters={A: "A", B: "B", C: "C"})
    state = told((SOUTH, hello(SOUTH)), (NORTH, hello(NORTH)), state=kept)
    assert state.scanners[A].letter == "A"
    assert state.scanners[B].letter == "B"


def test_on_the_first_start_a_scanner_has_the_letter_of_its_site_whoever_connects_first() -> None:
    south = hello(SOUTH)
    lettered = tuple(c.model_copy(update={"letter": x}) for c, x in zip(south.scanners, "BC", strict=True))
    south = south.model_copy(update={"scanners": lettered})
    state = told((SOUTH, south), (NORTH, hello(NORTH)))
    assert [(s.key, s.letter) for s in state.in_order] == [(A, "A"), (B, "B"), (C, "C")]
    assert len({s.colour for s in state.in_order}) == 3


def test_two_sites_may_use_the_same_scanner_name() -> None:
    card = hello(NORTH).scanners[0]
    twin = hello(SOUTH).model_copy(update={"scanners": (card.model_copy(update={"site": SOUTH}),)})
    state = told((NORTH, hello(NORTH)), (SOUTH, twin))
    assert len(state.in_order) == 2
    assert {s.letter for s in state.in_order} == {"A", "B"}


def test_the_focus_moves_only_when_the_operator_moves_it() -> None:
    state = both()
    assert state.focus == A
    state = told((SOUTH, status(B, asks=True)), (SOUTH, hello(SOUTH)), state=state)
    assert state.focus == A
    assert reduce(state, f.Focused(B)).focus == B


def test_coming_back_tells_what_happened_while_away() -> None:
    state = reduce(told((NORTH, added(1, "exam_opened")), state=both()), f.Focused(B))
    state = told((NORTH, added(2, "door_opened")), (NORTH, added(3, "door_closed")), state=state)
    state = reduce(state, f.Focused(A))
    _, lines = away(state.scanners[A], zone=timezone(timedelta(hours=1)))
    assert [say(line) for line in lines] == ["15:07:00  Door opened", "15:07:00  Door closed"]
    assert reduce(state, f.AwayRead(A)).scanners[A].away == ()


def added(seq: int, kind: str) -> cm.TimelineAdded:
    return cm.TimelineAdded(entries=(TimelineEntry(seq=seq, at=NOON, scanner=A.scanner, kind=kind),))


def test_a_replayed_timeline_entry_is_shown_once() -> None:
    state = told((NORTH, added(1, "door_opened")), (NORTH, added(1, "door_opened")), state=both())
    assert len(state.scanners[A].timeline) == 1


def test_a_note_is_shown_although_it_shares_the_newest_number() -> None:
    note = TimelineEntry(seq=2, at=NOON, scanner=A.scanner, kind="note_sent", figures={"text": "go ahead"})
    state = told((NORTH, added(1, "door_opened")), (NORTH, cm.TimelineAdded(entries=(note,))), state=both())
    assert [e.kind for e in state.scanners[A].timeline] == ["door_opened", "note_sent"]


def test_a_stop_without_an_answer_for_a_second_is_not_delivered() -> None:
    state = reduce(both(), stop())
    assert stop_notice(reduce(state, f.Ticked(100.9))) is None
    notice = stop_notice(reduce(state, f.Ticked(101.1)))
    assert notice is not None
    assert say(notice.title) == "STOP NOT DELIVERED – call +41 44 555 01 23"


def test_an_answered_stop_is_never_called_undelivered() -> None:
    state = told((NORTH, outcome("stop-1")), state=reduce(both(), stop()), at_s=100.3)
    assert stop_notice(reduce(state, f.Ticked(110.0))) is None


def test_a_stop_sent_into_a_lost_link_is_not_forgotten() -> None:
    state = reduce(reduce(both(), stop()), f.LinkLost(NORTH, 100.2))
    assert stop_notice(reduce(state, f.Ticked(101.5))) is not None


def test_other_commands_in_flight_are_given_up_with_the_link() -> None:
    sent = f.CommandSent(A, cm.ListProtocols(command_id="x", scanner=A.scanner), 100.0)
    state = reduce(reduce(both(), sent), f.LinkLost(NORTH, 100.2))
    assert state.pending == ()


def test_a_lost_link_makes_a_scanner_unknown_and_clears_the_beat() -> None:
    state = told((NORTH, status(A)), state=both())
    assert not cards(state)[0].unknown
    state = reduce(state, f.LinkLost(NORTH, 101.0))
    assert cards(state)[0].unknown
    assert say(cards(state)[0].state) == "State unknown"
    assert state.sites[NORTH].beat is None


def test_silence_makes_a_scanner_unknown_even_with_the_link_open() -> None:
    state = told((NORTH, status(A)), state=both())
    assert cards(reduce(state, f.Ticked(103.0)))[0].unknown


def test_a_new_link_inherits_neither_control_nor_standing() -> None:
    state = told((NORTH, granted()), (NORTH, ready(A)), state=both())
    state = told((NORTH, hello(NORTH)), state=reduce(state, f.LinkLost(NORTH, 101.0)), at_s=102.0)
    assert not state.scanners[A].control.yours
    assert state.scanners[A].standing is None


def test_the_lost_link_counts_down_and_says_what_was_agreed() -> None:
    state = told((NORTH, exam()), (NORTH, granted()), (NORTH, running()), state=both())
    state = reduce(reduce(state, f.LinkLost(NORTH, 100.0)), f.Ticked(121.0))
    shown = link_lost(state, state.scanners[A])
    assert shown is not None
    words = [say(line) for line in shown.lines]
    assert say(shown.title) == "Link to North lost for 0:21"
    assert words[0] == "T2 TSE ax was running; agreed for a lost link: finish this sequence"
    assert words[1] == "Control is suspended: the local operator can resume it for 0:42"
    assert "Nothing queued will be sent" in words[-1]


def asked(state: f.FleetState) -> f.FleetState:
    request = cm.RequestControl(
        command_id="r",
        scanner=A.scanner,
        privileges=(Privilege.VIEW,),
        link_loss_action=LinkLossAction.STOP_NOW,
    )
    return told((NORTH, pending("r")), state=reduce(state, f.CommandSent(A, request, 100.0)))


def test_a_no_at_the_tablet_is_shown_as_denied_until_asked_again() -> None:
    state = told((NORTH, local()), state=asked(both()))
    card = control_card(state, state.scanners[A])
    assert (say(card.title), card.kind, card.warning) == ("Denied", CardKind.ASK, True)
    assert say(control_card(asked(state), asked(state).scanners[A]).title) == "Waiting for consent"


def test_a_withdrawn_request_is_not_called_denied() -> None:
    withdraw = cm.WithdrawRequest(command_id="w", scanner=A.scanner)
    state = reduce(asked(both()), f.CommandSent(A, withdraw, 100.0))
    state = told((NORTH, local()), state=state)
    assert say(control_card(state, state.scanners[A]).title) == "Local control"


def test_a_request_of_somebody_else_cannot_be_withdrawn_here() -> None:
    state = told((NORTH, pending()), state=both())
    assert control_card(state, state.scanners[A]).kind is CardKind.UNKNOWN


def test_a_pending_start_waits_for_its_recorded_outcome() -> None:
    start = cm.StartStep(
        command_id="s", scanner=A.scanner, step_id="t2", revision="0" * 64,
        standing=ready(A).standing.number, beat=1,
    )  # fmt: skip
    state = reduce(both(), f.CommandSent(A, start, 100.0))
    flying = outcome("s").model_copy(update={"start": StartOutcome.PENDING})
    state = told((NORTH, flying), state=state)
    assert state.scanners[A].answer is None
    state = told((NORTH, outcome("s", Reason.STALE_STANDING)), state=state)
    answer = state.scanners[A].answer
    assert answer is not None
    assert not answer.accepted


def test_closing_the_exam_forgets_its_details() -> None:
    state = told((NORTH, exam()), state=both())
    state = told((NORTH, exam(step_view("t2", StepState.PLANNED), exam_id="exam-2")), state=state)
    assert dict(state.scanners[A].details) == {}
    state = told((NORTH, cm.ExamChanged(scanner=A.scanner, exam=None)), state=state)
    assert state.scanners[A].step is None


def test_vital_signs_stand_in_the_band_labelled_as_not_for_monitoring_and_go_when_nothing_is_read() -> None:
    seen = cm.VitalsChanged(
        scanner=A.scanner, vitals=Vitals(heart_rate_per_min=88, respiration_per_min=0, spo2_percent=97)
    )
    state = told((NORTH, status(A)), (NORTH, exam()), (NORTH, seen), state=both())
    words = [say(word) for word in band(state, state.scanners[A]).details]
    assert words[-4:] == ["heart 88/min", "breath held", "SpO₂ 97 %", "not for monitoring"]
    state = told((NORTH, cm.VitalsChanged(scanner=A.scanner, vitals=None)), state=state)
    assert "not for monitoring" not in [say(word) for word in band(state, state.scanners[A]).details]


@pytest.mark.parametrize(
    ("percent", "working", "expected"),
    [
        (88.0, True, ["helium 88 %"]),
        (58.4, False, ["⚠ HELIUM LOW: 58 %, call the service", "⚠ COOLING HAS FAILED"]),
        (None, None, []),
    ],
)
def test_helium_and_cooling_stand_among_the_details_louder_when_they_need_the_service(
    percent: float | None, working: bool | None, expected: list[str]
) -> None:
    magnet = MagnetReading(helium_percent=percent, helium_low_percent=60.0, cooling_working=working)
    said = status(A)
    room = said.status.room.model_copy(update={"magnet": magnet})
    said = said.model_copy(update={"status": said.status.model_copy(update={"room": room})})
    before = [say(word) for word in _band_of(told((NORTH, status(A)), (NORTH, exam()), state=both()))]
    after = [say(word) for word in _band_of(told((NORTH, said), (NORTH, exam()), state=both()))]
    assert after == [*before, *expected]


def _band_of(state: f.FleetState) -> list[Words]:
    return list(band(state, state.scanners[A]).details)


def test_while_the_scanner_adjusts_itself_it_is_said_what_and_then_only_the_time_left() -> None:
    progress = ProgressView(
        step_id="t2", acquisition_id="acq-1", fraction=0.01, remaining_s=62.0, lines_acquired=0,
        lines_total=192, prescan=PrescanStep.SHIM,
    )  # fmt: skip
    assert say(left_words(progress)) == "Prescan: shim. 1:02 left"
    told_of = {say(left_words(progress.model_copy(update={"prescan": step}))) for step in PrescanStep}
    assert len(told_of) == 5
    assert say(left_words(progress.model_copy(update={"prescan": None}))) == "1:02 left"
    late = progress.model_copy(
        update={"prescan": None, "waiting": "no trigger for 12 s: the ECG leads are off"}
    )
    assert say(left_words(late)) == "Waiting: no trigger for 12 s: the ECG leads are off. 1:02 left"


def test_the_card_shows_enough_to_tell_patients_apart_and_no_name() -> None:
    card = cards(told((NORTH, status(A)), (NORTH, exam()), state=both()))[0]
    assert say(card.band) == "DEMO P-1 · 1958 · M"
    assert BANDS[A] is not None
    assert "Patient-1" not in f"{card.name} {say(card.band)} {say(card.state)}"

from __future__ import annotations

import datetime as dt

from tablet_states import states

from local_agent.tablet.outbox import OUTBOX_LIMIT, Outbox
from mr_contract.console_messages import Outcome
from mr_contract.tablet_messages import TabletBeat

AT = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)


def drained(outbox: Outbox) -> list[object]:
    return list(iter(outbox.take, None))


def test_only_the_latest_view_and_beat_are_kept() -> None:
    outbox = Outbox()
    first, second = states()["worklist"], states()["scanning"]
    for message in (first, TabletBeat(beat=1, at=AT), second, TabletBeat(beat=2, at=AT)):
        assert outbox.put(message)
    assert drained(outbox) == [TabletBeat(beat=2, at=AT), second]


def test_outcomes_keep_their_order_and_overtake_a_view() -> None:
    outbox = Outbox()
    outbox.put(states()["worklist"])
    outcomes = [Outcome(command_id=f"c-{n}", accepted=True) for n in range(3)]
    for outcome in outcomes:
        outbox.put(outcome)
    assert drained(outbox) == [*outcomes, states()["worklist"]]


def test_a_page_that_does_not_read_is_given_up_not_buffered() -> None:
    outbox = Outbox()
    outcome = Outcome(command_id="c", accepted=True)
    assert all(outbox.put(outcome) for _ in range(OUTBOX_LIMIT))
    assert not outbox.put(outcome)
    assert outbox.put(states()["worklist"])

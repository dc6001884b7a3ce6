"""The squeeze bulb: pressed by a hand in the room, or by a patient who cannot bear it any longer."""

from __future__ import annotations

from mr_contract.scanner_messages import BulbPressed, BulbReleased
from simulated_mri.scanner.state import Moment, Outcome, without_token


def squeeze(outcome: Outcome, moment: Moment, *, held: bool) -> Outcome:
    """The patient calls; nothing that runs is stopped by it. `held`: not let go by itself."""
    called = outcome.having(bulb_squeezed=held, bulb_unanswered=True)
    return without_token(called.logged(BulbPressed, moment), "the patient squeezed the bulb")


def settle(outcome: Outcome, moment: Moment, **changes: bool) -> Outcome:
    """The call ends once the bulb is released and somebody answered, whichever comes last."""
    settled = outcome.having(**changes)
    if outcome.state.bulb_calling and not settled.state.bulb_calling:
        return settled.logged(BulbReleased, moment)
    return settled


def answer(outcome: Outcome, moment: Moment) -> Outcome:
    """Somebody spoke to the patient: that comforts."""
    state = outcome.state
    if not state.bulb_calling:
        return outcome
    comforted = outcome.having(body=state.body.comforted(state.scan_s(moment)))
    return settle(comforted, moment, bulb_unanswered=False)


def squeeze_in_panic(outcome: Outcome, moment: Moment) -> Outcome:
    """What fear alone brings about by this moment."""
    state = outcome.state
    if state.bulb_calling or state.body.squeezes_at_s() > state.scan_s(moment):
        return outcome
    return squeeze(outcome, moment, held=False)

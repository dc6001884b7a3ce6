"""How far a running acquisition is, in words."""

from __future__ import annotations

from mr_contract.views import ProgressView
from mr_contract.vocabulary import PrescanStep
from remote_console.core.phrases import Phrase, clock_words, p


def left_words(progress: ProgressView) -> Phrase:
    """Time left; before lines are acquired also what is being adjusted."""
    time = clock_words(progress.remaining_s)
    if progress.waiting:
        return p("Waiting: {why}. {time} left", why=progress.waiting, time=time)
    match progress.prescan:
        case PrescanStep.FREQUENCY:
            return p("Prescan: frequency. {time} left", time=time)
        case PrescanStep.TRANSMIT_GAIN:
            return p("Prescan: transmit gain. {time} left", time=time)
        case PrescanStep.SHIM:
            return p("Prescan: shim. {time} left", time=time)
        case PrescanStep.RECEIVE_GAIN:
            return p("Prescan: receive gain. {time} left", time=time)
        case PrescanStep.NOISE:
            return p("Prescan: noise. {time} left", time=time)
        case None:
            return p("{time} left", time=time)

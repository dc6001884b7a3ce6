"""Why a camera, a screen or the patient's intercom gives nothing, as sentences of the catalogues."""

from __future__ import annotations

from mr_contract.device_reasons import DEVICE_WORDS, DeviceFinding
from remote_console.core.phrases import Phrase, verbatim

DEVICE_SENTENCES = tuple(Phrase(words) for words in DEVICE_WORDS.values())


def device_words(finding: DeviceFinding) -> Phrase:
    """With its figures, as they came."""
    return Phrase(DEVICE_WORDS[finding.reason], tuple((k, verbatim(v)) for k, v in finding.figures.items()))

"""An audio check: a value, and whether what it proved is still there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from local_agent.core.control_state import Holder
from mr_contract.reasons import Reason
from mr_contract.vocabulary import AudioCheckPhase

_OPEN = {
    AudioCheckPhase.ASKED: Reason.AUDIO_UNANSWERED,
    AudioCheckPhase.HEARD_AT_SITE: Reason.AUDIO_UNCONFIRMED,
    AudioCheckPhase.UNHEARD_AT_SITE: Reason.AUDIO_UNHEARD_AT_SITE,
    AudioCheckPhase.UNHEARD_AT_DESK: Reason.AUDIO_UNHEARD_AT_DESK,
}


@dataclass(frozen=True, slots=True)
class AudioCheck:
    """Who asked, of whom, over which connections for sound, and how far it came."""

    check_id: str
    asker: Holder
    exam_id: str
    lines: Mapping[str, str]
    """Connection for sound, by link: the console's, and the tablet's that answered."""
    phase: AudioCheckPhase = AudioCheckPhase.ASKED
    local: str = ""
    """Who answered at the site."""
    void: Reason | None = None
    """Why it proves nothing any more."""

    def against(self, lines: Mapping[str, str]) -> Reason | None:
        """What is missing, or was lost, with these connections for sound; None: both ends hear each other."""
        if self.void is not None:
            return self.void
        if any(lines.get(link) != line for link, line in self.lines.items()):
            return Reason.AUDIO_BROKEN
        return _OPEN.get(self.phase)

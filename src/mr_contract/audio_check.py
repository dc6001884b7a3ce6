"""“Can you hear me?” both ways between a console and the tablet, as both ends are shown it."""

from __future__ import annotations

from mr_contract.model import Identifier, Model, ShortText
from mr_contract.vocabulary import AudioCheckPhase


class AudioCheckView(Model):
    """The newest audio check of a scanner, as one link is shown it."""

    check_id: Identifier
    """The id of the command that asked."""
    phase: AudioCheckPhase
    by: ShortText
    """Who asked."""
    yours: bool = False
    """Whether that was this very link; never at a tablet."""

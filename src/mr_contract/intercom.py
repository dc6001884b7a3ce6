"""The way to the patient's ears, as both ends are shown it. What is said there is kept nowhere."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from mr_contract.device_reasons import DeviceFinding
from mr_contract.model import Model, ShortText
from mr_contract.vocabulary import BreathCommand, HeardAs

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
"""ISO 639."""
Languages = Annotated[tuple[Language, ...], Field(max_length=40)]


class IntercomView(Model):
    """The patient's intercom of a scanner, as one link is shown it."""

    fault: DeviceFinding | None = None
    """Why nothing reaches the patient; None while it works."""
    speaker: ShortText = ""
    """Whom the patient hears now; empty: nobody."""
    yours: bool = False
    """Whether that is this very link."""
    heard_as: HeardAs | None = None
    breath: BreathCommand | None = None
    """The breath-hold command that is given, if it is one."""
    level: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    """How loud the patient's loudspeaker is now, in tenths; 0 is silence."""
    plays_recorded: bool = False
    """Whether a breath-hold command of the one who holds control is the site's recording, whatever is asked
    for: their line is too slow to say it in time."""
    languages: Languages = ()
    """In which the site has recordings."""
    language: Language | None = None
    """The site's own choice, unless a console names another."""

"""Talking with the site: what the desk says of its sound, who is heard how loudly, and to whom one talks.

- One talks to the scanner in focus only, while the talk key is held or the microphone is open; both end when
  the focus moves.
- The scanner in focus is heard in full, others quietly; nobody is silenced.
- Without a sound device everything else works, and it is said.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum, unique

from mr_contract.device_reasons import DeviceFinding
from mr_contract.vocabulary import Privilege
from remote_console.core.device_words import device_words
from remote_console.core.fleet import ScannerState
from remote_console.core.fleet_cards import full_name
from remote_console.core.phrases import NOTHING, Words, p, verbatim
from remote_console.core.picture_tiles import MediaLink, MediaPhase

IN_FOCUS, DUCKED = 1.0, 0.25
"""How loudly a scanner is heard: 12 dB less out of focus, which is quiet and still understood."""
QUIETEST_DB = -60.0


@unique
class Talk(StrEnum):
    """How one talks."""

    HELD = "held"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class SoundFacts:
    """The sound devices of this desk; what is wrong with what is in use, None where it works."""

    microphones: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    microphone_fault: DeviceFinding | None = None
    speaker_fault: DeviceFinding | None = None


@dataclass(frozen=True, slots=True)
class SoundWish:
    """What the sound devices are to do. `to`, `focus`: (site, scanner); empty names: the system's choice."""

    on: bool = False
    focus: tuple[str, str] | None = None
    to: tuple[str, str] | None = None
    microphone: str = ""
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class SoundState:
    """What the sound panel shows."""

    shown: bool
    may_talk: bool
    talking: bool
    caption: Words
    note: Words = NOTHING
    warns: bool = False


def sound_state(
    scanner: ScannerState | None, link: MediaLink, facts: SoundFacts | None, talk: Talk | None
) -> SoundState:
    """Of the scanner in focus. `facts` is None until the devices were looked for."""
    if scanner is None or scanner.sources is None or not scanner.may(Privilege.VIEW):
        return SoundState(shown=False, may_talk=False, talking=False, caption=NOTHING)
    why = _why_not(scanner, link, facts)
    if why is not None:
        return SoundState(
            shown=True, may_talk=False, talking=False, caption=p("Talk"), note=why[0], warns=why[1]
        )
    deaf = scanner.site_listens is False
    missing = p("Nobody at the site hears you: sound is off at the tablet") if deaf else _half(facts)
    warns = missing != NOTHING
    if talk is None:
        return SoundState(
            shown=True, may_talk=True, talking=False, caption=p("Talk"), note=missing, warns=warns
        )
    heard = p("{scanner} hears you", scanner=verbatim(full_name(scanner)))
    if warns and not deaf:
        heard = p("{heard} · {missing}", heard=heard, missing=missing)
    note = missing if deaf else heard
    return SoundState(shown=True, may_talk=True, talking=True, caption=p("Talking"), note=note, warns=warns)


def _why_not(scanner: ScannerState, link: MediaLink, facts: SoundFacts | None) -> tuple[Words, bool] | None:
    """Why one cannot talk, and whether that is a thing to mend."""
    if not scanner.may(Privilege.TALK):
        return p("Talk is not granted"), False
    if facts is not None and not facts.microphones and not facts.speakers:
        return p("No sound device: everything else works"), True
    if link.phase is not MediaPhase.UP:
        return p("No connection for sound yet"), False
    if not link.talk:
        return p("The site has no sound"), False
    if facts is not None and not facts.microphones:
        return p("No microphone: you hear the site, it does not hear you"), True
    if facts is not None and facts.microphone_fault:
        return p("The microphone fails: {why}", why=device_words(facts.microphone_fault)), True
    return None


def _half(facts: SoundFacts | None) -> Words:
    """What is missing although one can talk."""
    if facts is None:
        return NOTHING
    if not facts.speakers:
        return p("No headset or speaker: you do not hear the site")
    if facts.speaker_fault:
        return p("The headset or speaker fails: {why}", why=device_words(facts.speaker_fault))
    return NOTHING


def loudness(key: tuple[str, str], focus: tuple[str, str] | None) -> float:
    """The factor by which a scanner's sound is played."""
    return IN_FOCUS if focus is None or key == focus else DUCKED


def level_share(mean_square: float) -> float:
    """The length of a level meter, 0 to 1, from the mean square of samples in -1 … 1."""
    if mean_square <= 0.0:
        return 0.0
    return min(1.0, max(0.0, 1.0 - 10.0 * math.log10(mean_square) / QUIETEST_DB))

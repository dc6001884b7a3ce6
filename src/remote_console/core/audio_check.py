"""“Can you hear me?” at the desk: what the check of the scanner in focus says, and what it waits for.

- Only a person says what they hear. The microphone is open by itself while the question is asked.
- A check of somebody else at another desk is not shown as one's own.
"""

from __future__ import annotations

from dataclasses import dataclass

from mr_contract.vocabulary import AudioCheckPhase, Privilege
from remote_console.core.fleet import ScannerState
from remote_console.core.phrases import NOTHING, Words, p


@dataclass(frozen=True, slots=True)
class AudioCheckState:
    """What the row below the talk buttons shows; `check_id` is empty where nothing waits for an answer."""

    shown: bool = False
    may_ask: bool = False
    caption: Words = NOTHING
    note: Words = NOTHING
    warns: bool = False
    passed: bool = False
    asking: bool = False
    """Whether the question is being asked now: the microphone is open for it."""
    check_id: str = ""
    """Of the check in which one says now whether one hears the site."""


_SAID = {
    AudioCheckPhase.ASKED: p("Say: “Can you hear me?” The local operator answers at the tablet"),
    AudioCheckPhase.HEARD_AT_SITE: p("The site hears you. Do you hear the site?"),
    AudioCheckPhase.PASSED: p("Both ends hear each other"),
    AudioCheckPhase.UNHEARD_AT_SITE: p("The site does not hear you: look at microphone and volume"),
    AudioCheckPhase.UNHEARD_AT_DESK: p("You do not hear the site: look at headset and volume"),
}
_WARNS = {AudioCheckPhase.UNHEARD_AT_SITE, AudioCheckPhase.UNHEARD_AT_DESK}


def audio_check_state(scanner: ScannerState | None, *, may_talk: bool) -> AudioCheckState:
    """Of the scanner in focus. `may_talk`: one has a microphone and a connection for sound."""
    if scanner is None or not may_talk or not scanner.may(Privilege.TALK) or scanner.exam is None:
        return AudioCheckState()
    check = scanner.audio_check
    may_ask = scanner.site_listens is True
    if check is None or not check.yours:
        return AudioCheckState(shown=True, may_ask=may_ask, caption=p("Can you hear me?"))
    waits = check.phase is AudioCheckPhase.HEARD_AT_SITE
    return AudioCheckState(
        shown=True,
        may_ask=may_ask,
        caption=p("Check again"),
        note=_SAID[check.phase],
        warns=check.phase in _WARNS,
        passed=check.phase is AudioCheckPhase.PASSED,
        asking=check.phase is AudioCheckPhase.ASKED,
        check_id=check.check_id if waits else "",
    )

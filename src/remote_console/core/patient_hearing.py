"""What the desk says of the patient's intercom: whom the patient hears, and who may speak to them.

- Only the agent's word shows that the patient hears somebody, and only it ends that.
- A site that is not heard any more may still let a voice through for a moment: that is said too.
- Whether a breath-hold command is said or played is the agent's decision; the desk says which, and why.
"""

from __future__ import annotations

from dataclasses import dataclass

from mr_contract.intercom import IntercomView
from mr_contract.vocabulary import HeardAs, Privilege, Role
from remote_console.core.control_card import ROLE_PRIVILEGES
from remote_console.core.device_words import device_words
from remote_console.core.fleet import FleetState, RequestFate, ScannerState
from remote_console.core.fleet_cards import full_name
from remote_console.core.phrases import NOTHING, Words, p, verbatim
from remote_console.core.picture_tiles import MediaLink, MediaPhase
from remote_console.core.sound import SoundFacts
from remote_console.core.vocabulary_words import BREATH_WORDS

MAY_STILL_HEAR_S = 5.0
"""The agent cuts a voice whose console it does not hear well before this."""


@dataclass(frozen=True, slots=True)
class PatientHearing:
    """What the panel shows of the scanner in focus."""

    shown: bool = False
    may_ask: bool = False
    """For the privilege, which it lacks."""
    may_speak: bool = False
    may_play: bool = False
    hears_you: bool = False
    must_play: bool = False
    """Breath-hold commands are played, whatever is wished."""
    note: Words = NOTHING
    note_of_recorded: Words = NOTHING
    """Instead, while recordings are wished for and the voice could be live."""
    warns: bool = False
    level: float = 0.0
    languages: tuple[str, ...] = ()
    language: str | None = None


def patient_hearing(
    fleet: FleetState, scanner: ScannerState | None, link: MediaLink, facts: SoundFacts | None
) -> PatientHearing:
    """Of the scanner in focus."""
    intercom = scanner.intercom if scanner is not None else None
    if scanner is None or intercom is None or not scanner.control.yours:
        return PatientHearing()
    if Privilege.PATIENT not in scanner.control.privileges:
        asks = scanner.control.request_id is not None or scanner.request is RequestFate.ASKED
        offered = ROLE_PRIVILEGES[_role(fleet, scanner)]
        not_yet = p("Speaking to the patient is not granted")
        return PatientHearing(
            shown=True,
            may_ask=Privilege.PATIENT in offered and not asks,
            note=p("Speaking to the patient is asked for") if asks else not_yet,
        )
    silent = fleet.site_of(scanner).silent(fleet.now_s)
    why = _why_silent(intercom, link, facts)
    note = why[0] if why is not None else _how(fleet, scanner, intercom)
    may_wish = why is None and bool(intercom.languages) and not intercom.plays_recorded
    return PatientHearing(
        shown=True,
        may_speak=not silent and why is None,
        may_play=not silent and intercom.fault is None and bool(intercom.languages),
        hears_you=intercom.yours,
        must_play=intercom.plays_recorded,
        note=note,
        note_of_recorded=p("Breath commands: the site's recording, at a touch") if may_wish else NOTHING,
        warns=why is not None and why[1],
        level=intercom.level,
        languages=intercom.languages,
        language=intercom.language,
    )


def _role(fleet: FleetState, scanner: ScannerState) -> Role:
    hello = fleet.site_of(scanner).hello
    return hello.role if hello else Role.RADIOLOGIST


def _why_silent(
    intercom: IntercomView, link: MediaLink, facts: SoundFacts | None
) -> tuple[Words, bool] | None:
    """Why one cannot speak to the patient, and whether that is a thing to mend."""
    if intercom.fault is not None:
        return p("The patient's intercom fails: {why}", why=device_words(intercom.fault)), True
    if link.phase is not MediaPhase.UP or not link.talk:
        return p("No connection for sound yet"), False
    if facts is not None and not facts.microphones:
        return p("No microphone: the patient cannot hear you"), True
    if facts is not None and facts.microphone_fault:
        return p("The microphone fails: {why}", why=device_words(facts.microphone_fault)), True
    return None


def _how(fleet: FleetState, scanner: ScannerState, intercom: IntercomView) -> Words:
    """How breath-hold commands reach the patient now."""
    if not intercom.languages:
        return p("Breath commands: live (the site has no recordings)")
    if not intercom.plays_recorded:
        return p("Breath commands: live, while the button is held")
    link = fleet.site_of(scanner).link
    if link.round_trip_ms is None:
        return p("Round trip not known: the site's recording is played")
    return p("Round trip {ms} ms: the site's recording is played", ms=f"{link.round_trip_ms:.0f}")


def patient_banner(fleet: FleetState) -> Words:
    """Large and above everything, for as long as a patient hears this desk."""
    words = [_banner(fleet, scanner) for scanner in fleet.in_order]
    return next((one for one in words if one is not NOTHING), NOTHING)


def _banner(fleet: FleetState, scanner: ScannerState) -> Words:
    intercom, site = scanner.intercom, fleet.site_of(scanner)
    if intercom is None or not intercom.yours:
        return NOTHING
    name = verbatim(full_name(scanner))
    if site.silent(fleet.now_s):
        over = site.heard_at_s is None or fleet.now_s - site.heard_at_s > MAY_STILL_HEAR_S
        return NOTHING if over else p("PATIENT MAY STILL HEAR YOU · {scanner} is not heard", scanner=name)
    if intercom.heard_as is HeardAs.RECORDED and intercom.breath is not None:
        breath = BREATH_WORDS[intercom.breath]
        return p("PATIENT HEARS THE RECORDING: {breath} · {scanner}", breath=breath, scanner=name)
    return p("PATIENT HEARS YOU · {scanner}", scanner=name)

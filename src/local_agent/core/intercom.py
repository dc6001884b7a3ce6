"""Who the patient hears over the intercom, and when that ends.

Rules upheld here:
- The patient hears one console at most: the one that holds control, was granted `patient`, and asked for it
  with this very command. All reasons why not are given at once.
- It ends with what it rests on: control, the grant, the exam, the link, the line being heard, its sound.
  A touch at the tablet ends it at once, and the grant with it. A key that got stuck ends after a minute.
- A breath-hold command over a slow line, or one of unknown speed, is the site's recording: said from afar it
  would come too late, and too long after the answer to it is seen.
- That it opened and closed is journalled with who and how; what was said is not.
"""

from __future__ import annotations

from local_agent.core import events as e
from local_agent.core.control_state import Holder, RemoteControl, SuspendedControl
from local_agent.core.desk import Desk, Moment
from local_agent.core.events.intercom import WhyClosed
from local_agent.core.intercom_state import PatientHears
from local_agent.core.readings import Readings
from mr_contract.console_messages import GiveBreathCommand, OpenIntercom
from mr_contract.device_reasons import DeviceFinding, DeviceReason, device
from mr_contract.findings import Finding, finding
from mr_contract.intercom import IntercomView
from mr_contract.reasons import Reason
from mr_contract.vocabulary import HeardAs, Privilege, ScannerMode

RECORDED_ABOVE_MS = 300.0
LATE_S = 2.0
"""A voice whose console was not heard for so long is cut, a second before the lease lapses."""
MOST_SPOKEN_S = 60.0
MOST_PLAYED_S = 30.0


def against(desk: Desk, command: OpenIntercom | GiveBreathCommand, sender: Holder) -> tuple[Finding, ...]:
    """What keeps it from being opened besides permission; all of it."""
    found: list[Finding] = []
    if desk.facts.exam is None:
        found.append(finding(Reason.NO_EXAM))
    intercom, fault = desk.readings.intercom, fault_of(desk.readings)
    if intercom is None:
        return (*found, finding(Reason.NO_INTERCOM))
    if fault is not None:
        found.append(finding(Reason.INTERCOM_FAILS, why=fault.text))
    if isinstance(command, GiveBreathCommand) and _is_recorded(desk, command):
        language = command.language or intercom.language
        if command.breath not in intercom.recordings.get(language, frozenset()):
            found.append(finding(Reason.NO_RECORDING, what=f"{command.breath} {language}".strip()))
    elif sender.link not in desk.readings.sound_links:
        found.append(finding(Reason.NO_SOUND))
    return tuple(found)


def fault_of(readings: Readings) -> DeviceFinding | None:
    """Why nothing would reach the patient; None: it would."""
    intercom = readings.intercom
    if intercom is None:
        return None
    if intercom.simulated and (readings.scanner is None or readings.scanner.mode is ScannerMode.REAL):
        return device(DeviceReason.NO_REAL_PATIENT)
    return intercom.fault


def plays_recorded(desk: Desk) -> bool:
    """Whether the holder's line is too slow, or of unknown speed, to say a breath-hold command in time."""
    round_trip_ms = desk.readings.holder_link.round_trip_ms
    return round_trip_ms is None or round_trip_ms > RECORDED_ABOVE_MS


def _is_recorded(desk: Desk, command: GiveBreathCommand) -> bool:
    return command.recorded or plays_recorded(desk)


def open_intercom(
    desk: Desk, command: OpenIntercom | GiveBreathCommand, sender: Holder, moment: Moment
) -> None:
    """Permitted, and nothing against it: the patient hears them from now on."""
    exam, intercom = desk.facts.exam, desk.readings.intercom
    if exam is None or intercom is None:
        raise ValueError("it was not looked at what is against it")
    breath, language = None, ""
    if isinstance(command, GiveBreathCommand):
        breath = command.breath
        language = (command.language or intercom.language) if _is_recorded(desk, command) else ""
    _close(desk, "replaced", moment)
    desk.record(
        e.IntercomOpened(
            by=sender.name,
            heard_as=HeardAs.RECORDED if language else HeardAs.LIVE,
            breath=breath,
            language=language or None,
            round_trip_ms=desk.readings.holder_link.round_trip_ms,
        )
    )
    desk.intercom = PatientHears(
        desk.facts.count, sender, exam.exam_id, moment.at_s, breath=breath, language=language
    )


def let_go(desk: Desk, sender: Holder, moment: Moment) -> None:
    """The talk key is up: their voice is heard no more. What is played of a recording plays on."""
    now = desk.intercom
    if now is not None and now.speaker == sender and now.heard_as is HeardAs.LIVE:
        _close(desk, "let_go", moment)


def recording_ended(desk: Desk, number: int, moment: Moment, *, failed: bool) -> None:
    """The media process says so."""
    if desk.intercom is not None and desk.intercom.number == number:
        _close(desk, "failed" if failed else "played", moment)


def settle(desk: Desk, moment: Moment) -> None:
    """End what has nothing to rest on any more."""
    if desk.intercom is not None:
        why = _why_over(desk, desk.intercom, moment.at_s)
        if why is not None:
            _close(desk, why, moment)


def _close(desk: Desk, why: WhyClosed, moment: Moment) -> None:
    now, desk.intercom = desk.intercom, None
    if now is not None:
        lasted_s = round(moment.at_s - now.since_s, 1)
        desk.record(e.IntercomClosed(by=now.speaker.name, why=why, lasted_s=lasted_s))


def _why_over(desk: Desk, now: PatientHears, at_s: float) -> WhyClosed | None:
    exam, live = desk.facts.exam, now.heard_as is HeardAs.LIVE
    if exam is None or exam.exam_id != now.exam_id:
        return "exam_closed"
    match desk.control.operator:
        case RemoteControl(holder=holder) as operator if holder == now.speaker:
            if Privilege.PATIENT not in operator.privileges:
                return "cut"
            if holder.link not in desk.consoles or (live and at_s - operator.renewed_at_s > LATE_S):
                return "link_lost"
        case SuspendedControl():
            return "link_lost"
        case _:
            return "control_ended"
    if fault_of(desk.readings) is not None:
        return "failed"
    if live and now.speaker.link not in desk.readings.sound_links:
        return "sound_lost"
    return "too_long" if at_s - now.since_s > (MOST_SPOKEN_S if live else MOST_PLAYED_S) else None


def intercom_view(desk: Desk, link: str) -> IntercomView | None:
    """As one link is shown it ("" for the tablet); None where the site declared none."""
    intercom, now = desk.readings.intercom, desk.intercom
    if intercom is None:
        return None
    view = IntercomView(
        fault=fault_of(desk.readings),
        plays_recorded=isinstance(desk.control.operator, RemoteControl) and plays_recorded(desk),
        languages=tuple(sorted(intercom.recordings)),
        language=intercom.language or None,
    )
    if now is None:
        return view
    heard = {
        "speaker": now.speaker.name,
        "yours": now.speaker.link == link,
        "heard_as": now.heard_as,
        "breath": now.breath,
        "level": intercom.level,
    }
    return view.model_copy(update=heard)

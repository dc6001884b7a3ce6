"""“Can you hear me?” both ways: asked at a console, answered at a tablet, confirmed at the console.

Rules upheld here:
- A check counts for its exam, its console's link, and the two connections for sound it was made over: a new
  exam, another console, a connection that ended or another device, and it is made anew.
- Only people say that they hear: a level meter does not. Both must; a no at either end is a result too.
- While somebody holds control nobody else asks: else a listener could take the holder's check away.
- A result and its loss are journalled once each, with both names.
"""

from __future__ import annotations

from dataclasses import replace

from local_agent.core import events as e
from local_agent.core.audio_check_state import AudioCheck
from local_agent.core.control_state import Holder, RemoteControl
from local_agent.core.desk import Desk
from mr_contract.audio_check import AudioCheckView
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason
from mr_contract.vocabulary import AudioCheckPhase

Found = tuple[Finding, ...]


def ask(desk: Desk, check_id: str, sender: Holder) -> Found:
    """Somebody at a console asks; why not."""
    operator, lines = desk.control.operator, desk.readings.sound_lines
    found: list[Finding] = []
    if isinstance(operator, RemoteControl) and operator.holder != sender:
        found.append(finding(Reason.NOT_HOLDER, holder=operator.holder.name))
    exam = desk.facts.exam
    if exam is None:
        found.append(finding(Reason.NO_EXAM))
    if sender.link not in lines:
        found.append(finding(Reason.NO_SOUND))
    if not desk.readings.site_listens:
        found.append(finding(Reason.SITE_NOT_LISTENING))
    if found or exam is None:
        return tuple(found)
    line = {sender.link: lines[sender.link]}
    _set(desk, AudioCheck(check_id, sender, exam.exam_id, line))
    return ()


def answer(desk: Desk, check_id: str, link: str, by: str, *, hears: bool) -> Found:
    """Somebody at this tablet says whether they hear; why that counts for nothing."""
    check = desk.readings.audio_check
    if check is None or check.check_id != check_id or check.phase is not AudioCheckPhase.ASKED:
        return (finding(Reason.REQUEST_GONE),)
    line = desk.readings.sound_lines.get(link)
    if line is None:
        return (finding(Reason.SITE_NOT_LISTENING),)
    phase = AudioCheckPhase.HEARD_AT_SITE if hears else AudioCheckPhase.UNHEARD_AT_SITE
    _set(desk, replace(check, lines={**check.lines, link: line}, phase=phase, local=by))
    if not hears:
        desk.record(e.AudioChecked(by=check.asker.name, local=by, unheard_at="site"))
    return ()


def confirm(desk: Desk, check_id: str, sender: Holder, *, hears: bool) -> Found:
    """The one who asked says whether they hear the site; why that counts for nothing."""
    check = desk.readings.audio_check
    if check is None or (check.check_id, check.asker) != (check_id, sender):
        return (finding(Reason.REQUEST_GONE),)
    if check.phase is not AudioCheckPhase.HEARD_AT_SITE:
        return (finding(Reason.REQUEST_GONE),)
    lost = check.against(desk.readings.sound_lines)
    if lost is not Reason.AUDIO_UNCONFIRMED and lost is not None:
        return (finding(lost),)
    phase = AudioCheckPhase.PASSED if hears else AudioCheckPhase.UNHEARD_AT_DESK
    _set(desk, replace(check, phase=phase))
    desk.record(e.AudioChecked(by=sender.name, local=check.local, unheard_at=None if hears else "desk"))
    return ()


def device_changed(desk: Desk, link: str) -> None:
    """Another microphone, headset or loudspeaker at this console or tablet."""
    check = desk.readings.audio_check
    if check is not None and link in check.lines:
        _void(desk, check, Reason.AUDIO_DEVICE_CHANGED)


def settle(desk: Desk) -> None:
    """Let go of a check of another exam, and write down that one was lost."""
    check = desk.readings.audio_check
    if check is None:
        return
    exam = desk.facts.exam
    if exam is None or exam.exam_id != check.exam_id:
        _set(desk, None)
    elif check.void is None and check.against(desk.readings.sound_lines) is Reason.AUDIO_BROKEN:
        _void(desk, check, Reason.AUDIO_BROKEN)


def audio_check_view(desk: Desk, link: str) -> AudioCheckView | None:
    """As one link is shown it ("" for the tablet); None: there is none, or it counts for nothing any more."""
    check, exam = desk.readings.audio_check, desk.facts.exam
    if check is None or check.void is not None or exam is None or exam.exam_id != check.exam_id:
        return None
    return AudioCheckView(
        check_id=check.check_id, phase=check.phase, by=check.asker.name, yours=check.asker.link == link
    )


def _void(desk: Desk, check: AudioCheck, why: Reason) -> None:
    if check.void is None:
        _set(desk, replace(check, void=why))
        if check.phase is AudioCheckPhase.PASSED:
            desk.record(e.AudioCheckVoided(by=check.asker.name, why=why))


def _set(desk: Desk, check: AudioCheck | None) -> None:
    desk.read(audio_check=check)

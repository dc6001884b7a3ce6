"""Signatures under the screening from consoles: whether one is wanted at all, then whether it is who it says.

Rules upheld here:
- No PIN is checked for a signature that is refused anyway: a console that may not sign guesses no PINs.
- When the PIN was checked everything is judged anew: what changed meanwhile counts.
- A PIN is in no event, no refusal and no log.
"""

from __future__ import annotations

from local_agent.core import events as e
from local_agent.core.control_state import Holder
from local_agent.core.desk import Desk, Moment
from local_agent.core.effects import CheckPin
from local_agent.core.gate import check_privilege
from local_agent.core.people import StaffMember
from local_agent.core.screening import RemoteSigner, against_remote_signing, against_signer
from mr_contract.console_messages import SignScreeningRemotely
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason

Found = tuple[Finding, ...]


def asked(desk: Desk, command: SignScreeningRemotely, sender: Holder) -> None:
    """A console wants to sign: have the PIN checked, unless something stands against it already."""
    found = _against(desk, command, sender)
    if found:
        desk.answer(sender.link, command.command_id, found)
    else:
        desk.emit(CheckPin(command, sender))


def proved(
    desk: Desk, command: SignScreeningRemotely, sender: Holder, proof: StaffMember | Finding, moment: Moment
) -> None:
    """The PIN was checked: who it is, or why that is not known."""
    found = check_privilege(desk.situation(moment.at_s), command.kind, sender)
    found = found or _against(desk, command, sender)
    exam = desk.facts.exam
    if not found and isinstance(proof, Finding):
        found = (proof,)
    elif not found and isinstance(proof, StaffMember) and exam is not None:
        found = against_signer(exam, proof)
        if not found:
            desk.record(
                e.ScreeningSignedRemotely(
                    by=proof.name,
                    staff_id=proof.staff_id,
                    mr_level=proof.mr_level,
                    screening=command.screening,
                    by_video=_is_shown(desk, sender),
                )
            )
    desk.answer(sender.link, command.command_id, found)


def _against(desk: Desk, command: SignScreeningRemotely, sender: Holder) -> Found:
    exam = desk.facts.exam
    if exam is None:
        return (finding(Reason.NO_EXAM),)
    if exam.exam_id != command.exam_id:
        return (finding(Reason.REQUEST_GONE),)
    signer = RemoteSigner(sender.role, _is_shown(desk, sender))
    return against_remote_signing(exam, desk.policy, signer, command.screening)


def _is_shown(desk: Desk, sender: Holder) -> bool:
    return sender.link in desk.readings.seen_by

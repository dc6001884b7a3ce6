"""MR safety screening: what it lacks, who may sign it, and what an emergency exception replaces.

Rules upheld here:
- Two signatures of two different people of the site's roster, each by their own PIN, one of them Level 2.
- At the tablet whoever is checked in there signs. From a console only a remote operator signs, as the one
  person of the roster whom the certificate names: it says who, the PIN proves it. That checks nobody in.
- A console signs by video, unless the site's policy asks for no video, or takes no signature from consoles: a
  live picture of people at this scanner is being delivered to that very link. Which it was is recorded.
- What is signed is the screening as it was drawn, by its digest: recording it again voids signatures,
  exception and full stop.
- An emergency exception is signed by a physician of the roster who is checked in, by their own PIN, with a
  reason, for this exam only, and only where the site's policy lets physicians do so.
- It replaces the record and the two signatures and nothing else: full stop, identity, patient ready and every
  other interlock stay as they are. An implant nobody recorded is unknown, so first level is refused.
- It is not signed where nothing is missing, and it is shown at both ends as what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from local_agent.core.digests import content_digest
from local_agent.core.exam_state import Exam
from local_agent.core.people import StaffMember
from local_agent.core.policy import Policy
from mr_contract.findings import Finding, finding
from mr_contract.media_messages import SourceView
from mr_contract.reasons import Reason
from mr_contract.vocabulary import Qualification, RemoteSignature, Role, SourceKind

SIGNATURES, LEVEL_NEEDED = 2, 2
SHOWS_PEOPLE = frozenset({SourceKind.ROOM, SourceKind.PATIENT, SourceKind.TABLET})
"""Sources by which somebody far away sees who is asked."""

Found = tuple[Finding, ...]


def screening_digest(exam: Exam) -> str:
    """Of the screening as it is now; recorded once more it is another, even in the same words."""
    return content_digest(
        {
            "exam": exam.exam_id,
            "recorded": exam.screening_count,
            "implant_free": exam.implant_free,
            "implants": [implant.model_dump(mode="json") for implant in exam.implants],
        }
    )


def signature_findings(exam: Exam) -> list[Finding]:
    """What the record and its signatures lack, whatever a physician signed."""
    if exam.screening_count is None:
        return [finding(Reason.SCREENING_MISSING)]
    found: list[Finding] = []
    if len({signature.staff_id for signature in exam.signatures}) < SIGNATURES:
        found.append(finding(Reason.SCREENING_SECOND_SIGNATURE))
    if not any(signature.mr_level >= LEVEL_NEEDED for signature in exam.signatures):
        found.append(finding(Reason.SCREENING_LEVEL_2))
    return found


def screening_findings(exam: Exam) -> list[Finding]:
    """What keeps the screening's interlock from being closed."""
    found = [] if exam.exception is not None else signature_findings(exam)
    if exam.full_stop_count is None and (exam.exception is not None or exam.screening_count is not None):
        found.append(finding(Reason.SCREENING_FULL_STOP))
    return found


def may_stop_fully(exam: Exam) -> bool:
    """Whether there is a screening, or an exception to it, after which the full stop is confirmed."""
    return exam.screening_count is not None or exam.exception is not None


def implants_known(exam: Exam) -> bool:
    """Whether anybody recorded which implants there are, if any."""
    return exam.screening_count is not None


def first_level_barred(exam: Exam) -> bool:
    """Whether only normal mode is left: the exam goes on by an exception, with implants nobody recorded."""
    return exam.exception is not None and not implants_known(exam)


def against_signature(exam: Exam, roster: Iterable[str], signer: StaffMember | None) -> Found:
    """Why this person does not sign at the tablet; `roster` are the ids of who is checked in there."""
    if signer is None:
        return (finding(Reason.WRONG_PIN),)
    if signer.staff_id not in roster:
        return (finding(Reason.NOT_CHECKED_IN, name=signer.name),)
    return against_signer(exam, signer)


def against_signer(exam: Exam, signer: StaffMember) -> Found:
    """Why this person's signature is not wanted, wherever they are."""
    if exam.screening_count is None:
        return (finding(Reason.SCREENING_MISSING),)
    if any(signature.staff_id == signer.staff_id for signature in exam.signatures):
        return (finding(Reason.SCREENING_SAME_SIGNER, name=signer.name),)
    return ()


def person_named(name: str, members: Iterable[StaffMember]) -> StaffMember | None:
    """Whom of the roster a certificate names: the one person so called. Two of one name are nobody."""
    found = [member for member in members if member.name == name]
    return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class RemoteSigner:
    """Who would sign at a console, and what reaches them there."""

    role: Role
    is_shown: bool
    """Whether a live picture of people at the scanner is being delivered to their very link."""


def against_remote_signing(exam: Exam, policy: Policy, signer: RemoteSigner, digest: str) -> Found:
    """Everything against a signature from this console, whoever proves to sit there."""
    found: list[Finding] = []
    if signer.role is not Role.REMOTE_OPERATOR:
        found.append(finding(Reason.ROLE_FORBIDS, role=signer.role.value))
    if policy.remote_signature not in {RemoteSignature.BY_VIDEO, RemoteSignature.WITHOUT_VIDEO}:
        found.append(finding(Reason.SIGNATURE_NOT_REMOTE))
    if policy.remote_signature is RemoteSignature.BY_VIDEO and not signer.is_shown:
        found.append(finding(Reason.SCREENING_NEEDS_VIDEO))
    if exam.screening_count is None:
        found.append(finding(Reason.SCREENING_MISSING))
    elif digest != screening_digest(exam):
        found.append(finding(Reason.SCREENING_CHANGED))
    return tuple(found)


def remote_signature(policy: Policy, sources: Iterable[SourceView]) -> RemoteSignature:
    """What consoles are told of the policy: by video is not to be had where no camera shows people."""
    by_video = policy.remote_signature is RemoteSignature.BY_VIDEO
    if by_video and not any(source.kind in SHOWS_PEOPLE for source in sources):
        return RemoteSignature.REFUSED
    return policy.remote_signature


def exception_possible(exam: Exam, policy: Policy) -> bool:
    """Whether a physician may sign an exception now."""
    allowed = policy.emergency_exception == "signed_by_physician"
    return allowed and exam.exception is None and bool(signature_findings(exam))


def against_exception(
    exam: Exam, policy: Policy, roster: Mapping[str, object], signer: StaffMember | None, reason: str
) -> Found:
    """Everything against an emergency exception of this person; who proved nothing hears only that."""
    if policy.emergency_exception != "signed_by_physician":
        return (finding(Reason.EXCEPTION_NOT_ALLOWED),)
    if signer is None:
        return (finding(Reason.WRONG_PIN),)
    found: list[Finding] = []
    if not exception_possible(exam, policy):
        found.append(finding(Reason.NOT_NOW))
    if signer.staff_id not in roster:
        found.append(finding(Reason.NOT_CHECKED_IN, name=signer.name))
    if signer.qualification is not Qualification.PHYSICIAN:
        found.append(finding(Reason.PHYSICIAN_NEEDED, name=signer.name))
    if not reason.strip():
        found.append(finding(Reason.REASON_NEEDED))
    return tuple(found)

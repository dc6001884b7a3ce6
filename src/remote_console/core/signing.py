"""What this desk is asked to sign of the screening, and how.

- Offered only where the agent would take it: the site says whether consoles sign, and whether by video.
- What is signed is what is drawn: the offer carries its digest, and the agent refuses one of before a change.
- Whoever signed from this desk is not asked again.
"""

from __future__ import annotations

from dataclasses import dataclass

from mr_contract.exam import ExamView
from mr_contract.exposure import ImplantLimits
from mr_contract.screening import ScreeningView, SignatureView
from mr_contract.vocabulary import Privilege, RemoteSignature, Role
from remote_console.core.fleet import FleetState, ScannerKey, ScannerState
from remote_console.core.fleet_cards import full_name
from remote_console.core.phrases import Phrase, Words, p, verbatim


@dataclass(frozen=True, slots=True)
class SigningOffer:
    """The screening as it is drawn, to be signed by who sits here."""

    key: ScannerKey
    exam_id: str
    digest: str
    target: Phrase
    """Scanner and patient: every confirmation names its target."""
    lines: tuple[Words, ...]
    signed: tuple[Words, ...]
    by_video: bool


def signing_offer(fleet: FleetState, scanner: ScannerState) -> SigningOffer | None:
    """What may be signed at the scanner in focus now; None where nothing is wanted of this desk."""
    exam, site = scanner.exam, fleet.site_of(scanner)
    screening = exam.screening if exam else None
    if exam is None or screening is None or site.hello is None or site.silent(fleet.now_s):
        return None
    wanted = screening.recorded and not screening.signed and screening.exception is None
    taken = screening.remote_signature is not RemoteSignature.REFUSED
    mine = any(s.remote and s.name == site.hello.you for s in screening.signatures)
    if not (wanted and taken and scanner.control.yours and scanner.may(Privilege.VIEW)) or mine:
        return None
    if site.hello.role is not Role.REMOTE_OPERATOR:
        return None
    return SigningOffer(
        key=scanner.key,
        exam_id=exam.exam_id,
        digest=screening.digest,
        target=_target(scanner, exam),
        lines=_found(exam, screening),
        signed=tuple(map(_signature, screening.signatures)),
        by_video=screening.remote_signature is RemoteSignature.BY_VIDEO,
    )


def _target(scanner: ScannerState, exam: ExamView) -> Phrase:
    patient = verbatim(exam.patient.name if exam.patient else exam.band.label)
    return p(
        "{letter} · {scanner} · {patient}", letter=scanner.letter, scanner=full_name(scanner), patient=patient
    )


def _found(exam: ExamView, screening: ScreeningView) -> tuple[Words, ...]:
    """What the site recorded: no implant, or each with its label's limits."""
    if screening.implant_free:
        return (p("no implant"),)
    return tuple(map(_implant, exam.implants))


def _implant(implant: ImplantLimits) -> Words:
    limits = [
        f"{name} ≤ {value:g} {unit}"
        for name, value, unit in (
            ("B1+rms", implant.b1_rms_ut, "µT"),
            ("SAR", implant.whole_body_sar_w_per_kg, "W/kg"),
            ("SAR (head)", implant.head_sar_w_per_kg, "W/kg"),
        )
        if value is not None
    ]
    if not limits:
        return p("{device}: no limit on its label", device=verbatim(implant.device))
    return p("{device}: {limits}", device=verbatim(implant.device), limits=verbatim(" · ".join(limits)))


def _signature(signature: SignatureView) -> Words:
    return p("Signed by {name}, Level {level}", name=signature.name, level=str(signature.mr_level))

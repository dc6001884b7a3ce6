"""Wrong patient or side: what may be said of the exam in focus, and what two people decide about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from mr_contract.exam import ClosedExam, CorrectionView, PatientIdentity, QuarantineView
from mr_contract.vocabulary import Mistaken, Privilege, QuarantineState, Side, Verdict
from remote_console.core.fleet import FleetState, ScannerKey, ScannerState
from remote_console.core.phrases import Phrase, Words, p, verbatim
from remote_console.core.vocabulary_words import SIDE_WORDS

MISTAKEN_WORDS: dict[Mistaken, Phrase] = {
    Mistaken.PATIENT: p("Wrong patient"),
    Mistaken.SIDE: p("Wrong side"),
    Mistaken.PROCEDURE: p("Wrong procedure"),
}


@dataclass(frozen=True, slots=True)
class Mistakable:
    """An exam of which this desk may say that it is of the wrong patient, side or procedure."""

    key: ScannerKey
    exam_id: str
    who: Words


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person at the site proposed, before and after."""

    exam_id: str
    correction_id: str
    title: Words
    before: Words
    after: Words


@dataclass(frozen=True, slots=True)
class QuarantineCard:
    """The strip over the images of an exam in quarantine."""

    key: ScannerKey
    title: Words
    text: Words
    correction: Correction | None = None
    """Waits for this desk's signature."""


def mistakable(scanner: ScannerState | None) -> Mistakable | None:
    """Like stop: nobody is asked for a privilege. None without an exam, or once it is said."""
    if scanner is None or scanner.exam is None or scanner.exam.quarantine is not None:
        return None
    exam = scanner.exam
    who = verbatim(exam.patient.name if exam.patient else exam.band.label)
    facts = (who, *_ordered(exam.procedure, exam.side))
    return Mistakable(scanner.key, exam.exam_id, p("{facts}", facts=facts))


def _ordered(procedure: str, side: Side) -> tuple[Words, ...]:
    return (verbatim(procedure),) if side is Side.NONE else (verbatim(procedure), SIDE_WORDS[side])


def earlier_exams(scanner: ScannerState | None, *, zone: tzinfo | None) -> tuple[Mistakable, ...]:
    """Exams that were closed lately, newest first: by time, since whose they were is not told."""
    if scanner is None:
        return ()
    return tuple(
        Mistakable(
            scanner.key,
            one.exam_id,
            p("{facts}", facts=(_closed(one, zone), *_ordered(one.procedure, one.side))),
        )
        for one in scanner.closed_exams
    )


def _closed(exam: ClosedExam, zone: tzinfo | None) -> Words:
    """With the day: what is closed lately may be of yesterday."""
    if exam.closed_at is None:
        return p("closed earlier")
    return p("closed {time}", time=exam.closed_at.astimezone(zone).strftime("%Y-%m-%d %H:%M"))


def is_quarantined(scanner: ScannerState | None) -> bool:
    """Whether images of the exam in focus are not to be used."""
    return scanner is not None and scanner.exam is not None and scanner.exam.quarantine is not None


def quarantine_card(fleet: FleetState, scanner: ScannerState | None) -> QuarantineCard | None:
    """What is to be read above the images; None where nothing is in quarantine.

    The exam in focus comes first; else the oldest closed one that still waits for its two people.
    """
    if scanner is None:
        return None
    if scanner.exam is None or scanner.exam.quarantine is None:
        return _earlier_card(scanner)
    quarantine = scanner.exam.quarantine
    title = p("QUARANTINED: {what}", what=MISTAKEN_WORDS[quarantine.mistaken])
    heard = not fleet.site_of(scanner).silent(fleet.now_s)
    correction = quarantine.correction if quarantine.state is QuarantineState.PROPOSED else None
    signs = correction is not None and heard and scanner.may(Privilege.EDIT)
    shown = _correction(quarantine, correction) if correction is not None and signs else None
    return QuarantineCard(scanner.key, title, _text(quarantine, correction), shown)


def _earlier_card(scanner: ScannerState) -> QuarantineCard | None:
    """Not of the patient in the room: their images are shown as ever, and nothing is signed here."""
    if not scanner.quarantined:
        return None
    first, *others = scanner.quarantined
    what = MISTAKEN_WORDS[first.mistaken]
    title = p("An earlier exam is in quarantine: {what}", what=what)
    if others:
        count = str(len(scanner.quarantined))
        title = p("{count} earlier exams are in quarantine; the first: {what}", count=count, what=what)
    facts = p("{facts}", facts=_ordered(first.procedure, first.side))
    next_: Words = p("Reported by {name}. At the tablet: decide with two people", name=first.reported_by)
    if first.correction is not None or first.why:
        next_ = _text(first, first.correction)
    return QuarantineCard(scanner.key, title, p("{what}. {words}", what=facts, words=next_))


def _text(quarantine: QuarantineView, correction: CorrectionView | None) -> Words:
    if correction is not None:
        return p("{name} proposes a correction; another person must sign it", name=correction.proposed_by)
    if quarantine.why:
        return p("Not corrected: {why}", why=quarantine.why)
    return p(
        "Reported by {name}. Its images are not used. At the tablet: decide with two people, "
        "close the exam, take the right patient",
        name=quarantine.reported_by,
    )


def _correction(quarantine: QuarantineView, proposed: CorrectionView) -> Correction:
    before = _registered(proposed.patient_before, proposed.procedure_before, proposed.side_before)
    after = _registered(proposed.patient_after, proposed.procedure_after, proposed.side_after)
    if proposed.verdict is Verdict.REJECT:
        after = p("No corrected images: they stay in quarantine")
    title = p("{name} proposes: {what}", name=proposed.proposed_by, what=MISTAKEN_WORDS[proposed.mistaken])
    return Correction(quarantine.exam_id, proposed.correction_id, title, before, after)


def _registered(patient: PatientIdentity | None, procedure: str, side: Side) -> Words:
    words: list[Words] = []
    if patient is not None:
        words.append(verbatim(f"{patient.name} · {patient.birth_date} · {patient.patient_id}"))
    return p("{facts}", facts=(*words, *_ordered(procedure, side)))

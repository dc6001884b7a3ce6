"""Cards of the fleet strip and the band of the scanner in focus."""

from __future__ import annotations

from dataclasses import dataclass

from mr_contract.exam import PatientBand
from mr_contract.views import ControlView, LinkView
from mr_contract.vocabulary import (
    AlarmPriority,
    ControlPhase,
    LinkGrade,
    ScannerActivity,
    ScannerMode,
    Sex,
    Side,
)
from remote_console.core.fleet import FleetState, ScannerKey, ScannerState
from remote_console.core.magnet_words import magnet_words
from remote_console.core.pace import times_faster
from remote_console.core.phrases import NOTHING, Words, p, verbatim
from remote_console.core.progress_words import left_words
from remote_console.core.vitals_words import vitals_words
from remote_console.core.vocabulary_words import (
    ACTIVITY_WORDS,
    LANDMARK_WORDS,
    MODE_WORDS,
    PRIVILEGE_WORDS,
    SCANNER_MODE_WORDS,
    SIDE_WORDS,
)

SEX_SIGN = {Sex.FEMALE: "♀", Sex.MALE: "♂", Sex.OTHER: "⚥"}


@dataclass(frozen=True, slots=True)
class CardState:
    """One scanner on the strip."""

    key: ScannerKey
    letter: str
    colour: str
    name: str
    band: Words
    state: Words
    left: Words
    fraction: float | None
    control: Words
    link: str
    grade: LinkGrade
    focused: bool
    unknown: bool
    asks: bool
    yours: bool
    alarm: AlarmPriority | None


@dataclass(frozen=True, slots=True)
class BandState:
    """The scanner in focus, with full identifiers where `view` is granted."""

    letter: str
    colour: str
    title: Words
    details: tuple[Words, ...]
    side: Words
    right: tuple[Words, ...]
    unknown: bool


def cards(fleet: FleetState) -> tuple[CardState, ...]:
    """All cards by letter."""
    return tuple(_card(fleet, s) for s in fleet.in_order)


def _card(fleet: FleetState, scanner: ScannerState) -> CardState:
    site = fleet.site_of(scanner)
    status = scanner.status
    silent = site.silent(fleet.now_s)
    unknown = silent or status is None or status.activity is None
    progress = status.progress if status and not unknown else None
    asks = bool(status and status.asks_for_you) and not unknown
    order = tuple(AlarmPriority)
    return CardState(
        key=scanner.key,
        letter=scanner.letter,
        colour=scanner.colour,
        name=full_name(scanner),
        band=band_words(status.band if status else None),
        state=p("State unknown") if unknown else _state_words(scanner, asks=asks),
        left=left_words(progress) if progress else NOTHING,
        fraction=progress.fraction if progress else None,
        control=p("who controls is not known") if silent else control_words(scanner.control),
        link=link_text(site.link) if site.connected else "–",
        grade=LinkGrade.UNKNOWN if silent else site.link.grade,
        focused=fleet.focus == scanner.key,
        unknown=unknown,
        asks=asks,
        yours=scanner.control.yours and not silent,
        alarm=min((a.priority for a in scanner.alarms if a.active), key=order.index, default=None),
    )


def _state_words(scanner: ScannerState, *, asks: bool) -> Words:
    status = scanner.status
    if status is None or status.activity is None:
        return p("State unknown")
    if asks:
        return p("Asks for you")
    if status.stop_latched:
        return p("STOP given")
    if status.activity is ScannerActivity.FAULT:
        return p("Fault: {fault}", fault=status.fault or "–")
    if status.activity in {ScannerActivity.ACQUIRING, ScannerActivity.PREPARING} and status.step_name:
        return verbatim(status.step_name)
    return ACTIVITY_WORDS[status.activity]


def full_name(scanner: ScannerState) -> str:
    """Site and scanner, without saying the site twice."""
    site, name = scanner.card.site, scanner.card.name
    return name if name.startswith(site) else f"{site} · {name}"


def band_words(band: PatientBand | None) -> Words:
    """Enough to tell two patients apart."""
    if band is None:
        return p("no patient")
    return verbatim(f"{band.label} · {band.birth_year} · {band.sex.value}")


def control_words(control: ControlView) -> Words:
    """Who operates."""
    match control.phase:
        case ControlPhase.LOCAL:
            return p("Local control")
        case ControlPhase.CONSENT_PENDING:
            return p("Waiting for consent")
        case ControlPhase.REMOTE if control.yours:
            return p("You control")
        case ControlPhase.REMOTE:
            return p("{holder} controls", holder=control.holder or "–")
        case ControlPhase.SUSPENDED:
            return p("Control suspended")


def link_text(link: LinkView) -> str:
    """Control round trip."""
    return "–" if link.round_trip_ms is None else f"{link.round_trip_ms:.0f} ms"


def band(fleet: FleetState, scanner: ScannerState) -> BandState:
    """The band over the middle column."""
    exam = scanner.exam
    if exam is None:
        title: Words = p("{scanner} — {patient}", scanner=full_name(scanner), patient=p("no patient"))
    else:
        who = verbatim(exam.patient.name) if exam.patient else verbatim(exam.band.label)
        title = p("{scanner} — {patient}", scanner=full_name(scanner), patient=who)
    mode = MODE_WORDS[exam.mode] if exam else NOTHING
    field = verbatim(f"{scanner.card.field_t:g} T")
    simulated = _simulated(scanner)
    right = (p("{field} · {mode}", field=field, mode=mode) if exam else field, *_safety(scanner), *simulated)
    side = SIDE_WORDS[exam.side] if exam and exam.side is not Side.NONE else NOTHING
    silent = fleet.site_of(scanner).silent(fleet.now_s)
    vitals = () if silent else vitals_words(scanner.vitals)
    magnet = () if silent or scanner.status is None else magnet_words(scanner.status.room.magnet)
    details = (*_details(scanner), *magnet, *vitals)
    return BandState(scanner.letter, scanner.colour, title, details, side, right, unknown=silent)


def _simulated(scanner: ScannerState) -> tuple[Words, ...]:
    """That it is no real scanner, and how much faster than life it runs: time left is scan time."""
    mode = scanner.status.mode if scanner.status else None
    if mode is None or mode is ScannerMode.REAL:
        return ()
    times = times_faster(scanner.pace)
    if times is None:
        return (SCANNER_MODE_WORDS[mode],)
    words = p("{simulated}, {times} × faster than life", simulated=SCANNER_MODE_WORDS[mode], times=str(times))
    return (words,)


def _details(scanner: ScannerState) -> tuple[Words, ...]:
    exam = scanner.exam
    if exam is None:
        return (p("The local operator takes the next patient at the tablet"),)
    words: list[Words] = []
    if exam.patient:
        sign = SEX_SIGN[exam.patient.sex]
        year, month, day = exam.patient.birth_date.split("-")
        words.append(
            verbatim(f"{sign} {day}.{month}.{year} ({exam.age_years}) · ID {exam.patient.patient_id}")
        )
    else:
        words.append(verbatim(f"{SEX_SIGN[exam.band.sex]} {exam.band.birth_year} ({exam.age_years})"))
    measures = [
        f"{exam.weight_kg:g} kg" if exam.weight_kg else "",
        f"{exam.height_cm:g} cm" if exam.height_cm else "",
    ]
    coil = scanner.status.room.coil if scanner.status else None
    facts = [*measures, exam.position.value if exam.position else "", coil or ""]
    words.append(verbatim(" · ".join(f for f in facts if f)))
    if exam.landmark:
        words.append(LANDMARK_WORDS[exam.landmark])
    return tuple(w for w in words if w != verbatim(""))


def _safety(scanner: ScannerState) -> tuple[Words, ...]:
    exam = scanner.exam
    if exam is None:
        return ()
    contrast = p("contrast planned") if exam.contrast_planned else p("no contrast")
    if exam.screening is not None and exam.screening.exception is not None and not exam.screening.recorded:
        return (p("IMPLANTS NOT KNOWN · {contrast}", contrast=contrast),)
    if not exam.implants:
        return (p("no implant recorded · {contrast}", contrast=contrast),)
    names = ", ".join(i.device for i in exam.implants)
    return (p("IMPLANT {names} · {contrast}", names=names, contrast=contrast),)


def privilege_words(control: ControlView) -> Words:
    """What was granted."""
    granted = tuple(PRIVILEGE_WORDS[x] for x in control.privileges)
    return p("{names}", names=granted) if granted else p("nothing granted")


def connected_words(fleet: FleetState) -> Words:
    """How many scanners are heard and how many of them this desk runs; nothing before there is a scanner."""
    if not fleet.in_order:
        return NOTHING
    heard = [s for s in fleet.in_order if not fleet.site_of(s).silent(fleet.now_s)]
    mine = [s for s in fleet.in_order if s.control.yours and s.status is not None and s.status.progress]
    if any(s not in heard for s in mine):  # what ran when the site was last heard may have ended
        return p(
            "Connected {heard} of {known} · how many run is not known",
            heard=str(len(heard)), known=str(len(fleet.in_order)),
        )  # fmt: skip
    running = len(mine)
    limit = max((s.hello.max_running for s in fleet.sites.values() if s.hello), default=1)
    return p(
        "Connected {heard} of {known} · running {running} of {limit}",
        heard=str(len(heard)), known=str(len(fleet.in_order)), running=str(running), limit=str(limit),
    )  # fmt: skip

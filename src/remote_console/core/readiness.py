"""May the step in hand start, and if not: everything that is in the way, who clears it, and how.

- Every interlock is shown; those of one group share a line only while all of them are closed.
- What the agent did not say is unknown, and unknown blocks. The console never decides: it explains.
- START is held for the first start of an exam, after changing scanner, and above normal mode; else one press.
- An offer is what a press carries: the revision and standing that were drawn with the button.
- While an edit of this desk is unanswered, or a field holds what cannot be had, nothing starts and nothing is
  armed: what would run is not what is drawn.
- An emergency exception to the screening has a line of its own as long as it holds; it blocks nothing.
- A step that is under way is said to run, never to lack something.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum, unique

from mr_contract.exam import StepView
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason
from mr_contract.standing import InterlockView, StandingNumber
from mr_contract.vocabulary import Interlock, InterlockState, OperatingMode, Party, Privilege, StepState
from remote_console.core.fleet import RUNNING, FleetState, ScannerKey, ScannerState
from remote_console.core.fleet_cards import full_name
from remote_console.core.known_words import known, known_privileges
from remote_console.core.parameters import with_unit
from remote_console.core.phrases import NOTHING, Phrase, ReasonWords, Words, p, verbatim
from remote_console.core.progress_words import left_words
from remote_console.core.vocabulary_words import INTERLOCK_WORDS, PARTY_WORDS, STEP_WORDS

HOLD_S = 0.6
EXPOSURE_REASONS = frozenset({
    Reason.EXPOSURE_UNKNOWN, Reason.FIRST_LEVEL_UNDECIDED, Reason.SECOND_LEVEL, Reason.IMPLANT_LIMIT,
    Reason.SAR_AVERAGE_WAIT,
})  # fmt: skip
UNDER_WAY = RUNNING | {StepState.ACQUIRED, StepState.IMAGES_READY}
GROUPS: tuple[tuple[Interlock, ...], ...] = (
    (Interlock.CONTROL, Interlock.CONSENT),
    (Interlock.PRESENCE,),
    (Interlock.IDENTITY, Interlock.SCREENING),
    (Interlock.PATIENT_READY,),
    (Interlock.PRESCRIPTION, Interlock.EXPOSURE),
    (Interlock.LINK, Interlock.PICTURE, Interlock.AUDIO_CHECK),
    (Interlock.SCANNER,),
    (Interlock.WORKLOAD,),
)


@unique
class RowState(StrEnum):
    """`waiting` blocks too, but only time has to pass: nobody need act."""

    CLOSED = "closed"
    OPEN = "open"
    UNKNOWN = "unknown"
    WAITING = "waiting"
    EXCEPTED = "excepted"
    """Closed by an emergency exception: nothing is in the way, and everybody is to see by whom."""


CLEAR = frozenset({RowState.CLOSED, RowState.EXCEPTED})


@dataclass(frozen=True, slots=True)
class ReadinessRow:
    """One line: what, why it blocks, what to do, who does it."""

    state: RowState
    title: Phrase
    text: Words = NOTHING
    remedy: Words = NOTHING
    who: Words = NOTHING


@dataclass(frozen=True, slots=True)
class StartOffer:
    """What a press carries, as drawn when it began."""

    key: ScannerKey
    step_id: str
    revision: str
    standing: StandingNumber


@unique
class Press(StrEnum):
    """What the button would do."""

    START = "start"
    ARM = "arm"
    DISARM = "disarm"


@dataclass(frozen=True, slots=True)
class FirstLevelOffer:
    """Values up to which first level would be decided; a quantity that is None is not asked for."""

    w_per_kg: float | None = None
    pns_percent: float | None = None

    @property
    def caption(self) -> Phrase:
        """Names every quantity with its value."""
        sar = f"{self.w_per_kg:.1f}" if self.w_per_kg is not None else ""
        pns = f"{self.pns_percent:.0f}" if self.pns_percent is not None else ""
        if not pns:
            return p("Decide for first level up to {value} W/kg", value=sar)
        if not sar:
            return p("Decide for first level up to PNS {pns} %", pns=pns)
        return p("Decide for first level up to {value} W/kg, PNS {pns} %", value=sar, pns=pns)


@dataclass(frozen=True, slots=True)
class ReadinessState:
    """Everything the readiness panel shows."""

    title: Phrase
    summary: Phrase
    rows: tuple[ReadinessRow, ...]
    start_caption: Phrase
    start_target: Phrase
    press: Press
    may_press: bool
    hold_s: float
    offer: StartOffer | None
    to_clear: int
    first_level: FirstLevelOffer | None = None
    """Up to what this desk's half of the first level decision is wanted."""


def readiness(fleet: FleetState, scanner: ScannerState) -> ReadinessState:
    """The readiness of the step in hand at this scanner."""
    step = scanner.step
    silent = fleet.site_of(scanner).silent(fleet.now_s)
    unanswered = fleet.edit_unanswered(scanner)
    rows = (_silent_row(),) if silent else _rows(scanner, step, unanswered=unanswered)
    blocked = [r for r in rows if r.state not in CLEAR]
    press = _press(scanner, step)
    offer = _offer(fleet, scanner, step)
    may_start = not blocked and offer is not None and scanner.may(Privilege.START)
    settled = press is Press.DISARM or not unanswered
    may_press = may_start if press is Press.START else settled and _may_arm(scanner, step, rows, press)
    return ReadinessState(
        title=_title(step, ready=not blocked, silent=silent),
        summary=_summary(blocked) if silent else _left(scanner, step) or _summary(blocked),
        rows=rows,
        start_caption=_caption(press, step, silent=silent),
        start_target=_target(scanner),
        press=press,
        may_press=may_press and not silent,
        hold_s=HOLD_S if press is Press.START and needs_hold(fleet, scanner) else 0.0,
        offer=offer,
        to_clear=sum(r.state in {RowState.OPEN, RowState.UNKNOWN} for r in rows),
        first_level=_first_level(scanner, step),
    )


def needs_hold(fleet: FleetState, scanner: ScannerState) -> bool:
    """First start of an exam by this desk, after changing scanner, or above normal mode."""
    exam = scanner.exam
    if exam is None or exam.exam_id not in fleet.started_exams or fleet.last_started != scanner.key:
        return True
    predicted = scanner.detail.prediction.mode if scanner.detail else None  # not known: held
    return {exam.mode, predicted} != {OperatingMode.NORMAL}


def _first_level(scanner: ScannerState, step: StepView | None) -> FirstLevelOffer | None:
    """The least values that the finding says a decision must name; heating is rounded up to 0.1 W/kg."""
    found = step.findings if step is not None and scanner.may(Privilege.START) else ()
    figures = next((f.figures for f in found if f.reason is Reason.FIRST_LEVEL_UNDECIDED), None)
    if figures is None:
        return None
    sar, pns = figures.get("w_per_kg"), figures.get("pns_percent")
    offer = FirstLevelOffer(
        min(4.0, math.ceil(float(sar) * 10 - 1e-6) / 10) if sar else None,
        min(100.0, math.ceil(float(pns) - 1e-6)) if pns else None,
    )
    return offer if offer != FirstLevelOffer() else None


def _press(scanner: ScannerState, step: StepView | None) -> Press:
    if step is not None and step.state is StepState.ARMED:
        return Press.DISARM
    running = scanner.running_step
    if running is not None and step is not None and running.step_id != step.step_id:
        return Press.ARM
    return Press.START


def _may_arm(
    scanner: ScannerState, step: StepView | None, rows: tuple[ReadinessRow, ...], press: Press
) -> bool:
    """Arming is only useful where nothing but time is in the way."""
    if step is None or not scanner.may(Privilege.START):
        return False
    if press is Press.DISARM:
        return True
    waiting = CLEAR | {RowState.WAITING}
    return step.state is StepState.PLANNED and all(r.state in waiting for r in rows)


def _offer(fleet: FleetState, scanner: ScannerState, step: StepView | None) -> StartOffer | None:
    if step is None or scanner.standing is None or fleet.site_of(scanner).beat is None:
        return None
    return StartOffer(scanner.key, step.step_id, step.revision, scanner.standing.number)


def _rows(scanner: ScannerState, step: StepView | None, *, unanswered: bool) -> tuple[ReadinessRow, ...]:
    """The list never says "ready" to somebody who may not start."""
    standing = _standing_rows(scanner, {_interlock(f) for f in step.findings} if step else set())
    said = step is not None and step.state in RUNNING and any(r.state not in CLEAR for r in standing)
    own = _unsettled_rows(scanner, unanswered=unanswered)
    rows = (*own, *(() if said else _step_rows(step)), *standing)  # the scanner's line says that it runs
    if not scanner.may(Privilege.START) and all(r.state in CLEAR for r in rows):
        return (_finding_row(p("Control"), finding(Reason.START_NOT_GRANTED), RowState.OPEN), *rows)
    return rows


def _silent_row() -> ReadinessRow:
    return ReadinessRow(
        RowState.UNKNOWN, p("Not known"), p("The site is not heard: nothing is known now"),
        p("Wait for the link; call the site"), PARTY_WORDS[Party.TIME],
    )  # fmt: skip


def _unsettled_rows(scanner: ScannerState, *, unanswered: bool) -> tuple[ReadinessRow, ...]:
    """What this desk itself has begun to change."""
    title, you = INTERLOCK_WORDS[Interlock.PRESCRIPTION], PARTY_WORDS[Party.REMOTE_OPERATOR]
    specs = {s.key: s for s in scanner.detail.specs} if scanner.detail else {}
    rows = [
        ReadinessRow(
            RowState.OPEN, title,
            p("{label} {value} is not available", label=p(spec.label), value=with_unit(spec, c.wanted)),
            p("Take what can be had, or press Esc in the field"), you,
        )
        for c in scanner.conflicts if (spec := specs.get(c.key)) is not None
    ]  # fmt: skip
    rows += [
        ReadinessRow(
            RowState.OPEN, title, p("{label}: what was typed cannot be had", label=p(specs[key].label)),
            p("Type another value, or press Esc in the field"), you,
        )
        for key in scanner.unread if key in specs
    ]  # fmt: skip
    if unanswered:
        words = p("waiting for the scanner's answer to your edit")
        rows.append(ReadinessRow(RowState.WAITING, title, words, who=PARTY_WORDS[Party.TIME]))
    return tuple(rows)


def _interlock(found: Finding) -> Interlock:
    """Which of the two interlocks of a step this is about."""
    return Interlock.EXPOSURE if found.reason in EXPOSURE_REASONS else Interlock.PRESCRIPTION


def _step_rows(step: StepView | None) -> tuple[ReadinessRow, ...]:
    if step is None:
        return ()
    if step.state in UNDER_WAY:
        return (
            ReadinessRow(RowState.WAITING, p("Step"), STEP_WORDS[step.state], who=PARTY_WORDS[Party.TIME]),
        )
    if step.state not in {StepState.PLANNED, StepState.ARMED}:
        remedy = p("Choose another step, or repeat this one with a reason")
        who = PARTY_WORDS[Party.REMOTE_OPERATOR]
        return (ReadinessRow(RowState.OPEN, p("Step"), STEP_WORDS[step.state], remedy, who),)
    return tuple(_finding_row(INTERLOCK_WORDS[_interlock(f)], f, RowState.OPEN) for f in step.findings)


def _standing_rows(scanner: ScannerState, told: set[Interlock]) -> tuple[ReadinessRow, ...]:
    """`told`: interlocks that the step in hand has said something about, so that none says the contrary."""
    said = {v.interlock: v for v in scanner.standing.interlocks} if scanner.standing else {}
    rows: list[ReadinessRow] = []
    for group in GROUPS:
        views = [said.get(i, InterlockView(interlock=i, state=InterlockState.UNKNOWN)) for i in group]
        views = [v for v in views if v.interlock not in told or v.state is not InterlockState.CLOSED]
        rows += [_excepted_row(v) for v in views if v.exception_by]
        views = [v for v in views if not v.exception_by or v.state is not InterlockState.CLOSED]
        if not views:
            continue
        if all(v.state is InterlockState.CLOSED for v in views):
            rows.append(_closed_row(views, yours=scanner.control.yours))
        else:
            for view in views:
                rows.extend(_open_rows(view, yours=scanner.control.yours))
    order = (RowState.OPEN, RowState.UNKNOWN, RowState.WAITING, RowState.EXCEPTED, RowState.CLOSED)
    return tuple(sorted(rows, key=lambda r: order.index(r.state)))


def _closed_row(views: list[InterlockView], *, yours: bool) -> ReadinessRow:
    titles = tuple(INTERLOCK_WORDS[v.interlock] for v in views)
    notes = tuple(dict.fromkeys(_note(v, yours=yours) for v in views if v.note))
    title = titles[0] if len(titles) == 1 else p("{names}", names=titles)
    both = p("{first} · {second}", first=notes[0], second=notes[1]) if len(notes) == 2 else NOTHING
    return ReadinessRow(RowState.CLOSED, title, who=notes[0] if len(notes) == 1 else both)


def _excepted_row(view: InterlockView) -> ReadinessRow:
    by = p("emergency exception signed by {name}", name=verbatim(view.exception_by))
    unknown = view.note == "implants not known"
    rest = p("Implants are not known: normal mode only") if unknown else known(view.note)
    return ReadinessRow(RowState.EXCEPTED, INTERLOCK_WORDS[view.interlock], by, rest)


def _note(view: InterlockView, *, yours: bool) -> Words:
    if view.interlock is Interlock.CONTROL and yours:
        return PARTY_WORDS[Party.REMOTE_OPERATOR]
    return known_privileges(view.note) if view.interlock is Interlock.CONSENT else known(view.note)


def _open_rows(view: InterlockView, *, yours: bool) -> list[ReadinessRow]:
    title = INTERLOCK_WORDS[view.interlock]
    if view.state is InterlockState.CLOSED:
        return [_closed_row([view], yours=yours)]
    state = RowState(view.state.value)
    if not view.findings:
        return [ReadinessRow(state, title, p("not known yet"), who=PARTY_WORDS[Party.TIME])]
    return [_finding_row(title, f, state) for f in view.findings]


def _finding_row(title: Phrase, finding: Finding, state: RowState) -> ReadinessRow:
    if finding.cleared_by is Party.TIME and state is RowState.OPEN:
        state = RowState.WAITING
    who = PARTY_WORDS[finding.cleared_by]
    return ReadinessRow(state, title, ReasonWords(finding, "text"), ReasonWords(finding, "remedy"), who)


def _title(step: StepView | None, *, ready: bool, silent: bool) -> Phrase:
    if step is None:
        return p("No step chosen")
    if ready:
        return p("Ready for {step}", step=step.name)
    if silent:  # what ran when the site was last heard may have ended
        return p("Not ready for {step}", step=step.name)
    if step.state in RUNNING:
        return p("{step} is running", step=step.name)
    if step.state in {StepState.STORED, StepState.IMAGES_READY, StepState.ACQUIRED}:
        return p("{step} has run", step=step.name)
    return p("Not ready for {step}", step=step.name)


def _left(scanner: ScannerState, step: StepView | None) -> Phrase | None:
    """Time left of the step in hand while it runs."""
    progress = scanner.status.progress if scanner.status else None
    if step is None or step.state not in RUNNING or progress is None or progress.step_id != step.step_id:
        return None
    return left_words(progress)


def _summary(blocked: list[ReadinessRow]) -> Phrase:
    to_clear = sum(r.state in {RowState.OPEN, RowState.UNKNOWN} for r in blocked)
    if to_clear:
        return p("{count} to clear", count=str(to_clear))
    return p("waiting") if blocked else p("nothing to clear")


def _caption(press: Press, step: StepView | None, *, silent: bool) -> Phrase:
    if step is None:
        return p("Start")
    match press:
        case Press.START if step.state in RUNNING and not silent:
            return p("{step} is running", step=step.name)
        case Press.START:
            return p("Start {step}", step=step.name)
        case Press.ARM:
            return p("Arm {step} as next", step=step.name)
        case Press.DISARM:
            return p("Disarm {step}", step=step.name)


def _target(scanner: ScannerState) -> Phrase:
    """Scanner and patient: every confirmation names its target."""
    exam = scanner.exam
    patient = verbatim(exam.patient.name if exam.patient else exam.band.label) if exam else p("no patient")
    return p(
        "{letter} · {scanner} · {patient}", letter=scanner.letter, scanner=full_name(scanner), patient=patient
    )

"""The protocol queue of an exam as rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique

from mr_contract.exam import Deviation, ExamView, SeriesView, StepView
from mr_contract.vocabulary import StepState
from remote_console.core.fleet import RUNNING, ScannerState
from remote_console.core.phrases import NOTHING, Phrase, clock_words, p, verbatim
from remote_console.core.vocabulary_words import STEP_WORDS, choice_words


@unique
class Shape(StrEnum):
    """A step's mark: a shape of its own for each state, never a colour alone."""

    RING = "ring"
    CLOCK = "clock"
    PIE = "pie"
    DISC = "disc"
    HALF = "half"
    SQUARE = "square"
    CROSS = "cross"
    QUESTION = "question"


SHAPES = {
    StepState.PLANNED: Shape.RING,
    StepState.ARMED: Shape.CLOCK,
    StepState.STARTING: Shape.PIE,
    StepState.ACCEPTED: Shape.PIE,
    StepState.ACQUIRING: Shape.PIE,
    StepState.ACQUIRED: Shape.HALF,
    StepState.IMAGES_READY: Shape.HALF,
    StepState.STORED: Shape.DISC,
    StepState.STOPPED: Shape.SQUARE,
    StepState.FAILED: Shape.CROSS,
    StepState.UNKNOWN: Shape.QUESTION,
}
REPEATABLE = frozenset({
    StepState.ACQUIRED, StepState.IMAGES_READY, StepState.STORED, StepState.STOPPED, StepState.FAILED,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One step in the queue."""

    step_id: str
    name: str
    shape: Shape
    fraction: float
    time: Phrase
    tags: tuple[Phrase, ...]
    note: Phrase
    selected: bool
    may_repeat: bool
    hint: Phrase
    series_id: str | None


@dataclass(frozen=True, slots=True)
class QueueState:
    """The queue with its title and the time that is left."""

    title: Phrase
    left: Phrase
    rows: tuple[QueueRow, ...]
    wants_protocol: bool
    """An exam without a protocol: the steps of one that is open are told only where `view` is granted."""
    may_open_protocol: bool


def queue(scanner: ScannerState, *, may_edit: bool) -> QueueState:
    """The queue of the scanner's exam; empty without one."""
    exam = scanner.exam
    if exam is None:
        return QueueState(p("No exam is open"), NOTHING, (), wants_protocol=False, may_open_protocol=False)
    left = time_left_s(scanner)
    title = verbatim(exam.protocol_name) if exam.protocol_name else p("No protocol is open")
    rows = tuple(_row(s, exam, scanner) for s in exam.steps)
    about = any(step.estimate and _left_s(step, scanner) > 0 for step in exam.steps)
    time = _left_words(left, about=about) if exam.steps else NOTHING
    wants = not exam.protocol_name
    return QueueState(title, time, rows, wants_protocol=wants, may_open_protocol=may_edit)


def time_left_s(scanner: ScannerState) -> float:
    """Seconds still to scan in this exam."""
    return sum(_left_s(s, scanner) for s in scanner.exam.steps) if scanner.exam else 0.0


def _left_s(step: StepView, scanner: ScannerState) -> float:
    """Seconds still to scan: all of a planned step, the rest of a running one, nothing of a finished one."""
    progress = scanner.status.progress if scanner.status else None
    if step.state in RUNNING:
        return progress.remaining_s if progress and progress.step_id == step.step_id else step.duration_s
    return step.duration_s if step.state in {StepState.PLANNED, StepState.ARMED} else 0.0


def _row(step: StepView, exam: ExamView, scanner: ScannerState) -> QueueRow:
    progress = scanner.status.progress if scanner.status else None
    running = step.state in RUNNING
    mine = progress if progress and progress.step_id == step.step_id else None
    return QueueRow(
        step_id=step.step_id,
        name=step.name,
        shape=SHAPES[step.state],
        fraction=mine.fraction if running and mine else _fraction(step),
        time=_time(step, scanner),
        tags=tuple(_tag(d) for d in step.deviations),
        note=_note(step),
        selected=scanner.step is not None and scanner.step.step_id == step.step_id,
        may_repeat=step.state in REPEATABLE,
        hint=STEP_WORDS[step.state],
        series_id=_series(step, exam.series),
    )


def _time(step: StepView, scanner: ScannerState) -> Phrase:
    """What a running step has left, or how long one takes: "≈" before what the patient's pace may change."""
    if step.state in RUNNING:
        return _left_words(_left_s(step, scanner), about=bool(step.estimate))
    time = clock_words(step.duration_s)
    return p("≈ {time}", time=time) if step.estimate else verbatim(time)


def _left_words(left_s: float, *, about: bool) -> Phrase:
    time = clock_words(left_s)
    return p("≈ {time} left", time=time) if about else p("{time} left", time=time)


def _tag(deviation: Deviation) -> Phrase:
    """What differs from the approved protocol, by the name people know it by."""
    if deviation.key == "slices":
        return p("slices moved")
    return p(
        "{label} {approved} → {value}",
        label=p(deviation.label), approved=choice_words(deviation.approved),
        value=choice_words(deviation.value),
    )  # fmt: skip


def _series(step: StepView, series: tuple[SeriesView, ...]) -> str | None:
    """The newest series of a step."""
    mine = [s for s in series if s.step_id == step.step_id]
    return max(mine, key=lambda s: s.number).series_id if mine else None


def _fraction(step: StepView) -> float:
    return step.lines_acquired / step.lines_total if step.lines_total else 0.0


def _note(step: StepView) -> Phrase:
    if step.state is StepState.STOPPED and step.lines_total:
        return p(
            "incomplete: {acquired} of {total} lines",
            acquired=str(step.lines_acquired), total=str(step.lines_total),
        )  # fmt: skip
    if step.repeat_reason:
        return p("repeat: {reason}", reason=step.repeat_reason)
    if step.state is StepState.UNKNOWN:
        return p("the site must say whether it ran")
    return (
        STEP_WORDS[step.state]
        if step.state in {StepState.ARMED, StepState.FAILED, StepState.ACQUIRED}
        else NOTHING
    )

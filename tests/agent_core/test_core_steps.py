"""Life of a protocol step: every state × every event of the journal, through the fold alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from core_events import EVERY_EVENT, examples
from core_site import prepared_site

from local_agent.core import events as e
from local_agent.core.events import JournalEvent
from local_agent.core.facts import Facts, fold
from local_agent.core.start_records import StartRecord, StartRecords
from mr_contract.findings import finding
from mr_contract.reasons import Reason
from mr_contract.vocabulary import StartOutcome, StepState

P, G, AC, AQ, AD, IR, ST, SP, U = (
    StepState.PLANNED,
    StepState.STARTING,
    StepState.ACCEPTED,
    StepState.ACQUIRING,
    StepState.ACQUIRED,
    StepState.IMAGES_READY,
    StepState.STORED,
    StepState.STOPPED,
    StepState.UNKNOWN,
)
STATES = (P, G, AC, AQ, AD, IR, ST, SP, U)
D = "a" * 64
BASE = prepared_site().desk.facts


def facts_in(state: StepState) -> Facts:
    """The second step in this state, with the record of its start that belongs to it."""
    assert BASE.exam is not None
    steps = tuple(replace(s, state=state) if s.step_id == "s2" else s for s in BASE.exam.steps)
    outcome = {P: None, G: StartOutcome.PENDING, U: StartOutcome.UNKNOWN}.get(state, StartOutcome.ACCEPTED)
    starts = StartRecords()
    if state is not P:
        starts = starts.noted(StartRecord("c1", D, D, "s2", outcome))
    open_command = "c1" if state in {G, U} else ""
    exam = replace(BASE.exam, steps=steps)
    facts = replace(BASE, exam=exam, starts=starts, open_command=open_command)
    if state in {AD, IR, ST}:
        facts = fold(facts, series())
        assert facts.exam is not None
        steps = tuple(replace(s, state=state) if s.step_id == "s2" else s for s in facts.exam.steps)
        facts = replace(facts, exam=replace(facts.exam, steps=steps))
    return facts


def series(*, complete: bool = True) -> e.SeriesAnnounced:
    return e.SeriesAnnounced(
        step_id="s2", series_id="se1", number=1, description="T2", instance_count=3, complete=complete
    )


def ended(*, complete: bool) -> e.AcquisitionFinished:
    return e.AcquisitionFinished(
        acquisition_id="a1", step_id="s2", complete=complete, why="", lines_acquired=40, lines_total=100
    )


INTENT = e.StartIntended(
    command_id="c1",
    content=D,
    device=D,
    step_id="s2",
    revision=D,
    token="t1",
    scanner_number=7,
    standing="agent-1:3",
)
LATE = (finding(Reason.LATE),)
assert BASE.exam is not None
PLAN = BASE.exam.steps[1].plan

# event: next state for each of STATES, in their order
TABLE: dict[str, tuple[JournalEvent, tuple[StepState, ...]]] = {
    "intended": (INTENT, (G, G, G, G, G, G, G, G, G)),
    "accepted": (
        e.StartAccepted(command_id="c1", acquisition_id="a1"),
        (P, AC, AC, AQ, AD, IR, ST, SP, AC),
    ),
    "withdrawn": (e.StartWithdrawn(command_id="c1", findings=LATE), (P, P, AC, AQ, AD, IR, ST, SP, P)),
    "failed": (e.StartFailed(command_id="c1", why="no"), (P, P, AC, AQ, AD, IR, ST, SP, P)),
    "became unknown": (
        e.StartBecameUnknown(command_id="c1", why="silence"),
        (P, U, AC, AQ, AD, IR, ST, SP, U),
    ),
    "settled as run": (e.StartSettled(command_id="c1", ran=True), (P, SP, AC, AQ, AD, IR, ST, SP, SP)),
    "settled as not run": (e.StartSettled(command_id="c1", ran=False), (P, P, AC, AQ, AD, IR, ST, SP, P)),
    "accepted, another command": (
        e.StartAccepted(command_id="c9", acquisition_id="a1"),
        (P, G, AC, AQ, AD, IR, ST, SP, U),
    ),
    "refused": (
        e.StartRefused(command_id="c2", content=D, device=D, step_id="s2", findings=LATE),
        (P, G, AC, AQ, AD, IR, ST, SP, U),
    ),
    "began": (
        e.AcquisitionBegan(command_id="c1", acquisition_id="a1", step_id="s2"),
        (AQ, AQ, AQ, AQ, AQ, AQ, AQ, AQ, AQ),
    ),
    "began, another step": (
        e.AcquisitionBegan(command_id="c1", acquisition_id="a1", step_id="s3"),
        (P, G, AC, AQ, AD, IR, ST, SP, U),
    ),
    "ended, complete": (ended(complete=True), (AD, AD, AD, AD, AD, AD, AD, AD, AD)),
    "ended, stopped": (ended(complete=False), (SP, SP, SP, SP, SP, SP, SP, SP, SP)),
    "series announced": (series(), (P, G, AC, AQ, IR, IR, ST, SP, U)),
    "series stored": (
        e.SeriesWasStored(series_id="se1", instance_count=3),
        (P, G, AC, AQ, ST, ST, ST, SP, U),
    ),
    "a series nobody announced stored": (
        e.SeriesWasStored(series_id="se9", instance_count=3),
        (P, G, AC, AQ, AD, IR, ST, SP, U),
    ),
    "a protocol opened, with this step": (
        e.ProtocolOpened(protocol_id="other", name="Other", version=2, steps=(PLAN,)),
        (P, P, P, P, P, P, P, P, P),
    ),
}
UNMOVED = tuple(STATES)
NO_SUCH_STEP: set[type[JournalEvent]] = {e.ExamOpened, e.ExamClosed}
"""After these the exam that had the step is over."""
TOUCHING = {type(event) for event, _ in TABLE.values()} | NO_SUCH_STEP
for event in examples(PLAN):
    if type(event) not in TOUCHING:
        TABLE[event.kind] = (event, UNMOVED)


def test_every_event_there_is_has_a_row() -> None:
    """A new event needs an example, and with it a row here: it moves no step until its row says so."""
    named = {type(event) for event, _ in TABLE.values()} | NO_SUCH_STEP
    assert named == EVERY_EVENT
    assert {type(event) for event in examples(PLAN)} == EVERY_EVENT
    assert set(STATES) == set(StepState) - {StepState.ARMED, StepState.FAILED}, "armed is shown, not folded"


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("what", TABLE)
def test_every_state_and_event(what: str, state: StepState) -> None:
    event, expected = TABLE[what]
    facts = fold(facts_in(state), event)
    assert facts.exam is not None
    assert {s.step_id: s.state for s in facts.exam.steps}["s2"] is expected[STATES.index(state)]
    others = {s.state for s in facts.exam.steps if s.step_id not in {"s2", "s3"}}
    assert others <= {P}, "no other step is touched"


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("what", sorted(t.__name__ for t in NO_SUCH_STEP))
def test_with_the_exam_its_steps_are_over(what: str, state: StepState) -> None:
    event = next(event for event in examples(PLAN) if type(event).__name__ == what)
    exam = fold(facts_in(state), event).exam
    assert exam is None or exam.steps == ()


def test_every_event_folds_without_an_exam_and_changes_no_exam_that_is_not_there() -> None:
    facts = Facts()
    for event, _ in TABLE.values():
        facts = fold(facts, event)
    assert facts.exam is None


@pytest.mark.parametrize("what", ["accepted", "withdrawn", "failed", "settled as run", "settled as not run"])
def test_every_outcome_unblocks_the_next_start_and_no_other_event_does(what: str) -> None:
    for state in (G, U):
        facts = facts_in(state)
        assert facts.open_start is not None
        assert fold(facts, TABLE[what][0]).open_start is None
        for other in (
            "refused",
            "ended, complete",
            "stop_given",
            "agent_started",
            "scanner_lost",
            "step_set",
        ):
            assert fold(facts, TABLE[other][0]).open_start is not None


def test_an_incomplete_scan_keeps_its_lines() -> None:
    facts = fold(facts_in(AQ), ended(complete=False))
    assert facts.exam is not None
    step = facts.exam.step("s2")
    assert step is not None
    assert (step.lines_acquired, step.lines_total) == (40, 100)

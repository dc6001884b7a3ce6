"""What time alone brings about: the table arrives, an acquisition ends, a token expires."""

from __future__ import annotations

import math
from dataclasses import replace

from mr_contract.exposure import SarAverages
from mr_contract.scanner_messages import (
    AcquisitionEnded,
    AcquisitionProgressed,
    AcquisitionStarted,
    BecameIdle,
    TableMoved,
)
from mr_contract.vocabulary import PrescanStep, TablePosition
from simulated_mri.patient.triggers import cycle_s, next_trigger_s, why_none
from simulated_mri.scanner import averages
from simulated_mri.scanner.bedside import in_the_bore
from simulated_mri.scanner.bulb import squeeze_in_panic
from simulated_mri.scanner.state import (
    TABLE_MM_PER_S,
    Accepting,
    Acquiring,
    Idle,
    Moment,
    Outcome,
    Prepared,
    State,
    TableMove,
    without_token,
)
from simulated_mri.trigger_pace import TriggerSource

_PRESCAN = tuple(PrescanStep)
_EXACT_S = 1e-6


def let_time_pass(state: State, moment: Moment) -> Outcome:
    """The state as it is at `moment`, before anything else happens then."""
    outcome = squeeze_in_panic(_table_arrives(Outcome(_triggered(state, moment)), moment), moment)
    outcome = _tell_prescan(outcome, moment)
    match outcome.state.phase:
        case Prepared(until_s=until_s) if moment.s > until_s:
            return without_token(outcome, "more than 2 s passed since it was given")
        case Accepting(prepared=prepared, due_s=due_s) if moment.s >= due_s:
            return begin(outcome, prepared, moment)
        case Acquiring() as run if _all_passed(run, outcome.state, moment):
            return end_acquisition(outcome, moment, why="")
        case Acquiring() as run if above := _above_label(run, outcome.state, moment):
            return end_acquisition(outcome, moment, why=above)
        case _:
            return outcome


def begin(outcome: Outcome, prepared: Prepared, moment: Moment) -> Outcome:
    """The one place where an acquisition begins."""
    state, request = outcome.state, prepared.request
    if state.patient is None:
        raise ValueError("a token outlived its patient")
    acquisition_id = f"acq-{state.boot}-{state.acquisitions + 1}"
    run = Acquiring(
        acquisition_id=acquisition_id,
        request=request,
        step=prepared.step,
        patient=state.patient,
        landmark=state.landmark,
        series_number=state.series_of_exam + 1,
        began_s=moment.s,
        began_at=moment.wall,
        exam_began_at=state.exam_began_at or moment.wall,
        lying=state.lying,
    )
    if state.automatic_voice:
        body = state.body
        for from_s, for_s in prepared.step.plan.breath_holds:
            body = body.told_to_hold(state.scan_s(moment) + from_s, for_s)
        outcome = outcome.having(body=body)
    begun = outcome.having(
        phase=run,
        acquisitions=state.acquisitions + 1,
        series_of_exam=state.series_of_exam + 1,
        commands_run=state.commands_run | {request.command_id},
        last_command_id=request.command_id,
        dead_token=(prepared.token, "it was used"),
    ).logged(
        AcquisitionStarted,
        moment,
        command_id=request.command_id,
        acquisition_id=acquisition_id,
        step_id=request.step_id,
        revision=request.revision,
    )
    return _tell_prescan(begun, moment)


def end_acquisition(outcome: Outcome, moment: Moment, *, why: str) -> Outcome:
    """End what runs, if anything; exactly the lines acquired so far exist."""
    run = outcome.state.phase
    if not isinstance(run, Acquiring):
        return outcome
    lines = lines_acquired(run, outcome.state, moment)
    complete = lines == run.step.plan.lines_total
    step = prescan_now(run, scan_elapsed_s(run, outcome.state, moment))
    during = "" if step is None else f" (prescan: {step.value.replace('_', ' ')})"
    now_s = outcome.state.scan_s(moment)
    body = outcome.state.body.told_to_breathe(now_s) if outcome.state.automatic_voice else outcome.state.body
    spells = averages.kept((*outcome.state.spells, *running_spells(run, outcome.state, moment)), now_s)
    quiet = outcome.having(
        phase=Idle(), body=body, spells=spells, ended_starts=(run.acquisition_id, run.starts)
    )
    ended = quiet.logged(
        AcquisitionEnded,
        moment,
        acquisition_id=run.acquisition_id,
        command_id=run.request.command_id,
        step_id=run.request.step_id,
        complete=complete,
        why="" if complete else f"{why[: 160 - len(during)]}{during}",
        lines_acquired=lines,
        lines_total=run.step.plan.lines_total,
    )
    return ended if ended.state.fault else ended.logged(BecameIdle, moment)


def progress(outcome: Outcome, moment: Moment) -> Outcome:
    """Tell how far the running acquisition is, if one runs."""
    run = outcome.state.phase
    if not isinstance(run, Acquiring):
        return outcome
    elapsed_s = min(planned_s(run, outcome.state, moment), run.step.plan.duration_s)
    return _progressed(outcome, (run, elapsed_s), moment, prescan_now(run, elapsed_s))


def running_spells(run: Acquiring, state: State, moment: Moment) -> tuple[averages.Spell, ...]:
    """What the running acquisition exposes the patient to, so far."""
    began_s, lasted_s = run.began_s * state.speed, scan_elapsed_s(run, state, moment)
    until_s = began_s + (lasted_s if run.step.plan.pace else min(lasted_s, run.step.plan.duration_s))
    pace, interval_s = run.step.plan.pace, run.step.plan.rf_repetition_s
    if pace is None or interval_s is None:
        return (averages.spell_of(began_s, until_s, run.step.achieved.prediction),)
    ready_s = min(began_s + pace.ready_s, until_s)
    before = averages.spell_of(began_s, ready_s, run.step.achieved.prediction)
    starts = tuple(began_s + start_s for start_s in run.starts)
    return (before, *averages.paced_spells(starts, until_s, interval_s, run.step.achieved.prediction))


def averages_now(run: Acquiring, state: State, moment: Moment) -> SarAverages:
    """As the scan runs."""
    spells = (*state.spells, *running_spells(run, state, moment))
    return averages.told(spells, state.scan_s(moment))


def _above_label(run: Acquiring, state: State, moment: Moment) -> str:
    """In words, that B1+rms of the last 10 s is above what the label of this patient's implant allows."""
    label_ut, found_ut = state.implant_b1_limit_ut, averages_now(run, state, moment).b1_rms_ut
    if label_ut is None or found_ut is None or found_ut <= label_ut * averages.ROUNDING:
        return ""
    return f"B1+rms of the last 10 s is {found_ut:.2f} µT: above the implant's label, {label_ut:g} µT"


def prescan_now(run: Acquiring, elapsed_s: float) -> PrescanStep | None:
    """What is being adjusted at this moment: five steps of equal length; None afterwards."""
    if elapsed_s >= run.step.plan.prescan_s:
        return None
    return _PRESCAN[int(elapsed_s / run.step.plan.prescan_s * len(_PRESCAN))]


def _tell_prescan(outcome: Outcome, moment: Moment) -> Outcome:
    """Every step that has begun is told once, in order, also if several passed since the last look."""
    run = outcome.state.phase
    if not isinstance(run, Acquiring) or run.step.plan.prescan_s <= 0:
        return outcome
    each_s = run.step.plan.prescan_s / len(_PRESCAN)
    begun = min(math.floor(scan_elapsed_s(run, outcome.state, moment) / each_s) + 1, len(_PRESCAN))
    for number in range(run.prescan_told, begun):
        outcome = _progressed(outcome, (run, number * each_s), moment, _PRESCAN[number])
    return outcome.having(phase=replace(run, prescan_told=max(begun, run.prescan_told)))


def _progressed(
    outcome: Outcome, reached: tuple[Acquiring, float], moment: Moment, prescan: PrescanStep | None
) -> Outcome:
    run, elapsed_s = reached
    duration_s = run.step.plan.duration_s
    return outcome.logged(
        AcquisitionProgressed,
        moment,
        acquisition_id=run.acquisition_id,
        command_id=run.request.command_id,
        step_id=run.request.step_id,
        fraction=elapsed_s / duration_s,
        remaining_s=remaining_s(run, outcome.state, moment) if run.step.plan.pace else duration_s - elapsed_s,
        lines_acquired=run.step.plan.lines_at(elapsed_s),
        lines_total=run.step.plan.lines_total,
        prescan=prescan,
        waiting=waiting_for(run, outcome.state, moment),
        averages=averages_now(run, outcome.state, moment),
    )


def scan_elapsed_s(run: Acquiring, state: State, moment: Moment) -> float:
    """Scan time, not clock time."""
    return (moment.s - run.began_s) * state.speed


def planned_s(run: Acquiring, state: State, moment: Moment) -> float:
    """Which moment of its plan an acquisition has reached: triggers may be late."""
    elapsed_s, pace = scan_elapsed_s(run, state, moment), run.step.plan.pace
    return elapsed_s if pace is None else pace.planned_s(run.starts, elapsed_s)


def lines_acquired(run: Acquiring, state: State, moment: Moment) -> int:
    return run.step.plan.lines_at(planned_s(run, state, moment))


def waiting_for(run: Acquiring, state: State, moment: Moment) -> str:
    """In words, why no trigger came for as long as its pace allows; empty while they come."""
    pace, now_s = run.step.plan.pace, state.scan_s(moment)
    if pace is None:
        return ""
    waited_s = pace.waited_s(run.starts, scan_elapsed_s(run, state, moment))
    if waited_s < pace.patience_s:
        return ""
    return f"no trigger for {waited_s:.0f} s: {why_none(state.body, pace.source, now_s)}"


def _all_passed(run: Acquiring, state: State, moment: Moment) -> bool:
    return planned_s(run, state, moment) >= run.step.plan.duration_s - _EXACT_S


def _triggered(state: State, moment: Moment) -> State:
    """With the repetitions that the patient's triggers began by this moment, as the patient was until now."""
    run = state.phase
    if not isinstance(run, Acquiring) or run.step.plan.pace is None:
        return state
    began_s = run.began_s * state.speed

    def following(source: TriggerSource, after_s: float, until_s: float) -> float | None:
        found_s = next_trigger_s(state.body, source, began_s + after_s, began_s + until_s)
        return None if found_s is None else found_s - began_s

    elapsed_s = scan_elapsed_s(run, state, moment)
    starts = run.step.plan.pace.followed(run.starts, following, elapsed_s)
    return state if starts == run.starts else replace(state, phase=replace(run, starts=starts))


def remaining_s(run: Acquiring, state: State, moment: Moment) -> float:
    """Scan time still to go; of a triggered one, at the present rate of the patient."""
    pace, elapsed_s = run.step.plan.pace, scan_elapsed_s(run, state, moment)
    if pace is None:
        return max(run.step.plan.duration_s - elapsed_s, 0.0)
    now_s = cycle_s(state.body, pace.source, state.scan_s(moment))
    return pace.remaining_s(run.starts, elapsed_s, now_s)


def table_now_mm(state: State, moment: Moment) -> float:
    """Where the table is while it moves."""
    if state.move is None:
        return state.table_mm
    way_mm = state.move.to_mm - state.move.from_mm
    gone_mm = (moment.s - state.move.began_s) * state.speed * TABLE_MM_PER_S
    return state.move.from_mm + max(min(way_mm, gone_mm), -gone_mm)


def move_table(outcome: Outcome, to: TablePosition, moment: Moment) -> Outcome:
    """Set the table moving, from wherever it is; nothing happens if it is there."""
    state = outcome.state
    if state.move is None and state.table is to:
        return outcome
    if state.move is not None and state.move.to is to:
        return outcome
    here_mm = table_now_mm(state, moment)
    move = TableMove(from_mm=here_mm, to=to, began_s=moment.s)
    moving = outcome.having(move=move, table=TablePosition.MOVING, table_mm=here_mm)
    return moving.logged(TableMoved, moment, table=TablePosition.MOVING, table_mm=here_mm).moved()


def halt_table(outcome: Outcome, moment: Moment) -> Outcome:
    """A moving table stays where it is."""
    if outcome.state.move is None:
        return outcome
    return place_table(outcome, TablePosition.ELSEWHERE, table_now_mm(outcome.state, moment), moment)


def place_table(outcome: Outcome, table: TablePosition, table_mm: float, moment: Moment) -> Outcome:
    state = outcome.state
    inside = state.patient is not None and in_the_bore(table_mm)
    body = state.body.in_the_bore(state.scan_s(moment), inside=inside)
    placed = outcome.having(move=None, table=table, table_mm=table_mm, body=body)
    return placed.logged(TableMoved, moment, table=table, table_mm=table_mm).moved()


def _table_arrives(outcome: Outcome, moment: Moment) -> Outcome:
    move = outcome.state.move
    if move is None or table_now_mm(outcome.state, moment) != move.to_mm:
        return outcome
    return place_table(outcome, move.to, move.to_mm, moment)

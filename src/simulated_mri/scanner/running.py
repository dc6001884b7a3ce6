"""Setting, preparing, starting and stopping.

- A step is committed under a number; prepare names that number, so that nothing else can run.
- A token is used once. It dies after 2 s, at any stop, when door, table or coil changed, with the
  bulb, a fault, another patient, or its step set anew.
- A command id runs at most once, ever.
- No step begins that would carry a running average above the limits of the decided mode.
- No step begins whose B1+rms is above an implant's label; one that runs while its last 10 s are, is ended.
- A stop is always taken: afterwards nothing is prepared, nothing runs, no table moves.
"""

from __future__ import annotations

import math
from dataclasses import replace

from mr_contract.scanner_messages import (
    BecameIdle,
    Prepare,
    Rejected,
    Started,
    Stop,
    StopReceived,
    StopTaken,
)
from mr_contract.scanner_messages import (
    Prepared as PreparedReply,
)
from mr_contract.vocabulary import OperatingMode, TablePosition
from simulated_mri.scanner import averages
from simulated_mri.scanner.inputs import PrepareAsked, StartAsked, StepSet
from simulated_mri.scanner.passing import begin, end_acquisition, halt_table
from simulated_mri.scanner.state import (
    TOKEN_VALID_S,
    Accepting,
    Acquiring,
    Committed,
    Moment,
    Outcome,
    Prepared,
    State,
    without_token,
)

MOST_STEPS = 200
_MODES = tuple(OperatingMode)


def commit(outcome: Outcome, asked: StepSet, moment: Moment) -> Outcome:
    """Keep a step under its id and a new setting number, unless what it was worked out for has changed."""
    state, step = outcome.state, asked.step
    if state.patient is None or step.registration != state.registration or step.coil != state.coil:
        return _no(outcome, asked.request_id, "patient or coil changed meanwhile", "Set the step again")
    if len(state.commits) >= MOST_STEPS and step.step_id not in state.commits:
        return _no(outcome, asked.request_id, f"{MOST_STEPS} steps are set already", "Close the exam")
    setting = state.last_setting + 1
    waited_s = wait_s_of(state, step, step.achieved.prediction.mode, moment)
    prediction = step.achieved.prediction.model_copy(update={"wait_s": waited_s})
    told = {"reply_to": asked.request_id, "setting": setting, "prediction": prediction}
    achieved = step.achieved.model_copy(update=told)
    kept = replace(step, achieved=achieved)
    if isinstance(state.phase, Prepared | Accepting) and _prepared_step(state.phase) == step.step_id:
        outcome = without_token(outcome, "the step was set anew")
    return outcome.having(
        commits={**state.commits, step.step_id: kept}, last_setting=setting
    ).answered(achieved)  # fmt: skip


def prepare(outcome: Outcome, asked: PrepareAsked, moment: Moment) -> Outcome:
    """Give a token, or say everything that stands against it."""
    state, request = outcome.state, asked.request
    obstacles = (
        *(_command_obstacles(state, request) or _exposure_obstacles(state, request, moment)),
        *room_obstacles(state),
    )
    if obstacles:
        return _no_all(outcome, request.request_id, obstacles)
    given = without_token(outcome, "a newer one was prepared").having(
        phase=Prepared(
            token=asked.token,
            request=request,
            step=state.commits[request.step_id],
            moved_number=state.moved_number,
            until_s=moment.s + TOKEN_VALID_S,
        )
    )
    return given.answered(
        PreparedReply(
            reply_to=request.request_id,
            token=asked.token,
            command_id=request.command_id,
            revision=request.revision,
            number=state.number,
            valid_for_s=TOKEN_VALID_S,
        )
    )


def start(outcome: Outcome, asked: StartAsked, moment: Moment) -> Outcome:
    """Begin, if the token lives and nothing stands against it; without a reply when taken late."""
    state, request = outcome.state, asked.request
    if not isinstance(state.phase, Prepared) or state.phase.token != request.token:
        return _no(outcome, request.request_id, _why_no_token(state, request.token), "Prepare again")
    prepared = state.phase
    obstacles = room_obstacles(state)
    if prepared.moved_number != state.moved_number:
        obstacles = (("door, table or coil changed since prepare", "Prepare again"), *obstacles)
    if obstacles:
        spent = without_token(outcome, "its start was refused")
        return _no_all(spent, request.request_id, obstacles)
    if asked.late_s > 0:
        return outcome.having(phase=Accepting(prepared, moment.s + asked.late_s))
    begun = begin(outcome, prepared, moment)
    return begun.answered(started_reply(begun.state, request.request_id))


def started_reply(state: State, request_id: int) -> Started | Rejected:
    """The reply to a start, once it is known whether it was carried out."""
    run = state.phase
    if not isinstance(run, Acquiring):
        return Rejected(reply_to=request_id, why="the start was voided before it was carried out")
    return Started(reply_to=request_id, command_id=run.request.command_id, acquisition_id=run.acquisition_id)


def stop(outcome: Outcome, request: Stop, moment: Moment) -> Outcome:
    """Always taken; what ran keeps the lines it has."""
    run = outcome.state.phase
    was_running = run.acquisition_id if isinstance(run, Acquiring) else None
    taken = outcome.logged(StopReceived, moment, by=request.by)
    quiet = halt_table(without_token(taken, "a stop came"), moment)
    if was_running is not None:
        quiet = end_acquisition(quiet, moment, why=f"stopped by {request.by}"[:160])
    elif not quiet.state.fault:
        quiet = quiet.logged(BecameIdle, moment)
    return quiet.answered(
        StopTaken(reply_to=request.request_id, number=quiet.state.number, was_running=was_running)
    )


def room_obstacles(state: State) -> tuple[tuple[str, str], ...]:
    """(why, remedy) of everything in the room that keeps a scan from beginning."""
    checks = (
        (bool(state.fault), f"fault: {state.fault}", "Clear it at the scanner"),
        (state.patient is None, "no patient is registered", "Register the patient"),
        (not state.door_closed, "the door is open", "Close the door"),
        (state.bulb_calling, "the patient squeezed the bulb", "Answer the patient"),
        (state.coil is None, "no coil is connected", "Connect the coil"),
        (state.landmark is None, "no landmark is set", "Set the landmark"),
        (state.table is not TablePosition.ISOCENTRE, "the table is not at the isocentre", "Move it in"),
    )
    return tuple((why, remedy) for open_, why, remedy in checks if open_)


def _command_obstacles(state: State, request: Prepare) -> tuple[tuple[str, str], ...]:
    """(why, remedy) of everything about this command that keeps it from being prepared."""
    if isinstance(state.phase, Acquiring | Accepting):
        return (("an acquisition is running or starting", "Wait, or stop it"),)
    if request.command_id in state.commands_run:
        return (("this command id has already run", "Give each start its own id"),)
    step = state.commits.get(request.step_id)
    if step is None:
        return (("this step was not set", "Set it first"),)
    if step.registration != state.registration or step.coil != state.coil:
        return (("the step was set for another patient or coil", "Set it again"),)
    if step.landmark not in (None, state.landmark):
        return (("the landmark was changed: another part of the body is exposed", "Set the step again"),)
    if step.achieved.setting != request.setting:
        return ((f"the step was set anew (setting {step.achieved.setting})", "Look at the new values"),)
    predicted_ut, label_ut = step.achieved.prediction.b1_rms_ut, state.implant_b1_limit_ut
    if label_ut is not None and predicted_ut > label_ut:
        why = f"B1+rms {predicted_ut:.2f} µT is above the implant's label, {label_ut:g} µT"
        return ((why, "Lower the refocusing or flip angle, or lengthen TR"),)
    needed = step.achieved.prediction.mode
    if OperatingMode.SECOND_LEVEL in (needed, request.mode):
        return (("second level controlled mode is not available", "Lower the exposure"),)
    if _MODES.index(needed) > _MODES.index(request.mode):
        return ((f"the step needs {needed} mode, {request.mode} was decided", "Lower the exposure"),)
    return ()


def _exposure_obstacles(state: State, request: Prepare, moment: Moment) -> tuple[tuple[str, str], ...]:
    """The running averages that this step would carry above the limits of the decided mode."""
    if state.patient is None:
        return ()
    waited_s = wait_s_of(state, state.commits[request.step_id], request.mode, moment)
    if waited_s == 0:
        return ()
    minutes, seconds = divmod(math.ceil(waited_s), 60)
    why = (
        f"the 6-minute average of the SAR would be above the limit: start possible in {minutes}:{seconds:02d}"
    )
    return ((why, "Wait, or lower the exposure"),)


def wait_s_of(state: State, step: Committed, mode: OperatingMode, moment: Moment) -> float:
    """How long the running averages ask to wait, by the clock; what no waiting helps is refused by its mode.

    The averages live in scan time, which passes `speed` times as fast: whoever waits, waits by the clock.
    """
    if state.patient is None or not state.spells:
        return 0.0
    now_s = state.scan_s(moment)
    lasts_s = step.plan.duration_s if step.plan.pace is None else step.achieved.duration_s
    planned = averages.spell_of(now_s, now_s + lasts_s, step.achieved.prediction)
    waited_s = averages.wait_s(
        averages.kept(state.spells, now_s), planned, averages.limits(mode, state.patient, step.landmark)
    )
    return waited_s / state.speed if math.isfinite(waited_s) else 0.0


def _why_no_token(state: State, token: str) -> str:
    dead, why = state.dead_token
    return f"the token is no longer valid: {why}" if token == dead else "this token is not known"


def _prepared_step(phase: Prepared | Accepting) -> str:
    return (phase.prepared if isinstance(phase, Accepting) else phase).step.step_id


def _no(outcome: Outcome, request_id: int, why: str, remedy: str) -> Outcome:
    return outcome.answered(Rejected(reply_to=request_id, why=why, remedy=remedy))


def _no_all(outcome: Outcome, request_id: int, obstacles: tuple[tuple[str, str], ...]) -> Outcome:
    why = "; ".join(why for why, _ in obstacles)
    remedy = "; ".join(remedy for _, remedy in obstacles)
    return _no(outcome, request_id, why[:160], remedy[:160])

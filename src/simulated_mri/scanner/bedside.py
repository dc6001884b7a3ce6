"""What happens to the patient: movements, words, sensors, needle, and who or how they really are.

None of it is told to the scanner, and none of it stops a scan: it is seen in signs of life and pictures.
A label's limit of an implant is the exception: the scanner refuses what is above it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from simulated_mri.patient.body import LONGEST_HOLD_S, Body
from simulated_mri.scanner.inputs import (
    BodyInput,
    BreathCommanded,
    ContrastHappened,
    ImplantLabelled,
    PatientIs,
    PatientLies,
    PatientMoved,
    PatientTold,
    SensorAttached,
)
from simulated_mri.scanner.state import Moment, Outcome, State, without_token

FRIGHT = 0.3


def happen(outcome: Outcome, what: BodyInput, moment: Moment) -> Outcome:
    """The state afterwards; no event of the scanner."""
    state, now_s = outcome.state, outcome.state.scan_s(moment)
    body = state.body
    match what:
        case PatientMoved(motion):
            return outcome.having(body=body.moved(motion, now_s))
        case PatientTold(words):
            return outcome.having(body=_told(body, words, now_s))
        case BreathCommanded(breath, language):
            return outcome.having(body=body.commanded(breath, language, now_s))
        case SensorAttached(sensor, attached):
            return outcome.having(body=body.with_sensor(sensor, attached=attached))
        case PatientIs(character):
            return outcome.having(body=fresh_body(replace(body, character=character), state, now_s))
        case PatientLies(lying):
            return outcome.having(lying=lying)
        case ContrastHappened("given"):
            return outcome.having(agent_given_s=now_s)
        case ContrastHappened("extravasated"):
            return outcome.having(extravasated_s=now_s)
        case ContrastHappened():
            return outcome.having(extravasated_s=None)
        case ImplantLabelled(b1_rms_ut):
            labelled = outcome.having(implant_b1_limit_ut=b1_rms_ut)
            return without_token(labelled, "the implant's label was entered")
        case _:
            assert_never(what)


def fresh_body(body: Body, state: State, now_s: float) -> Body:
    """As on arrival: at ease, breathing, nothing moved yet; what is attached stays attached."""
    fresh = Body(character=body.character, sensors=body.sensors)
    fresh = replace(fresh, anxiety=replace(fresh.anxiety, since_s=now_s))
    return fresh.in_the_bore(now_s, inside=in_the_bore(state.table_mm))


def in_the_bore(table_mm: float) -> bool:
    """Whether the table is far enough in for the patient to feel enclosed."""
    return abs(table_mm) < 600.0


def _told(body: Body, words: str, now_s: float) -> Body:
    match words:
        case "hold":
            return body.told_to_hold(now_s, LONGEST_HOLD_S)
        case "breathe":
            return body.told_to_breathe(now_s)
        case "comfort":
            return body.comforted(now_s)
        case _:
            return body.frightened(FRIGHT, now_s)

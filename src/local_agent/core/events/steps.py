"""The protocol and its steps, up to a start."""

from __future__ import annotations

from typing import Literal

from local_agent.core.events.event import Event
from mr_contract.exposure import ExposurePrediction
from mr_contract.geometry import SliceGroups
from mr_contract.model import Digest, Identifier, Model, ParameterValues, ShortText
from mr_contract.parameters import Changes


class StepPlan(Model):
    """A step as achieved: all that its revision is made of, and what was predicted."""

    step_id: Identifier
    name: ShortText
    sequence: Identifier
    values: ParameterValues
    slices: SliceGroups
    prediction: ExposurePrediction
    duration_s: float
    relative_snr: float


class ProtocolOpened(Event):
    kind: Literal["protocol_opened"] = "protocol_opened"
    protocol_id: Identifier
    name: ShortText
    version: int
    steps: tuple[StepPlan, ...]


class StepSet(Event):
    """An edit or an undo took effect; `asked` are the keys that were asked for."""

    kind: Literal["step_set"] = "step_set"
    plan: StepPlan
    changes: Changes = ()
    asked: ParameterValues
    undo: bool = False


class StepReachieved(Event):
    """Patient, coil or scanner changed: the same wishes, achieved anew."""

    kind: Literal["step_reachieved"] = "step_reachieved"
    plan: StepPlan


class StepRepeated(Event):
    kind: Literal["step_repeated"] = "step_repeated"
    step_id: Identifier
    new_step_id: Identifier
    reason: ShortText


class StepArmed(Event):
    kind: Literal["step_armed"] = "step_armed"
    command_id: Identifier
    step_id: Identifier
    revision: Digest


class StepDisarmed(Event):
    kind: Literal["step_disarmed"] = "step_disarmed"
    why: ShortText

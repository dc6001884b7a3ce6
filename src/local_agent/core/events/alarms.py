"""Alarms, raised, cleared and acknowledged."""

from __future__ import annotations

from typing import Literal

from local_agent.core.events.event import Event
from mr_contract.model import Identifier
from mr_contract.vocabulary import AlarmKind


class AlarmRaised(Event):
    kind: Literal["alarm_raised"] = "alarm_raised"
    alarm_id: Identifier
    alarm: AlarmKind


class AlarmCleared(Event):
    kind: Literal["alarm_cleared"] = "alarm_cleared"
    alarm: AlarmKind


class AlarmAcknowledged(Event):
    kind: Literal["alarm_acknowledged"] = "alarm_acknowledged"
    alarm_id: Identifier

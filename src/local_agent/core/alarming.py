"""Alarms begin and end on the record."""

from __future__ import annotations

from local_agent.core import events as e
from local_agent.core.desk import Desk, Moment
from mr_contract.vocabulary import AlarmKind


def raise_alarm(desk: Desk, kind: AlarmKind, moment: Moment) -> None:
    """Raise an alarm unless this condition already lasts."""
    alarm = desk.alarms.raise_alarm(kind, desk.boot, moment.wall)
    if alarm is not None:
        desk.record(e.AlarmRaised(alarm_id=alarm.alarm_id, alarm=kind))


def clear_alarm(desk: Desk, kind: AlarmKind) -> None:
    """The condition ended."""
    if desk.alarms.clear(kind) is not None:
        desk.record(e.AlarmCleared(alarm=kind))

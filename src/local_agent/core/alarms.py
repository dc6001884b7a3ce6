"""Alarm conditions of one scanner (IEC 60601-1-8 priorities).

Rules upheld here:
- A condition is shown as long as it lasts or until it is acknowledged after it ended.
- Acknowledging ends the sound, never the display of a condition that lasts.
- The same condition does not alarm twice while it lasts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from mr_contract.views import AlarmView
from mr_contract.vocabulary import AlarmKind, AlarmPriority

PRIORITY: dict[AlarmKind, AlarmPriority] = {
    AlarmKind.SQUEEZE_BULB: AlarmPriority.HIGH,
    AlarmKind.LINK_LOST_WHILE_SCANNING: AlarmPriority.HIGH,
    AlarmKind.SCANNER_FAULT: AlarmPriority.HIGH,
    AlarmKind.LATE_ACCEPTANCE_STOPPED: AlarmPriority.HIGH,
    AlarmKind.WRONG_PATIENT: AlarmPriority.HIGH,
    AlarmKind.DOOR_OPENED_DURING_SCAN: AlarmPriority.MEDIUM,
    AlarmKind.SCANNER_NOT_HEARD: AlarmPriority.MEDIUM,
    AlarmKind.LOCAL_OPERATOR_ABSENT: AlarmPriority.MEDIUM,
    AlarmKind.PICTURE_FROZEN: AlarmPriority.MEDIUM,
    AlarmKind.LINK_DEGRADED: AlarmPriority.LOW,
}


@dataclass(slots=True)
class AlarmBook:
    """Alarms in the order they were raised."""

    _alarms: dict[str, AlarmView] = field(default_factory=dict)
    _count: int = 0

    def active(self, kind: AlarmKind) -> AlarmView | None:
        """The lasting alarm of this kind."""
        return next((a for a in self._alarms.values() if a.kind is kind and a.active), None)

    def find(self, alarm_id: str) -> AlarmView | None:
        """The alarm of this id, if it is still shown."""
        return self._alarms.get(alarm_id)

    def raise_alarm(self, kind: AlarmKind, prefix: str, wall: datetime) -> AlarmView | None:
        """A new alarm, or None if this condition already lasts."""
        if self.active(kind) is not None:
            return None
        for alarm_id in [a.alarm_id for a in self._alarms.values() if a.kind is kind]:
            del self._alarms[alarm_id]  # ended unseen; the condition is shown again now
        self._count += 1
        alarm = AlarmView(
            alarm_id=f"alarm-{prefix}-{self._count}", kind=kind, priority=PRIORITY[kind], since=wall
        )
        self._alarms[alarm.alarm_id] = alarm
        return alarm

    def clear(self, kind: AlarmKind) -> AlarmView | None:
        """The condition ended; an acknowledged alarm disappears, another stays until acknowledged."""
        alarm = self.active(kind)
        if alarm is None:
            return None
        if alarm.acknowledged_by:
            del self._alarms[alarm.alarm_id]
        else:
            self._alarms[alarm.alarm_id] = alarm.model_copy(update={"active": False})
        return alarm

    def acknowledge(self, alarm_id: str, by: str) -> AlarmView | None:
        """End the sound. None when there is no such alarm."""
        alarm = self._alarms.get(alarm_id)
        if alarm is None:
            return None
        if not alarm.active:
            del self._alarms[alarm_id]
            return alarm
        self._alarms[alarm_id] = alarm.model_copy(update={"acknowledged_by": by})
        return self._alarms[alarm_id]

    def shown(self) -> tuple[AlarmView, ...]:
        """Newest first, high before medium before low."""
        order = tuple(AlarmPriority)
        newest_first = tuple(self._alarms.values())[::-1]
        return tuple(sorted(newest_first, key=lambda a: order.index(a.priority)))[:32]

"""What time alone does: leases lapse, replies are overdue, people are absent, links degrade."""

from __future__ import annotations

from local_agent.core import alarming, audio_check, starting
from local_agent.core.control_inputs import Ticked
from local_agent.core.control_state import RemoteControl
from local_agent.core.controlling import apply_control
from local_agent.core.desk import Desk, Moment
from local_agent.core.editing import check_unchecked, check_waited
from local_agent.core.interlocks import PICTURE_FROZEN_S
from local_agent.core.on_scanner import lost, unanswered
from mr_contract.views import LinkView
from mr_contract.vocabulary import AlarmKind, LinkGrade

SCANNER_SILENT_S = 3.0
REPLY_LIMITS_S = {
    "prepare": starting.PREPARE_LIMIT_S,
    "start": starting.START_LIMIT_S,
    "stop": starting.STOP_LIMIT_S,
}
REPLY_LIMIT_S = 10.0
PICTURE_ALARM_S = 3.0
"""Longer than a camera or the media process takes that is started again."""


def tick(desk: Desk, moment: Moment, holder_link: LinkView) -> None:
    """Called about four times a second."""
    desk.read(holder_link=holder_link)
    apply_control(desk, Ticked(moment.at_s), moment)
    for purpose in desk.overdue(moment.at_s, REPLY_LIMITS_S, REPLY_LIMIT_S):
        unanswered(desk, purpose, moment, "the scanner did not answer in time")
        if purpose.what == "recheck":
            check_unchecked(desk, moment)  # whoever was told to wait for it would wait for ever
    check_waited(desk, moment)
    if desk.welcome is not None and moment.at_s - desk.last_heard_s > SCANNER_SILENT_S:
        lost(desk, moment)
    _presence(desk, moment)
    _link(desk, moment)
    _picture(desk, moment)
    audio_check.settle(desk)
    for line in (*desk.refusals.due(moment.at_s), *desk.repeated.due(moment.at_s)):
        desk.record(line)


def _presence(desk: Desk, moment: Moment) -> None:
    seen = desk.readings.presence_at_s
    absent = seen is not None and moment.at_s - seen > desk.policy.presence_minutes * 60.0
    if absent and desk.facts.exam is not None:
        alarming.raise_alarm(desk, AlarmKind.LOCAL_OPERATOR_ABSENT, moment)
    else:
        alarming.clear_alarm(desk, AlarmKind.LOCAL_OPERATOR_ABSENT)  # also by a door that somebody moved


def _picture(desk: Desk, moment: Moment) -> None:
    """While somebody scans from afar, a picture that stands still is an alarm; a pause is not."""
    age_s = desk.readings.picture_age_s
    watched = desk.policy.picture == "required" and desk.facts.running is not None
    if not watched or age_s is None or age_s <= PICTURE_FROZEN_S:
        alarming.clear_alarm(desk, AlarmKind.PICTURE_FROZEN)
    elif age_s > PICTURE_ALARM_S and isinstance(desk.control.operator, RemoteControl):
        alarming.raise_alarm(desk, AlarmKind.PICTURE_FROZEN, moment)


def _link(desk: Desk, moment: Moment) -> None:
    held = isinstance(desk.control.operator, RemoteControl)
    grade = desk.readings.holder_link.grade
    if held and grade is LinkGrade.RED:
        alarming.raise_alarm(desk, AlarmKind.LINK_DEGRADED, moment)
    elif not held or grade is not LinkGrade.RED:
        alarming.clear_alarm(desk, AlarmKind.LINK_DEGRADED)

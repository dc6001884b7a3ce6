"""Every interlock, judged from facts and readings.

Rules upheld here:
- Unknown is unsafe: what was never read, or no longer is, keeps its interlock from being closed.
- All findings are given at once, each with who can clear it and how.
- An interlock's subject names what it was closed for; when the subject changes, so does the standing.
- `prescription` and `exposure` of a step are judged under that step (`step_findings`), so that editing
  one step does not change the standing of another.
"""

from __future__ import annotations

from local_agent.core.control_state import LocalControl, RemoteControl, SuspendedControl
from local_agent.core.exam_state import Exam
from local_agent.core.judgement import Judgement
from local_agent.core.policy import roster_missing
from local_agent.core.responsibilities import unacknowledged
from local_agent.core.screening import implants_known, screening_findings
from local_agent.core.situation import Situation, step_name
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason
from mr_contract.vocabulary import (
    Interlock,
    LinkGrade,
    Privilege,
    ScannerActivity,
    StartOutcome,
    TablePosition,
)

STATEMENT_FRESH_S = 5.0
PICTURE_FROZEN_S = 1.0
_READY = frozenset({ScannerActivity.IDLE, ScannerActivity.FAULT})
"""A fault has a finding of its own."""


def judge(site: Situation) -> tuple[Judgement, ...]:
    """Every interlock of the scanner, in the order of `Interlock`."""
    return (
        _control(site),
        _consent(site),
        _presence(site),
        _identity(site),
        _screening(site),
        _patient_ready(site),
        _prescription(site),
        _exposure(site),
        _link(site),
        _picture(site),
        _audio_check(site),
        _scanner(site),
        _workload(site),
    )


def _control(site: Situation) -> Judgement:
    match site.control.operator:
        case RemoteControl(holder=holder, request_id=request_id):
            return Judgement(Interlock.CONTROL, subject=f"{holder.link}:{request_id}", note=holder.name)
        case SuspendedControl():
            return Judgement(Interlock.CONTROL, (finding(Reason.CONTROL_SUSPENDED),))
        case LocalControl():
            reason = Reason.CONSENT_PENDING if site.control.pending else Reason.NO_CONTROL
            return Judgement(Interlock.CONTROL, (finding(reason),))


def _consent(site: Situation) -> Judgement:
    operator = site.control.operator
    if isinstance(operator, RemoteControl) and Privilege.START in operator.privileges:
        words = " ".join(p for p in Privilege if p in operator.privileges)
        exam, roster, holder = site.facts.exam, site.facts.roster, operator.holder
        division = exam.division if exam else None
        found = unacknowledged(division, roster, holder.device, holder.name) if exam else ()
        subject = f"{operator.request_id}:{division.count if division else None}"
        return Judgement(Interlock.CONSENT, found, subject=subject, note=words)
    return Judgement(Interlock.CONSENT, (finding(Reason.START_NOT_GRANTED),))


def _presence(site: Situation) -> Judgement:
    people = tuple(site.facts.roster.values())
    found: list[Finding] = []
    missing = roster_missing(site.policy.presence, tuple(p.qualification for p in people))
    if missing:
        found.append(finding(Reason.ROSTER_BELOW_POLICY, missing=missing))
    seen = site.readings.presence_at_s
    if seen is None or site.at_s - seen > site.policy.presence_minutes * 60.0:
        found.append(finding(Reason.PRESENCE_LAPSED, minutes=site.policy.presence_minutes))
    note = f"{len(people)} checked in"
    only_unknown = seen is None and not missing
    subject = f"{site.facts.roster_count}"
    return Judgement(Interlock.PRESENCE, tuple(found), unknown=only_unknown, subject=subject, note=note)


def _identity(site: Situation) -> Judgement:
    exam = site.facts.exam
    if exam is None:
        return Judgement(Interlock.IDENTITY, (finding(Reason.NO_EXAM),))
    if exam.exam_id in site.facts.quarantines:
        subject = f"{exam.exam_id}:quarantined"
        return Judgement(Interlock.IDENTITY, (finding(Reason.EXAM_QUARANTINED),), subject=subject)
    if exam.identity_count is None:
        return Judgement(Interlock.IDENTITY, (finding(Reason.IDENTITY_NOT_CONFIRMED),), subject=exam.exam_id)
    return Judgement(Interlock.IDENTITY, subject=f"{exam.exam_id}:{exam.identity_count}")


def _screening(site: Situation) -> Judgement:
    exam = site.facts.exam
    if exam is None:
        return Judgement(Interlock.SCREENING, (finding(Reason.NO_EXAM),))
    found = tuple(screening_findings(exam))
    subject = f"{exam.exam_id}:{exam.screening_count}:{len(exam.signatures)}:{exam.full_stop_count}"
    by = ""
    if exam.exception is not None:
        subject, by = f"{subject}:{exam.exception.count}", exam.exception.name
    return Judgement(Interlock.SCREENING, found, subject=subject, note=_implants(exam), exception_by=by)


def _implants(exam: Exam) -> str:
    """How many; which they are is shown only where view is granted."""
    count = len(exam.implants)
    if not implants_known(exam):
        return "implants not known"
    return "no implant" if exam.implant_free else f"{count} implant{'' if count == 1 else 's'}"


def _patient_ready(site: Situation) -> Judgement:
    exam = site.facts.exam
    if exam is None:
        return Judgement(Interlock.PATIENT_READY, (finding(Reason.NO_EXAM),))
    found, unknown = room_findings(site)
    ready = exam.ready
    if ready is not None and site.facts.table is TablePosition.ELSEWHERE:
        # Only an accepted step moves the table without voiding what was held for it.
        found = [f for f in found if f.reason is not Reason.TABLE_NOT_AT_ISOCENTRE]
    if ready is None:
        void = {
            "door_was_opened": Reason.DOOR_WAS_OPENED,
            "table_moved": Reason.TABLE_MOVED,
            "coil_changed": Reason.COIL_CHANGED,
            "room_unknown": Reason.ROOM_UNKNOWN,
        }
        found.append(finding(void.get(exam.ready_void, Reason.PATIENT_READY_MISSING)))
        unknown = False
    subject = f"{exam.exam_id}:{ready.count if ready else None}"
    return Judgement(Interlock.PATIENT_READY, tuple(found), unknown=unknown, subject=subject)


def room_findings(site: Situation) -> tuple[list[Finding], bool]:
    """What the room itself lacks for `patient ready`, and whether it is merely not known."""
    facts = site.facts
    if site.readings.scanner is None or facts.door_closed is None:
        return [finding(Reason.ROOM_UNKNOWN)], True
    found: list[Finding] = []
    if not facts.door_closed:
        found.append(finding(Reason.DOOR_OPEN))
    if facts.table is not TablePosition.ISOCENTRE and facts.running is None:
        found.append(finding(Reason.TABLE_NOT_AT_ISOCENTRE))
    if facts.coil is None:
        found.append(finding(Reason.NO_COIL))
    if facts.exam is not None and facts.exam.landmark is None:
        found.append(finding(Reason.LANDMARK_MISSING))
    if site.readings.registration_refused:
        found.append(finding(Reason.SCANNER_REFUSED, why=site.readings.registration_refused[:160]))
    return found, False


def _prescription(site: Situation) -> Judgement:
    exam = site.facts.exam
    if exam is None:
        return Judgement(Interlock.PRESCRIPTION, (finding(Reason.NO_EXAM),))
    if not exam.steps:
        return Judgement(Interlock.PRESCRIPTION, (finding(Reason.NO_STEP),))
    return Judgement(Interlock.PRESCRIPTION, subject=exam.protocol_name, note=exam.protocol_name)


def _exposure(site: Situation) -> Judgement:
    exam = site.facts.exam
    if exam is None:
        return Judgement(Interlock.EXPOSURE, (finding(Reason.NO_EXAM),))
    if exam.data_count is None:
        missing = finding(Reason.PATIENT_DATA_MISSING, missing="weight, height, position")
        return Judgement(Interlock.EXPOSURE, (missing,), unknown=True)
    upto = exam.first_level
    sar = f"{upto.w_per_kg:g} W/kg" if upto.w_per_kg is not None else ""
    pns = f"PNS {upto.pns_percent:g} %" if upto.pns_percent is not None else ""
    limits = ", ".join(words for words in (sar, pns) if words)
    subject = f"{exam.data_count}:{upto.w_per_kg}:{upto.pns_percent}"
    note = f"first level to {limits}" if limits else "normal mode"
    return Judgement(Interlock.EXPOSURE, subject=subject, note=note)


def _link(site: Situation) -> Judgement:
    link = site.readings.holder_link
    if not isinstance(site.control.operator, RemoteControl) or link.grade is LinkGrade.UNKNOWN:
        return Judgement(Interlock.LINK, (finding(Reason.LINK_UNKNOWN),), unknown=True)
    figure = link.round_trip_ms or 0.0
    if link.grade is LinkGrade.RED:
        return Judgement(Interlock.LINK, (finding(Reason.LINK_RED, round_trip_ms=round(figure)),))
    return Judgement(Interlock.LINK, subject=site.control.operator.holder.link, note=f"{figure:.0f} ms")


def _picture(site: Situation) -> Judgement:
    if site.policy.picture == "waived":
        return Judgement(Interlock.PICTURE, note="waived by the site's policy")
    age = site.readings.picture_age_s
    awaited = {s.source for s in site.readings.sources if site.policy.waits_for(s.source, s.kind)}
    if awaited & site.facts.paused_sources:
        return Judgement(Interlock.PICTURE, (finding(Reason.PICTURE_PAUSED),))
    if age is None:
        return Judgement(Interlock.PICTURE, (finding(Reason.PICTURE_UNKNOWN),), unknown=True)
    if age > PICTURE_FROZEN_S:
        return Judgement(Interlock.PICTURE, (finding(Reason.PICTURE_FROZEN, age_s=int(age)),))
    return Judgement(Interlock.PICTURE)


def _audio_check(site: Situation) -> Judgement:
    if site.policy.audio_check == "waived":
        return Judgement(Interlock.AUDIO_CHECK, note="waived by the site's policy")
    check, exam, operator = site.readings.audio_check, site.facts.exam, site.control.operator
    holder = operator.holder if isinstance(operator, RemoteControl) else None
    if exam is None:
        return Judgement(Interlock.AUDIO_CHECK, (finding(Reason.NO_EXAM),))
    if check is None or check.exam_id != exam.exam_id or check.asker != holder:
        return Judgement(Interlock.AUDIO_CHECK, (finding(Reason.AUDIO_UNCHECKED),))
    missing = check.against(site.readings.sound_lines)
    found = (finding(missing),) if missing is not None else ()
    return Judgement(Interlock.AUDIO_CHECK, found, subject=check.check_id)


def _scanner(site: Situation) -> Judgement:
    reading, facts = site.readings.scanner, site.facts
    found: list[Finding] = []
    if site.readings.journal_fault:
        found.append(finding(Reason.JOURNAL_UNWRITABLE, why=site.readings.journal_fault))
    start = facts.open_start
    if start is not None and start.outcome is StartOutcome.UNKNOWN:
        found.append(finding(Reason.OUTCOME_UNKNOWN, step=step_name(facts, start.step_id)))
    if reading is None:
        not_heard = finding(Reason.SCANNER_NOT_HEARD)
        return Judgement(Interlock.SCANNER, (not_heard, *found), unknown=not found)
    if not reading.capabilities.stop and site.scanner_name not in site.policy.scanners_without_stop:
        found.append(finding(Reason.SCANNER_WITHOUT_STOP))
    if facts.fault or reading.activity is ScannerActivity.FAULT:
        found.append(finding(Reason.SCANNER_FAULT, fault=facts.fault or "unnamed"))
    if facts.bulb_squeezed:
        found.append(finding(Reason.SQUEEZE_BULB))
    if facts.stop_latched:
        found.append(finding(Reason.SCANNER_STOPPING))
    elif facts.running is not None:
        running = step_name(facts, facts.running.step_id)
        found.append(finding(Reason.SCANNER_BUSY, activity=f"{running} is running"))
    elif reading.activity not in _READY and not _prepares_for_us(site, reading.activity):
        found.append(finding(Reason.SCANNER_BUSY, activity=f"The scanner is {reading.activity.value}"))
    subject = f"{reading.boot}:{facts.condition_count}"
    return Judgement(Interlock.SCANNER, tuple(found), subject=subject, note=reading.activity.value)


def _prepares_for_us(site: Situation, activity: ScannerActivity) -> bool:
    """Whether the scanner is busy with nothing but our own start: that never changes the standing."""
    return site.on_its_way is not None and activity is ScannerActivity.PREPARING


def _workload(site: Situation) -> Judgement:
    readings = site.readings
    if readings.expected_sites is None:
        holder = isinstance(site.control.operator, RemoteControl)
        why = "the console has not said it yet" if holder else "no console has control"
        return Judgement(Interlock.WORKLOAD, (finding(Reason.WORKLOAD_UNKNOWN, why=why),), unknown=True)
    found: list[Finding] = []
    running, where = len(readings.running_here), list(readings.running_here)
    for name in readings.expected_sites:
        statement = readings.statements.get(name)
        if statement is None or site.at_s - statement.at_s > STATEMENT_FRESH_S:
            found.append(finding(Reason.WORKLOAD_UNKNOWN, why=f"no fresh word from {name}"))
        elif statement.running:
            running += statement.running
            where.append(statement.where or name)
    only_unknown = bool(found)
    if running >= site.policy.max_running:
        only_unknown = False
        found.append(finding(Reason.RUNNING_ELSEWHERE, count=running, where=", ".join(where)))
    note = f"{running + _runs_here(site)} of {site.policy.max_running} running"
    return Judgement(Interlock.WORKLOAD, tuple(found), unknown=only_unknown, note=note)


def _runs_here(site: Situation) -> bool:
    """Whether the holder runs a scan here: counted in the note, and nothing against the next."""
    operator = site.control.operator
    return isinstance(operator, RemoteControl) and site.facts.runs(operator.holder.device)

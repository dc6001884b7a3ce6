"""The journal as DICOM audit messages (PS3.15 A.5; IHE ITI-20 carries them).

- Every record becomes one message: a kind without a line of its own in the table is still exported.
- Nothing identifying leaves: of a body only who acted, the reasons of a refusal and the list of who does what
  are looked at, and a name given there leaves as a digest. The patient is named by the exam's pseudonym.
  Whoever may read the journal finds both there.
- Each message carries the record's number and hash, so that it can be found again in the journal.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from xml.etree import ElementTree as ET

from local_agent.journal.record import Record
from mr_contract.responsibilities import KnownItem

AGENT_USER_ID = "local-agent"
ACTOR_FIELD = "by"
"""The body's field that names who acted: exported as it is only if it is an identifier."""

_PATIENT_NUMBER = {"csd-code": "2", "codeSystemName": "RFC-3881", "originalText": "Patient Number"}
_JOURNAL_RECORD = {
    "csd-code": "journal-record",
    "codeSystemName": "local-agent",
    "originalText": "journal record",
}
_IDENTIFIER = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_ACTOR_ID = re.compile(r"(?=.*[0-9_:-])[A-Za-z0-9._:-]{1,128}")  # "anna" is a name, "anna-3" an id


class Outcome(Enum):
    """EventOutcomeIndicator, PS3.15 A.5.1."""

    SUCCESS = "0"
    MINOR_FAILURE = "4"
    SERIOUS_FAILURE = "8"


@dataclass(frozen=True, slots=True)
class Code:
    """A coded value of DICOM's own terminology (PS3.16 annex D)."""

    value: str
    meaning: str


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """What a kind of record means to an audit repository."""

    event: Code
    action: str
    type: Code | None = None
    outcome: Outcome = Outcome.SUCCESS


_APPLICATION_ACTIVITY = Code("110100", "Application Activity")
_PROCEDURE_RECORD = Code("110111", "Procedure Record")
_PATIENT_RECORD = Code("110110", "Patient Record")
_INSTANCES_TRANSFERRED = Code("110104", "DICOM Instances Transferred")
_NETWORK_ENTRY = Code("110108", "Network Entry")
_SECURITY_ALERT = Code("110113", "Security Alert")
_USER_AUTHENTICATION = Code("110114", "User Authentication")
_START = Code("110120", "Application Start")
_STOP = Code("110121", "Application Stop")
_LOGIN = Code("110122", "Login")
_LOGOUT = Code("110123", "Logout")
_ATTACH = Code("110124", "Attach")
_DETACH = Code("110125", "Detach")
_NODE_AUTHENTICATION = Code("110126", "Node Authentication")
_OVERRIDE_STARTED = Code("110127", "Emergency Override Started")
_SECURITY_CONFIGURATION = Code("110129", "Security Configuration")
_RESTRICTED_FUNCTION = Code("110132", "Use of Restricted Function")
_ROLES_CHANGED = Code("110136", "Security Roles Changed")
_USER_ATTRIBUTES_CHANGED = Code("110137", "User security Attributes Changed")


def _alert(type_: Code, outcome: Outcome = Outcome.SUCCESS) -> AuditEvent:
    return AuditEvent(_SECURITY_ALERT, "E", type_, outcome)


def _procedure(action: str, outcome: Outcome = Outcome.SUCCESS) -> AuditEvent:
    return AuditEvent(_PROCEDURE_RECORD, action, None, outcome)


AUDIT_EVENTS: dict[str, AuditEvent] = {
    "agent_started": AuditEvent(_APPLICATION_ACTIVITY, "E", _START),
    "agent_stopped": AuditEvent(_APPLICATION_ACTIVITY, "E", _STOP),
    "link_opened": AuditEvent(_NETWORK_ENTRY, "E", _ATTACH),
    "link_closed": AuditEvent(_NETWORK_ENTRY, "E", _DETACH),
    "scanner_heard": AuditEvent(_NETWORK_ENTRY, "E", _ATTACH),
    "scanner_lost": AuditEvent(_NETWORK_ENTRY, "E", _DETACH, Outcome.MINOR_FAILURE),
    "checked_in": AuditEvent(_USER_AUTHENTICATION, "E", _LOGIN),
    "checked_out": AuditEvent(_USER_AUTHENTICATION, "E", _LOGOUT),
    "pin_refused": AuditEvent(_USER_AUTHENTICATION, "E", _LOGIN, Outcome.MINOR_FAILURE),
    "control_asked": _alert(_RESTRICTED_FUNCTION),
    "control_granted": _alert(_ROLES_CHANGED),
    "control_denied": _alert(_ROLES_CHANGED, Outcome.MINOR_FAILURE),
    "control_ended": _alert(_ROLES_CHANGED),
    "control_suspended": _alert(_ROLES_CHANGED, Outcome.MINOR_FAILURE),
    "control_resumed": _alert(_ROLES_CHANGED),
    "emergency_exception_signed": _alert(_OVERRIDE_STARTED),
    "violation_seen": _alert(_RESTRICTED_FUNCTION, Outcome.SERIOUS_FAILURE),
    "command_refused": _alert(_RESTRICTED_FUNCTION, Outcome.MINOR_FAILURE),
    "door_refused": _alert(_NODE_AUTHENTICATION, Outcome.SERIOUS_FAILURE),
    "certificate_refused": _alert(_NODE_AUTHENTICATION, Outcome.SERIOUS_FAILURE),
    "invitation_made": _alert(_SECURITY_CONFIGURATION),
    "device_enrolled": _alert(_USER_ATTRIBUTES_CHANGED),
    "device_revoked": _alert(_USER_ATTRIBUTES_CHANGED),
    "tablet_paired": _alert(_USER_ATTRIBUTES_CHANGED),
    "tablet_revoked": _alert(_USER_ATTRIBUTES_CHANGED),
    "policy_loaded": _alert(_SECURITY_CONFIGURATION),
    "identity_confirmed": AuditEvent(_PATIENT_RECORD, "R"),
    "identity_corrected": AuditEvent(_PATIENT_RECORD, "U"),
    "identity_erased": AuditEvent(_PATIENT_RECORD, "D"),
    "patient_data_recorded": AuditEvent(_PATIENT_RECORD, "U"),
    "exam_opened": _procedure("C"),
    "responsibilities_divided": _procedure("U"),
    "responsibilities_acknowledged": _procedure("E"),
    "exam_closed": _procedure("U"),
    "wrong_reported": _procedure("U", Outcome.SERIOUS_FAILURE),
    "correction_proposed": AuditEvent(_PATIENT_RECORD, "U"),
    "correction_signed": AuditEvent(_PATIENT_RECORD, "U"),
    "correction_written": AuditEvent(_INSTANCES_TRANSFERRED, "C"),
    "correction_failed": _procedure("U", Outcome.SERIOUS_FAILURE),
    "series_was_stored": AuditEvent(_INSTANCES_TRANSFERRED, "C"),
    "start_intended": _procedure("E"),
    "start_accepted": _procedure("E"),
    "stop_given": _procedure("E"),
    "stop_confirmed": _procedure("E"),
    "start_refused": _procedure("E", Outcome.MINOR_FAILURE),
    "start_withdrawn": _procedure("E", Outcome.MINOR_FAILURE),
    "start_failed": _procedure("E", Outcome.SERIOUS_FAILURE),
    "start_became_unknown": _procedure("E", Outcome.SERIOUS_FAILURE),
}
_ANY_OTHER = {
    True: _procedure("U"),
    False: AuditEvent(_APPLICATION_ACTIVITY, "E"),
}


def audit_messages(records: Iterable[Record], *, site: str = "") -> Iterator[str]:
    """One XML AuditMessage per record, in order, without an XML declaration.

    Kinds are looked up in words or in CamelCase: `ControlGranted` is `control_granted`.
    """
    for record in records:
        yield ET.tostring(_message(record, site), encoding="unicode")


def _message(record: Record, site: str) -> ET.Element:
    event = AUDIT_EVENTS.get(_meaning(record), _ANY_OTHER[record.exam_id is not None])
    message = ET.Element("AuditMessage")
    identification = ET.SubElement(
        message,
        "EventIdentification",
        EventActionCode=event.action,
        EventDateTime=record.at_wall,
        EventOutcomeIndicator=event.outcome.value,
    )
    _add_code(identification, "EventID", event.event)
    if event.type is not None:
        _add_code(identification, "EventTypeCode", event.type)
    ET.SubElement(
        identification,
        "EventTypeCode",
        {
            "csd-code": _token(record.kind),
            "codeSystemName": "local-agent",
            "originalText": _token(record.kind),
        },
    )
    _add_participants(message, record)
    source = ET.SubElement(message, "AuditSourceIdentification", AuditSourceID=AGENT_USER_ID)
    if site:
        source.set("AuditEnterpriseSiteID", site)
    ET.SubElement(source, "AuditSourceTypeCode", {"csd-code": "4"})
    _add_objects(message, record)
    return message


def _add_participants(message: ET.Element, record: Record) -> None:
    actor = _actor(record.body.get(ACTOR_FIELD))
    if actor is not None:
        ET.SubElement(message, "ActiveParticipant", UserID=actor, UserIsRequestor="true")
    agent = ET.SubElement(
        message,
        "ActiveParticipant",
        UserID=AGENT_USER_ID,
        AlternativeUserID=_token(record.boot_id),
        UserIsRequestor="false" if actor is not None else "true",
    )
    _add_code(agent, "RoleIDCode", Code("110150", "Application"))


def _add_objects(message: ET.Element, record: Record) -> None:
    if record.exam_id is not None:
        _add_object(message, _token(record.exam_id), type_code="1", role="1", id_type=_PATIENT_NUMBER)
    subject = _add_object(message, f"record {record.seq}", type_code="2", role="13", id_type=_JOURNAL_RECORD)
    details = [("hash", record.hash.hex()), ("scanner", _token(record.scanner)), *_responsibilities(record)]
    for type_, value in details:
        encoded = base64.b64encode(value.encode()).decode()
        ET.SubElement(subject, "ParticipantObjectDetail", type=type_, value=encoded)


def _responsibilities(record: Record) -> Iterator[tuple[str, str]]:
    """Digest and content of a list of who does what; an item in the site's own words leaves as a digest."""
    items = record.body.get("items")
    if not _words(record.kind).startswith("responsibilities_") or not isinstance(items, list):
        return
    yield "responsibilities-digest", _token(str(record.body.get("digest", "")))
    ends = {
        _item(str(one.get("item"))): _token(str(one.get("end"))) for one in items if isinstance(one, dict)
    }
    yield "responsibilities", " ".join(f"{item}={end}" for item, end in ends.items())


def _item(item: str) -> str:
    known = item in tuple(KnownItem)
    return item if known else "own-" + hashlib.sha256(item.encode()).hexdigest()[:16]


def _add_object(
    message: ET.Element, object_id: str, *, type_code: str, role: str, id_type: dict[str, str]
) -> ET.Element:
    added = ET.SubElement(
        message,
        "ParticipantObjectIdentification",
        ParticipantObjectID=object_id,
        ParticipantObjectTypeCode=type_code,
        ParticipantObjectTypeCodeRole=role,
    )
    ET.SubElement(added, "ParticipantObjectIDTypeCode", id_type)
    ET.SubElement(added, "ParticipantObjectName").text = object_id
    return added


def _add_code(parent: ET.Element, name: str, code: Code) -> None:
    attributes = {"csd-code": code.value, "codeSystemName": "DCM", "originalText": code.meaning}
    ET.SubElement(parent, name, attributes)


def _meaning(record: Record) -> str:
    """The kind whose line in the table applies: a command refused for its PIN is a failed login."""
    kind = _words(record.kind)
    found = record.body.get("findings") if kind == "command_refused" else None
    reasons = {f.get("reason") for f in found if isinstance(f, dict)} if isinstance(found, list) else set()
    return "pin_refused" if reasons & {"wrong_pin", "pin_locked"} else kind


def _words(kind: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind).lower()


def _actor(value: object) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    if _ACTOR_ID.fullmatch(value):
        return value
    return "person-" + hashlib.sha256(value.encode()).hexdigest()[:16]


def _token(text: str) -> str:
    """The text if it is an identifier, else a mark that it was not: XML holds no surprise, nor a name."""
    return text if _IDENTIFIER.fullmatch(text) else "unprintable" if text else ""

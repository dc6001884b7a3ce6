"""Closed lists of words, one meaning each (the glossary is docs/explanations/vocabulary.md)."""

from __future__ import annotations

from enum import StrEnum, unique


@unique
class Role(StrEnum):
    """What a certificate lets its person be; written by the site's authority, never by the console."""

    REMOTE_OPERATOR = "remote_operator"
    TRAINER = "trainer"
    TRAINEE = "trainee"
    RADIOLOGIST = "radiologist"


@unique
class Privilege(StrEnum):
    """What the local operator grants, each on its own."""

    VIEW = "view"
    TALK = "talk"
    EDIT = "edit"
    START = "start"
    PATIENT = "patient"
    """To be heard by the patient, over the intercom."""


@unique
class Party(StrEnum):
    """Who can clear an open interlock."""

    REMOTE_OPERATOR = "remote_operator"
    LOCAL_OPERATOR = "local_operator"
    BOTH = "both"
    SITE_SUPPORT = "site_support"
    TIME = "time"
    NOBODY = "nobody"


@unique
class Interlock(StrEnum):
    """Everything that must hold before a start, in the order it is shown."""

    CONTROL = "control"
    CONSENT = "consent"
    PRESENCE = "presence"
    IDENTITY = "identity"
    SCREENING = "screening"
    PATIENT_READY = "patient_ready"
    PRESCRIPTION = "prescription"
    EXPOSURE = "exposure"
    LINK = "link"
    PICTURE = "picture"
    AUDIO_CHECK = "audio_check"
    SCANNER = "scanner"
    WORKLOAD = "workload"


@unique
class InterlockState(StrEnum):
    """`unknown` blocks exactly as `open` does."""

    CLOSED = "closed"
    OPEN = "open"
    UNKNOWN = "unknown"


@unique
class StepState(StrEnum):
    """Life of a protocol step. Accepted, acquiring, acquired, images ready and stored are five facts."""

    PLANNED = "planned"
    ARMED = "armed"
    STARTING = "starting"
    ACCEPTED = "accepted"
    ACQUIRING = "acquiring"
    ACQUIRED = "acquired"
    IMAGES_READY = "images_ready"
    STORED = "stored"
    STOPPED = "stopped"
    FAILED = "failed"
    UNKNOWN = "unknown"


@unique
class StartOutcome(StrEnum):
    """What became of one start. `pending` and `unknown` block the next one."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"
    UNKNOWN = "unknown"


@unique
class LinkLossAction(StrEnum):
    """What the agent does with a running scan when the console is lost; agreed with the grant."""

    FINISH_SEQUENCE = "finish_sequence"
    STOP_NOW = "stop_now"


@unique
class ScannerMode(StrEnum):
    """IEEE 11073 device mode; `demo` travels with every datum and image."""

    REAL = "real"
    TEST = "test"
    DEMO = "demo"


@unique
class ScannerActivity(StrEnum):
    """What a scanner says it is doing."""

    IDLE = "idle"
    PREPARING = "preparing"
    ACQUIRING = "acquiring"
    STOPPING = "stopping"
    FAULT = "fault"


@unique
class PrescanStep(StrEnum):
    """What a scanner adjusts before it acquires, in this order; part of the start."""

    FREQUENCY = "frequency"
    TRANSMIT_GAIN = "transmit_gain"
    SHIM = "shim"
    RECEIVE_GAIN = "receive_gain"
    NOISE = "noise"


@unique
class OperatingMode(StrEnum):
    """IEC 60601-2-33 operating modes. Second level is refused outright."""

    NORMAL = "normal"
    FIRST_LEVEL = "first_level"
    SECOND_LEVEL = "second_level"


@unique
class PatientPosition(StrEnum):
    """DICOM Patient Position (0018,5100)."""

    HFS = "HFS"
    HFP = "HFP"
    HFDR = "HFDR"
    HFDL = "HFDL"
    FFS = "FFS"
    FFP = "FFP"
    FFDR = "FFDR"
    FFDL = "FFDL"


@unique
class Sex(StrEnum):
    """DICOM Patient's Sex (0010,0040)."""

    FEMALE = "F"
    MALE = "M"
    OTHER = "O"


@unique
class Side(StrEnum):
    """Laterality of the ordered procedure; `none` where side does not matter."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"
    NONE = "none"


@unique
class Mistaken(StrEnum):
    """What of an exam turned out to be wrong."""

    PATIENT = "patient"
    SIDE = "side"
    PROCEDURE = "procedure"


@unique
class QuarantineState(StrEnum):
    """Life of a quarantine. Only two named people end it, and its original images never leave it."""

    REPORTED = "reported"
    PROPOSED = "proposed"
    CORRECTING = "correcting"
    CORRECTED = "corrected"
    REJECTED = "rejected"


@unique
class Verdict(StrEnum):
    """What two people decide about quarantined images: corrected copies, or none."""

    CORRECT = "correct"
    REJECT = "reject"


@unique
class TablePosition(StrEnum):
    """Where the table is, as far as safety cares."""

    OUT = "out"
    MOVING = "moving"
    ISOCENTRE = "isocentre"
    ELSEWHERE = "elsewhere"


@unique
class Landmark(StrEnum):
    """The reference mark on the patient that the table brings to the isocentre."""

    NASION = "nasion"
    CHIN = "chin"
    STERNUM = "sternum"
    ILIAC_CREST = "iliac_crest"
    KNEE = "knee"


@unique
class Qualification(StrEnum):
    """What a person of the site is, for the presence policy."""

    REGISTERED_TECHNOLOGIST = "registered_technologist"
    TECHNOLOGIST = "technologist"
    TRAINED_AIDE = "trained_aide"
    NURSE = "nurse"
    PHYSICIAN = "physician"


@unique
class RemoteSignature(StrEnum):
    """Whether a remote operator may sign the screening at their console; the site's policy."""

    REFUSED = "refused"
    BY_VIDEO = "by_video"
    """Only while a live picture of people at the scanner is being delivered to them."""
    WITHOUT_VIDEO = "without_video"


@unique
class IdentifierKind(StrEnum):
    """What identity was checked against; two different kinds are needed."""

    SPOKEN_NAME = "spoken_name"
    BIRTH_DATE = "birth_date"
    WRISTBAND = "wristband"
    PATIENT_ID = "patient_id"
    PHOTO_ID = "photo_id"


@unique
class AlarmPriority(StrEnum):
    """IEC 60601-1-8."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@unique
class AlarmKind(StrEnum):
    """What an alarm is about."""

    SQUEEZE_BULB = "squeeze_bulb"
    LINK_LOST_WHILE_SCANNING = "link_lost_while_scanning"
    SCANNER_FAULT = "scanner_fault"
    LATE_ACCEPTANCE_STOPPED = "late_acceptance_stopped"
    WRONG_PATIENT = "wrong_patient"
    DOOR_OPENED_DURING_SCAN = "door_opened_during_scan"
    SCANNER_NOT_HEARD = "scanner_not_heard"
    LOCAL_OPERATOR_ABSENT = "local_operator_absent"
    PICTURE_FROZEN = "picture_frozen"
    LINK_DEGRADED = "link_degraded"


@unique
class LinkGrade(StrEnum):
    """Control link quality: < 200 ms green, to 500 ms amber, then red (no new start)."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    UNKNOWN = "unknown"


@unique
class ControlPhase(StrEnum):
    """Who operates."""

    LOCAL = "local"
    CONSENT_PENDING = "consent_pending"
    REMOTE = "remote"
    SUSPENDED = "suspended"


@unique
class SourceKind(StrEnum):
    """What a source at the site shows."""

    ROOM = "room"
    PATIENT = "patient"
    INJECTOR = "injector"
    CONSOLE_SCREEN = "console_screen"
    TABLET = "tablet"


@unique
class SourceState(StrEnum):
    """What can be seen of a source. `paused` is the local operator's word, and only theirs."""

    STARTING = "starting"
    PLAYING = "playing"
    PAUSED = "paused"
    FAILING = "failing"


@unique
class PictureQuality(StrEnum):
    """Which of a source's two encodings: `low` for a thumbnail."""

    LOW = "low"
    HIGH = "high"


@unique
class AudioCheckPhase(StrEnum):
    """How far “can you hear me?” has come, both ways; what went wrong names the end that heard nothing."""

    ASKED = "asked"
    HEARD_AT_SITE = "heard_at_site"
    PASSED = "passed"
    UNHEARD_AT_SITE = "unheard_at_site"
    UNHEARD_AT_DESK = "unheard_at_desk"


@unique
class HeardAs(StrEnum):
    """What the patient hears over the intercom: a voice as it speaks, or a recording of the site."""

    LIVE = "live"
    RECORDED = "recorded"


@unique
class BreathCommand(StrEnum):
    """What the patient is told to do with their breath."""

    BREATHE_IN = "breathe_in"
    BREATHE_OUT = "breathe_out"
    HOLD = "hold"
    BREATHE = "breathe"
    """Go on breathing freely."""

"""What the journal remembers. Facts are the fold of these events, and of nothing else.

Events are past tense. None carries what identifies a patient: an exam is named by its id, and its
identity lives outside the chain under an erasable key.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter

from local_agent.core.events.acquisitions import (
    AcquisitionBegan,
    AcquisitionFinished,
    ScannerIdled,
    SeriesAnnounced,
    SeriesWasStored,
    StopConfirmed,
    StopGiven,
)
from local_agent.core.events.alarms import AlarmAcknowledged, AlarmCleared, AlarmRaised
from local_agent.core.events.control import (
    ENDS_NO_CONTROL,
    ControlAsked,
    ControlDenied,
    ControlEnded,
    ControlGranted,
    ControlResumed,
    ControlSuspended,
    LinkLossActed,
)
from local_agent.core.events.event import Event
from local_agent.core.events.exam import (
    ExamClosed,
    ExamOpened,
    FirstLevelDecided,
    IdentityConfirmed,
    LandmarkChosen,
    PatientDataRecorded,
    PatientReadyConfirmed,
)
from local_agent.core.events.exchange import (
    AudioChecked,
    AudioCheckVoided,
    NoteSent,
    PicturesBegan,
    PicturesEnded,
    SourcePaused,
    SourceResumed,
    TalkBegan,
    TalkEnded,
)
from local_agent.core.events.intercom import IntercomClosed, IntercomOpened, IntercomWithdrawn
from local_agent.core.events.links import (
    AgentStarted,
    CommandRefused,
    DoorRefused,
    LinkClosed,
    LinkOpened,
    ViolationSeen,
)
from local_agent.core.events.people import CheckedIn, CheckedOut
from local_agent.core.events.quarantine import (
    CorrectionFailed,
    CorrectionProposed,
    CorrectionSigned,
    CorrectionWritten,
    WrongReported,
)
from local_agent.core.events.responsibilities import ResponsibilitiesAcknowledged, ResponsibilitiesDivided
from local_agent.core.events.room import (
    BulbAnswered,
    BulbSqueezed,
    CoilWasChanged,
    DoorMoved,
    RoomUnattested,
    ScannerFaultCleared,
    ScannerFaulted,
    ScannerHeard,
    ScannerLost,
    TableWasMoved,
)
from local_agent.core.events.screening import (
    EmergencyExceptionSigned,
    FullStopConfirmed,
    ScreeningRecorded,
    ScreeningSigned,
    ScreeningSignedRemotely,
)
from local_agent.core.events.starts import (
    StartAccepted,
    StartBecameUnknown,
    StartFailed,
    StartIntended,
    StartRefused,
    StartSettled,
    StartWithdrawn,
)
from local_agent.core.events.steps import (
    ProtocolOpened,
    StepArmed,
    StepDisarmed,
    StepPlan,
    StepReachieved,
    StepRepeated,
    StepSet,
)

__all__ = [
    "ENDS_NO_CONTROL",
    "EVENT_VERSION",
    "JOURNAL_EVENT",
    "AcquisitionBegan",
    "AcquisitionFinished",
    "AgentStarted",
    "AlarmAcknowledged",
    "AlarmCleared",
    "AlarmRaised",
    "AudioCheckVoided",
    "AudioChecked",
    "BulbAnswered",
    "BulbSqueezed",
    "CheckedIn",
    "CheckedOut",
    "CoilWasChanged",
    "CommandRefused",
    "ControlAsked",
    "ControlDenied",
    "ControlEnded",
    "ControlGranted",
    "ControlResumed",
    "ControlSuspended",
    "CorrectionFailed",
    "CorrectionProposed",
    "CorrectionSigned",
    "CorrectionWritten",
    "DoorMoved",
    "DoorRefused",
    "EmergencyExceptionSigned",
    "Event",
    "ExamClosed",
    "ExamOpened",
    "FirstLevelDecided",
    "FullStopConfirmed",
    "IdentityConfirmed",
    "IntercomClosed",
    "IntercomOpened",
    "IntercomWithdrawn",
    "JournalEvent",
    "LandmarkChosen",
    "LinkClosed",
    "LinkLossActed",
    "LinkOpened",
    "NoteSent",
    "PatientDataRecorded",
    "PatientReadyConfirmed",
    "PicturesBegan",
    "PicturesEnded",
    "ProtocolOpened",
    "ResponsibilitiesAcknowledged",
    "ResponsibilitiesDivided",
    "RoomUnattested",
    "ScannerFaultCleared",
    "ScannerFaulted",
    "ScannerHeard",
    "ScannerIdled",
    "ScannerLost",
    "ScreeningRecorded",
    "ScreeningSigned",
    "ScreeningSignedRemotely",
    "SeriesAnnounced",
    "SeriesWasStored",
    "SourcePaused",
    "SourceResumed",
    "StartAccepted",
    "StartBecameUnknown",
    "StartFailed",
    "StartIntended",
    "StartRefused",
    "StartSettled",
    "StartWithdrawn",
    "StepArmed",
    "StepDisarmed",
    "StepPlan",
    "StepReachieved",
    "StepRepeated",
    "StepSet",
    "StopConfirmed",
    "StopGiven",
    "TableWasMoved",
    "TalkBegan",
    "TalkEnded",
    "ViolationSeen",
    "WrongReported",
]

JournalEvent = Annotated[
    AgentStarted
    | LinkOpened
    | LinkClosed
    | ViolationSeen
    | CommandRefused
    | DoorRefused
    | CheckedIn
    | CheckedOut
    | ExamOpened
    | IdentityConfirmed
    | ScreeningRecorded
    | ScreeningSigned
    | ScreeningSignedRemotely
    | EmergencyExceptionSigned
    | FullStopConfirmed
    | PatientDataRecorded
    | LandmarkChosen
    | PatientReadyConfirmed
    | FirstLevelDecided
    | ResponsibilitiesDivided
    | ResponsibilitiesAcknowledged
    | ExamClosed
    | WrongReported
    | CorrectionProposed
    | CorrectionSigned
    | CorrectionWritten
    | CorrectionFailed
    | DoorMoved
    | TableWasMoved
    | CoilWasChanged
    | RoomUnattested
    | ScannerHeard
    | ScannerLost
    | ScannerFaulted
    | ScannerFaultCleared
    | BulbSqueezed
    | BulbAnswered
    | ControlAsked
    | ControlGranted
    | ControlDenied
    | ControlEnded
    | ControlSuspended
    | ControlResumed
    | LinkLossActed
    | ProtocolOpened
    | StepSet
    | StepReachieved
    | StepRepeated
    | StepArmed
    | StepDisarmed
    | StartRefused
    | StartIntended
    | StartAccepted
    | StartWithdrawn
    | StartFailed
    | StartBecameUnknown
    | StartSettled
    | AcquisitionBegan
    | AcquisitionFinished
    | SeriesAnnounced
    | SeriesWasStored
    | StopGiven
    | StopConfirmed
    | ScannerIdled
    | AlarmRaised
    | AlarmCleared
    | AlarmAcknowledged
    | SourcePaused
    | SourceResumed
    | PicturesBegan
    | PicturesEnded
    | TalkBegan
    | TalkEnded
    | AudioChecked
    | AudioCheckVoided
    | IntercomOpened
    | IntercomClosed
    | IntercomWithdrawn
    | NoteSent,
    Field(discriminator="kind"),
]


JOURNAL_EVENT: TypeAdapter[JournalEvent] = TypeAdapter(JournalEvent)


EVENT_VERSION = 1
"""Version written with every record; older ones are upcast when they are read."""

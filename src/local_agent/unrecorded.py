"""Which commands are carried out while the journal cannot be written, and which are refused then.

Rules upheld here:
- Unlisted means refused, in words, before anything is changed: nothing is accepted that must be recorded.
- What makes the site safer is carried out all the same: stop, wrong patient or side, taking control back, a
  no, pausing a picture, silencing an alarm, voiding an audio check, speaking to the patient no more.
- What records nothing is carried out: looking, trying a value, moving the table (the patient must get out).
- A start is judged where every start is judged: its interlock is open.
"""

from __future__ import annotations

from mr_contract.console_messages import (
    AcknowledgeAlarm,
    CloseIntercom,
    ConsoleCommand,
    DisarmStep,
    ListProtocols,
    OpenStep,
    ReleaseControl,
    ReportWrong,
    StartStep,
    StopScan,
    TryEdit,
    VoidAudioCheck,
    WithdrawRequest,
)
from mr_contract.findings import Finding, finding
from mr_contract.reasons import Reason
from mr_contract.tablet_messages import (
    AnswerRequest,
    AnyTabletCommand,
    ConfirmPresence,
    CutIntercom,
    MoveTable,
    PauseSource,
    RevokeControl,
    TabletAcknowledge,
    TabletStop,
    VoidTabletAudioCheck,
)

_SAFER = (
    AcknowledgeAlarm,
    CloseIntercom,
    CutIntercom,
    DisarmStep,
    ReleaseControl,
    ReportWrong,
    RevokeControl,
    StopScan,
    TabletAcknowledge,
    TabletStop,
    VoidAudioCheck,
    VoidTabletAudioCheck,
    WithdrawRequest,
)
_UNRECORDED = (ConfirmPresence, ListProtocols, MoveTable, OpenStep, TryEdit)


def refused_unrecorded(command: ConsoleCommand | AnyTabletCommand, journal_fault: str) -> tuple[Finding, ...]:
    """Why the command is not carried out while the journal has this fault; nothing if it is, or has none."""
    if not journal_fault or isinstance(command, (*_SAFER, *_UNRECORDED, StartStep)):
        return ()
    if isinstance(command, AnswerRequest) and not command.granted:
        return ()
    if isinstance(command, PauseSource) and command.paused:
        return ()
    return (finding(Reason.JOURNAL_UNWRITABLE, why=journal_fault),)

"""What a decision asks of the world. Carried out by the service, in order."""

from __future__ import annotations

from dataclasses import dataclass

from local_agent.core.control_state import Holder
from local_agent.core.events import JournalEvent
from mr_contract.console_messages import SignScreeningRemotely
from mr_contract.findings import Finding
from mr_contract.model import Model
from mr_contract.scanner_messages import ScannerRequest


@dataclass(frozen=True, slots=True)
class Record:
    """Journal this event, under the exam it belongs to."""

    event: JournalEvent
    exam_id: str | None


@dataclass(frozen=True, slots=True)
class RecordIntent:
    """Journal this start's intent durably, and say so (`intent_written`) or say why not."""

    event: JournalEvent
    exam_id: str | None
    command_id: str


@dataclass(frozen=True, slots=True)
class ToScanner:
    """Send this request now."""

    request: ScannerRequest


@dataclass(frozen=True, slots=True)
class Answer:
    """Send this message to one console or tablet link.

    What was recorded in the same turn is written before its acceptance is sent, unless `at_once`: a stop
    waits for no disk.
    """

    link: str
    message: Model
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """Words of the note recorded next: shown with it, and not journalled."""

    text: str


@dataclass(frozen=True, slots=True)
class Dismiss:
    """Close this console's link: it broke the contract."""

    link: str
    why: Finding


@dataclass(frozen=True, slots=True)
class Withhold:
    """Bring the images in these folders of the archive into quarantine, also those that come later."""

    folders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Correct:
    """Write the corrected copies that two people agreed on."""

    exam_id: str
    correction_id: str


@dataclass(frozen=True, slots=True)
class CheckPin:
    """Find the person whom this sender's certificate names and check their PIN; `signing.proved` follows."""

    command: SignScreeningRemotely
    sender: Holder


Effect = Record | RecordIntent | ToScanner | Answer | Note | Dismiss | Withhold | Correct | CheckPin

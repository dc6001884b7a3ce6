"""What a console commands. Imperative; each carries a `command_id` made by the console and is answered
by exactly one `Outcome` naming it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mr_contract.beats import BeatNumber
from mr_contract.exposure import FirstLevelDecision
from mr_contract.geometry import SliceGroups
from mr_contract.intercom import Language
from mr_contract.model import Digest, Identifier, Model, ParameterValues, Pin, ShortText
from mr_contract.responsibilities import ItemName
from mr_contract.standing import StandingNumber
from mr_contract.views import Privileges
from mr_contract.vocabulary import BreathCommand, LinkLossAction, Mistaken


class Command(Model):
    """Common to all commands."""

    command_id: Identifier
    scanner: Identifier


class RequestControl(Command):
    kind: Literal["request_control"] = "request_control"
    privileges: Privileges
    link_loss_action: LinkLossAction
    responsibilities: Digest | None = None
    """Of the list that was shown: asking acknowledges it."""


class MoveResponsibility(Command):
    """Lay one item of this list at the other end; both ends acknowledge anew."""

    kind: Literal["move_responsibility"] = "move_responsibility"
    digest: Digest
    item: ItemName


class AcknowledgeResponsibilities(Command):
    """Take on the remote part of this list."""

    kind: Literal["acknowledge_responsibilities"] = "acknowledge_responsibilities"
    digest: Digest


class WithdrawRequest(Command):
    kind: Literal["withdraw_request"] = "withdraw_request"


class ReleaseControl(Command):
    kind: Literal["release_control"] = "release_control"


class OpenProtocol(Command):
    kind: Literal["open_protocol"] = "open_protocol"
    protocol_id: Identifier


class ListProtocols(Command):
    kind: Literal["list_protocols"] = "list_protocols"


class OpenStep(Command):
    """Ask for the details of a step; answered by `StepChanged`, then the outcome."""

    kind: Literal["open_step"] = "open_step"
    step_id: Identifier


class TryEdit(Command):
    """What would an edit do? Nothing is kept."""

    kind: Literal["try_edit"] = "try_edit"
    step_id: Identifier
    revision: Digest
    changes: ParameterValues = Field(default_factory=dict)
    slices: SliceGroups | None = None


class EditStep(Command):
    """Apply an edit to the revision that was looked at."""

    kind: Literal["edit_step"] = "edit_step"
    step_id: Identifier
    revision: Digest
    changes: ParameterValues = Field(default_factory=dict)
    slices: SliceGroups | None = None


class UndoEdit(Command):
    kind: Literal["undo_edit"] = "undo_edit"
    step_id: Identifier
    revision: Digest


class StartStep(Command):
    """Start what was drawn when the press began: revision and standing; `beat` is the newest one heard."""

    kind: Literal["start_step"] = "start_step"
    step_id: Identifier
    revision: Digest
    standing: StandingNumber
    beat: BeatNumber


class ArmStep(Command):
    """Let the agent put this step through the same gate when the running one ends."""

    kind: Literal["arm_step"] = "arm_step"
    step_id: Identifier
    revision: Digest


class DisarmStep(Command):
    kind: Literal["disarm_step"] = "disarm_step"


class RepeatStep(Command):
    """Queue the step once more, after it, with a reason."""

    kind: Literal["repeat_step"] = "repeat_step"
    step_id: Identifier
    reason: ShortText


class StopScan(Command):
    """Needs no permission, lease or lock; repeating it is harmless."""

    kind: Literal["stop_scan"] = "stop_scan"


class ReportWrong(Command):
    """Wrong patient or side: stops, and quarantines the exam's images. From whoever may stop, like stop."""

    kind: Literal["report_wrong"] = "report_wrong"
    exam_id: Identifier
    mistaken: Mistaken


class AgreeCorrection(Command):
    """The second signature under a correction that a person at the site proposed; needs `edit`."""

    kind: Literal["agree_correction"] = "agree_correction"
    exam_id: Identifier
    correction_id: Identifier


class DecideFirstLevel(Command, FirstLevelDecision):
    """The remote half of the decision for first level controlled mode, up to a stated value."""

    kind: Literal["decide_first_level"] = "decide_first_level"


class SignScreeningRemotely(Command):
    """A remote operator's signature under the screening that was drawn.

    Who signs is the person of the site's roster whom the certificate names; the PIN proves that it is them.
    """

    kind: Literal["sign_screening_remotely"] = "sign_screening_remotely"
    exam_id: Identifier
    pin: Pin
    """Not last: what logs frames shows their ends."""
    screening: Digest


class AcknowledgeAlarm(Command):
    kind: Literal["acknowledge_alarm"] = "acknowledge_alarm"
    alarm_id: Identifier


class SendNote(Command):
    """A written line for the other end; needs `talk`."""

    kind: Literal["send_note"] = "send_note"
    text: Annotated[str, Field(min_length=1, max_length=400)]


class AskAudioCheck(Command):
    """Ask the local operator “can you hear me?”; its `command_id` names the check. Needs `talk`."""

    kind: Literal["ask_audio_check"] = "ask_audio_check"


class ConfirmAudioCheck(Command):
    """Say whether one hears the site, after it said that it hears."""

    kind: Literal["confirm_audio_check"] = "confirm_audio_check"
    check_id: Identifier
    hears: bool


class VoidAudioCheck(Command):
    """Another microphone or headset is in use here: a check that was made proves nothing any more."""

    kind: Literal["void_audio_check"] = "void_audio_check"


class OpenIntercom(Command):
    """Let the patient hear this console's voice until `CloseIntercom`; needs `patient`, and control."""

    kind: Literal["open_intercom"] = "open_intercom"


class CloseIntercom(Command):
    """The patient hears this console's voice no more; harmless where they do not. A recording plays on."""

    kind: Literal["close_intercom"] = "close_intercom"


class GiveBreathCommand(Command):
    """Tell the patient what to do with their breath; needs `patient`, and control.

    The agent decides whether it is the site's recording: always where that is asked for, and wherever the
    round trip is above 300 ms or not known. Else the voice is open until `CloseIntercom`.
    """

    kind: Literal["give_breath_command"] = "give_breath_command"
    breath: BreathCommand
    recorded: bool
    language: Language | None = None
    """Of the recording; null: the site's own choice."""


ConsoleCommand = (
    RequestControl
    | WithdrawRequest
    | ReleaseControl
    | ListProtocols
    | OpenProtocol
    | OpenStep
    | TryEdit
    | EditStep
    | UndoEdit
    | StartStep
    | ArmStep
    | DisarmStep
    | RepeatStep
    | StopScan
    | ReportWrong
    | AgreeCorrection
    | DecideFirstLevel
    | SignScreeningRemotely
    | MoveResponsibility
    | AcknowledgeResponsibilities
    | AcknowledgeAlarm
    | SendNote
    | AskAudioCheck
    | ConfirmAudioCheck
    | VoidAudioCheck
    | OpenIntercom
    | CloseIntercom
    | GiveBreathCommand
)

"""The commands of one scanner, for scripts and windows alike: each returns the agent's outcome."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mr_contract.console_messages import (
    AcknowledgeAlarm,
    AcknowledgeResponsibilities,
    AgreeCorrection,
    ArmStep,
    AskAudioCheck,
    CloseIntercom,
    ConfirmAudioCheck,
    DecideFirstLevel,
    DisarmStep,
    EditStep,
    EditTried,
    GiveBreathCommand,
    ListProtocols,
    MoveResponsibility,
    OpenIntercom,
    OpenProtocol,
    OpenStep,
    Outcome,
    ReleaseControl,
    RepeatStep,
    ReportWrong,
    RequestControl,
    SendNote,
    SignScreeningRemotely,
    StartStep,
    TryEdit,
    UndoEdit,
    VoidAudioCheck,
    WithdrawRequest,
)
from mr_contract.geometry import SliceGroups
from mr_contract.model import ParameterValues
from mr_contract.responsibilities import ResponsibilitiesView
from mr_contract.vocabulary import BreathCommand, LinkLossAction, Mistaken, Privilege
from remote_console.link.agent_client import AgentClient
from remote_console.link.command_ids import new_command_id
from remote_console.link.errors import NotConnected
from remote_console.link.site_view import ScannerView


@dataclass(frozen=True, slots=True)
class ScannerCommands:
    """Commands to one scanner of one site. All raise as `AgentClient.command` does."""

    client: AgentClient
    scanner: str

    @property
    def view(self) -> ScannerView:
        """The latest of everything about this scanner.

        Raises:
            NotConnected: the agent has not named it.
        """
        view = self.client.view.scanners.get(self.scanner)
        if view is None:
            raise NotConnected(f"{self.client.site.name} has not named a scanner {self.scanner}.")
        return view

    async def request_control(
        self,
        privileges: Iterable[Privilege],
        link_loss_action: LinkLossAction = LinkLossAction.FINISH_SEQUENCE,
        *,
        acknowledging: bool = False,
    ) -> Outcome:
        """Ask the local operator; the answer comes as `ControlChanged`.

        `acknowledging`: a person read `responsibilities`, and takes on the remote part by asking.

        Raises:
            NotConnected: acknowledging, and no list was heard yet.
        """
        return await self.client.command(
            RequestControl(
                command_id=new_command_id(),
                scanner=self.scanner,
                privileges=tuple(privileges),
                link_loss_action=link_loss_action,
                responsibilities=self.responsibilities.digest if acknowledging else None,
            )
        )

    @property
    def responsibilities(self) -> ResponsibilitiesView:
        """Who does what at the open exam, as last heard.

        Raises:
            NotConnected: no exam, or no list of it, was heard yet.
        """
        exam = self.view.exam
        if exam is None or exam.responsibilities is None:
            raise NotConnected("No list of responsibilities was heard yet.")
        return exam.responsibilities

    async def move_responsibility(self, item: str) -> Outcome:
        """Lay one item of the list last heard at the other end; both ends acknowledge anew."""
        return await self.client.command(
            MoveResponsibility(
                command_id=new_command_id(),
                scanner=self.scanner,
                digest=self.responsibilities.digest,
                item=item,
            )
        )

    async def acknowledge_responsibilities(self) -> Outcome:
        """Take on the remote part of the list last heard."""
        return await self.client.command(
            AcknowledgeResponsibilities(
                command_id=new_command_id(), scanner=self.scanner, digest=self.responsibilities.digest
            )
        )

    async def withdraw_request(self) -> Outcome:
        """Take back a request that was not answered yet."""
        return await self.client.command(WithdrawRequest(command_id=new_command_id(), scanner=self.scanner))

    async def release_control(self) -> Outcome:
        """Give control back."""
        return await self.client.command(ReleaseControl(command_id=new_command_id(), scanner=self.scanner))

    async def list_protocols(self) -> Outcome:
        """Afterwards they are in `view.protocols`."""
        return await self.client.command(ListProtocols(command_id=new_command_id(), scanner=self.scanner))

    async def open_protocol(self, protocol_id: str) -> Outcome:
        """Plan the exam's steps from a protocol."""
        return await self.client.command(
            OpenProtocol(command_id=new_command_id(), scanner=self.scanner, protocol_id=protocol_id)
        )

    async def open_step(self, step_id: str) -> Outcome:
        """Afterwards its details are in `view.steps`, and follow its changes."""
        return await self.client.command(
            OpenStep(command_id=new_command_id(), scanner=self.scanner, step_id=step_id)
        )

    async def try_edit(
        self, step_id: str, changes: ParameterValues, slices: SliceGroups | None = None
    ) -> EditTried | Outcome:
        """What would an edit do? Nothing is kept."""
        return await self.client.try_edit(
            TryEdit(
                command_id=new_command_id(),
                scanner=self.scanner,
                step_id=step_id,
                revision=self._revision(step_id),
                changes=changes,
                slices=slices,
            )
        )

    async def edit_step(
        self, step_id: str, changes: ParameterValues, slices: SliceGroups | None = None
    ) -> Outcome:
        """Edit the revision last heard."""
        return await self.client.command(
            EditStep(
                command_id=new_command_id(),
                scanner=self.scanner,
                step_id=step_id,
                revision=self._revision(step_id),
                changes=changes,
                slices=slices,
            )
        )

    async def undo_edit(self, step_id: str) -> Outcome:
        """Take the last edit back."""
        return await self.client.command(
            UndoEdit(
                command_id=new_command_id(),
                scanner=self.scanner,
                step_id=step_id,
                revision=self._revision(step_id),
            )
        )

    def prepare_start(self, step_id: str) -> StartStep:
        """What is known at this moment, as the press begins: revision, standing, beat.

        Raises:
            NotConnected: the step, the standing or a beat was not heard yet.
        """
        standing, beat = self.view.standing, self.client.view.beat
        if standing is None or beat is None:
            raise NotConnected("No standing or beat was heard yet.")
        return StartStep(
            command_id=new_command_id(),
            scanner=self.scanner,
            step_id=step_id,
            revision=self._revision(step_id),
            standing=standing.number,
            beat=beat.beat,
        )

    async def start(self, prepared: StartStep) -> Outcome:
        """The final outcome of a start. The same `prepared` again asks for the recorded one."""
        return await self.client.command(prepared)

    async def arm_step(self, step_id: str) -> Outcome:
        """Let the agent start this step when the running one ends, through the same gate."""
        return await self.client.command(
            ArmStep(
                command_id=new_command_id(),
                scanner=self.scanner,
                step_id=step_id,
                revision=self._revision(step_id),
            )
        )

    async def disarm_step(self) -> Outcome:
        """Nothing is started by itself any more."""
        return await self.client.command(DisarmStep(command_id=new_command_id(), scanner=self.scanner))

    async def repeat_step(self, step_id: str, reason: str) -> Outcome:
        """Queue the step once more."""
        return await self.client.command(
            RepeatStep(command_id=new_command_id(), scanner=self.scanner, step_id=step_id, reason=reason)
        )

    async def stop(self) -> Outcome:
        """Stop the scanner. Raises `StopNotDelivered`."""
        return await self.client.stop(self.scanner)

    async def report_wrong(self, exam_id: str, mistaken: Mistaken) -> Outcome:
        """Wrong patient, side or procedure: stops the scan and brings the exam's images into quarantine."""
        return await self.client.command(
            ReportWrong(command_id=new_command_id(), scanner=self.scanner, exam_id=exam_id, mistaken=mistaken)
        )

    async def agree_correction(self, exam_id: str, correction_id: str) -> Outcome:
        """The second signature under what a person at the site proposed about an exam in quarantine."""
        return await self.client.command(
            AgreeCorrection(
                command_id=new_command_id(),
                scanner=self.scanner,
                exam_id=exam_id,
                correction_id=correction_id,
            )
        )

    async def decide_first_level(
        self, up_to_w_per_kg: float | None = None, up_to_pns_percent: float | None = None
    ) -> Outcome:
        """The remote half of the decision for first level controlled mode; name at least one value."""
        return await self.client.command(
            DecideFirstLevel(
                command_id=new_command_id(),
                scanner=self.scanner,
                up_to_w_per_kg=up_to_w_per_kg,
                up_to_pns_percent=up_to_pns_percent,
            )
        )

    async def sign_screening(self, pin: str) -> Outcome:
        """Sign the screening last heard, with this person's own PIN at the site.

        Raises:
            NotConnected: no screening was heard; it is told where `view` is granted.
        """
        exam = self.view.exam
        if exam is None or exam.screening is None:
            raise NotConnected("No screening was heard yet.")
        return await self.client.command(
            SignScreeningRemotely(
                command_id=new_command_id(),
                scanner=self.scanner,
                exam_id=exam.exam_id,
                screening=exam.screening.digest,
                pin=pin,
            )
        )

    async def acknowledge_alarm(self, alarm_id: str) -> Outcome:
        """End an alarm's sound, not its display."""
        return await self.client.command(
            AcknowledgeAlarm(command_id=new_command_id(), scanner=self.scanner, alarm_id=alarm_id)
        )

    async def ask_audio_check(self) -> Outcome:
        """Ask the local operator “can you hear me?”; the outcome's `command_id` names the check."""
        return await self.client.command(AskAudioCheck(command_id=new_command_id(), scanner=self.scanner))

    async def confirm_audio_check(self, check_id: str, *, hears: bool) -> Outcome:
        """Say whether one hears the site, once it said that it hears."""
        return await self.client.command(
            ConfirmAudioCheck(
                command_id=new_command_id(), scanner=self.scanner, check_id=check_id, hears=hears
            )
        )

    async def void_audio_check(self) -> Outcome:
        """Another microphone or headset is in use: what was checked counts no more."""
        return await self.client.command(VoidAudioCheck(command_id=new_command_id(), scanner=self.scanner))

    async def open_intercom(self) -> Outcome:
        """Let the patient hear this console until `close_intercom`; whom they hear is in `view.intercom`."""
        return await self.client.command(OpenIntercom(command_id=new_command_id(), scanner=self.scanner))

    async def close_intercom(self) -> Outcome:
        """The patient hears this console no more."""
        return await self.client.command(CloseIntercom(command_id=new_command_id(), scanner=self.scanner))

    async def give_breath_command(
        self, breath: BreathCommand, *, recorded: bool = False, language: str | None = None
    ) -> Outcome:
        """Spoken live or played at the site, as the agent decides."""
        return await self.client.command(
            GiveBreathCommand(
                command_id=new_command_id(),
                scanner=self.scanner,
                breath=breath,
                recorded=recorded,
                language=language,
            )
        )

    async def send_note(self, text: str) -> Outcome:
        """A written line for the local operator."""
        return await self.client.command(
            SendNote(command_id=new_command_id(), scanner=self.scanner, text=text)
        )

    def _revision(self, step_id: str) -> str:
        """The revision last heard, of the open step or else of the queue."""
        view = self.view
        if (step := view.steps.get(step_id)) is not None:
            return step.revision
        for queued in view.exam.steps if view.exam else ():
            if queued.step_id == step_id:
                return queued.revision
        raise NotConnected(f"The agent has not named a step {step_id}.")

"""One example of every journal event, and the list of all there are, read from their union."""

from __future__ import annotations

from typing import Any, get_args

from local_agent.core import events as e
from local_agent.core.events import JournalEvent
from local_agent.core.knocks import Door, TurnedAway
from local_agent.core.responsibilities import list_digest
from mr_contract.findings import finding
from mr_contract.reasons import Reason
from mr_contract.responsibilities import DEFAULT_RESPONSIBILITIES, End
from mr_contract.vocabulary import (
    AlarmKind,
    BreathCommand,
    HeardAs,
    Landmark,
    LinkLossAction,
    Mistaken,
    PatientPosition,
    Privilege,
    Qualification,
    Role,
    Side,
    TablePosition,
    Verdict,
)

D = "a" * 64
EXAM_1_LIST = list_digest("exam-1", DEFAULT_RESPONSIBILITIES)
"""What an acknowledgement names that counts for the exam of `prepared_site`."""
EVERY_EVENT: frozenset[type[JournalEvent]] = frozenset(get_args(get_args(JournalEvent)[0]))


def examples(plan: e.StepPlan) -> tuple[JournalEvent, ...]:
    """One of each kind; those that name a step, a start or a series name s2, c1 and se1."""
    late = (finding(Reason.LATE),)
    series: dict[str, Any] = {"series_id": "se1", "instance_count": 3}
    return (
        e.AgentStarted(boot="agent-2"),
        e.LinkOpened(link="l1", role=Role.TRAINER),
        e.LinkClosed(link="l1"),
        e.SourcePaused(source="room", title="Magnet room"),
        e.SourceResumed(source="room", title="Magnet room"),
        e.PicturesBegan(by="Mia"),
        e.PicturesEnded(by="Mia", count=3),
        e.TalkBegan(by="Mia", end="console"),
        e.TalkEnded(by="Anna", end="tablet"),
        e.AudioChecked(local="Anna", unheard_at="desk"),
        e.AudioCheckVoided(why=Reason.AUDIO_BROKEN),
        e.IntercomOpened(heard_as=HeardAs.RECORDED, breath=BreathCommand.HOLD, language="de"),
        e.IntercomClosed(why="let_go", lasted_s=2.0),
        e.IntercomWithdrawn(name="Mia"),
        e.ViolationSeen(why="not JSON"),
        e.DoorRefused(door=Door.CONSOLES, why=TurnedAway.CERTIFICATE_FOREIGN, count=7),
        e.CommandRefused(command="edit_step", command_id="c8", findings=late),
        e.CheckedIn(staff_id="zoe", name="Zoe", mr_level=1, qualification=Qualification.TRAINED_AIDE),
        e.CheckedOut(staff_id="anna"),
        e.ExamOpened(
            exam_id="exam-9", procedure="MR knee", side=Side.LEFT, age_years=30, contrast_planned=True,
            identity_digest=D,
        ),
        e.IdentityConfirmed(identifiers=()),
        e.ScreeningRecorded(implant_free=True, implants=()),
        e.ScreeningSigned(staff_id="zoe", mr_level=1),
        e.ScreeningSignedRemotely(by="Mia", staff_id="mia", mr_level=2, screening=D, by_video=True),
        e.EmergencyExceptionSigned(by="Dr. Roth", staff_id="roth", reason="stroke", screening=D),
        e.FullStopConfirmed(),
        e.PatientDataRecorded(weight_kg=61.0, height_cm=165.0, position=PatientPosition.HFS),
        e.LandmarkChosen(landmark=Landmark.NASION),
        e.PatientReadyConfirmed(scanner_boot="mr-1", moved_number=99, coil="head 20"),
        e.FirstLevelDecided(side="remote", up_to_w_per_kg=3.0),
        e.WrongReported(exam_id="exam-1", mistaken=Mistaken.SIDE),
        e.CorrectionProposed(
            exam_id="exam-1", correction_id="correction-1", verdict=Verdict.CORRECT, mistaken=Mistaken.SIDE,
            staff_id="anna", procedure_before="MR knee", procedure_after="MR knee", side_before=Side.LEFT,
            side_after=Side.RIGHT,
        ),
        e.CorrectionSigned(exam_id="exam-1", correction_id="correction-1", staff_id="ben"),
        e.CorrectionWritten(
            exam_id="exam-1", correction_id="correction-1", series_count=2, instance_count=40
        ),
        e.CorrectionFailed(exam_id="exam-1", correction_id="correction-1", why="disk full"),
        e.ResponsibilitiesDivided(
            digest=D, items=DEFAULT_RESPONSIBILITIES, moved="documentation", to=End.LOCAL
        ),
        e.ResponsibilitiesAcknowledged(
            end=End.REMOTE, people=(D,), digest=EXAM_1_LIST, items=DEFAULT_RESPONSIBILITIES
        ),
        e.ExamClosed(),
        e.DoorMoved(closed=False),
        e.TableWasMoved(table=TablePosition.OUT),
        e.CoilWasChanged(coil="body 18"),
        e.RoomUnattested(why="another boot"),
        e.ScannerHeard(scanner_boot="mr-2"),
        e.ScannerLost(),
        e.ScannerFaulted(fault="RF"),
        e.ScannerFaultCleared(),
        e.BulbSqueezed(),
        e.BulbAnswered(),
        e.ControlAsked(
            request_id="r9", link="l9", device=D, name="Tom", role=Role.REMOTE_OPERATOR,
            privileges=(Privilege.VIEW,), link_loss_action=LinkLossAction.STOP_NOW,
        ),
        e.ControlGranted(
            request_id="r9", name="Tom", privileges=(Privilege.EDIT,),
            link_loss_action=LinkLossAction.STOP_NOW,
        ),
        e.ControlDenied(request_id="r9", name="Tom"),
        e.ControlEnded(name="Mia", why="revoked"),
        e.ControlSuspended(name="Mia"),
        e.ControlResumed(name="Mia"),
        e.LinkLossActed(action=LinkLossAction.STOP_NOW),
        e.ProtocolOpened(protocol_id="other", name="Other", version=2, steps=(plan,)),
        e.StepSet(plan=plan, asked={}),
        e.StepReachieved(plan=plan),
        e.StepRepeated(step_id="s2", new_step_id="s2r1", reason="movement"),
        e.StepArmed(command_id="c5", step_id="s2", revision=D),
        e.StepDisarmed(why="taken back"),
        e.StartRefused(command_id="c2", content=D, device=D, step_id="s2", findings=late),
        e.StartIntended(
            command_id="c1", content=D, device=D, step_id="s2", revision=D, token="t1", scanner_number=7,
            standing="agent-1:3",
        ),
        e.StartAccepted(command_id="c1", acquisition_id="a1"),
        e.StartWithdrawn(command_id="c1", findings=late),
        e.StartFailed(command_id="c1", why="no"),
        e.StartBecameUnknown(command_id="c1", why="silence"),
        e.StartSettled(command_id="c1", ran=True),
        e.AcquisitionBegan(command_id="c1", acquisition_id="a1", step_id="s2"),
        e.AcquisitionFinished(
            acquisition_id="a1", step_id="s2", complete=True, why="", lines_acquired=100, lines_total=100
        ),
        e.SeriesAnnounced(step_id="s2", number=1, description="T2", complete=True, **series),
        e.SeriesWasStored(**series),
        e.StopGiven(command_id="x"),
        e.StopConfirmed(by="Anna"),
        e.ScannerIdled(),
        e.AlarmRaised(alarm_id="al1", alarm=AlarmKind.SCANNER_FAULT),
        e.AlarmCleared(alarm=AlarmKind.SCANNER_FAULT),
        e.AlarmAcknowledged(alarm_id="al1"),
        e.NoteSent(length=12),
    )  # fmt: skip

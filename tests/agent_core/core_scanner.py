"""A scanner made of rules: it answers every request as a real one would, at once, and logs what it did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mr_contract import scanner_messages as s
from mr_contract.exposure import ExposurePrediction
from mr_contract.geometry import SliceGroup
from mr_contract.parameters import Conflict, ParameterGroup, ParameterSpec, Remedy
from mr_contract.vocabulary import OperatingMode, ScannerActivity, ScannerMode, TablePosition

WALL = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
AXIAL = SliceGroup(name="g1", centre_mm=(0.0, 0.0, 0.0), row=(1.0, 0.0, 0.0), column=(0.0, 1.0, 0.0))
SPECS = (
    ParameterSpec(key="te_ms", label="TE", group=ParameterGroup.CONTRAST, unit="ms", low=5.0, high=300.0),
)
CAPABLE = s.Capabilities(stop=True, preview=True, move_table=True, room_sensors=True, start_log=True)
STEPS = ("Localizer", "T2 TSE ax", "FLAIR ax")
TOKEN_S = 2.0


def prediction(
    flip_angle_deg: float = 90.0, *, weight_kg: float = 70.0, wait_s: float = 0.0
) -> ExposurePrediction:
    """SAR grows with the flip angle: above 150° first level, above 170° second."""
    mode = OperatingMode.NORMAL
    if flip_angle_deg > 150.0:
        mode = OperatingMode.SECOND_LEVEL if flip_angle_deg > 170.0 else OperatingMode.FIRST_LEVEL
    return ExposurePrediction(
        whole_body_sar_w_per_kg=flip_angle_deg / 60.0 * 70.0 / weight_kg,
        partial_body_sar_w_per_kg=1.0,
        head_sar_w_per_kg=1.0,
        whole_body_limit_w_per_kg=2.0,
        partial_body_limit_w_per_kg=8.0,
        head_limit_w_per_kg=3.2,
        b1_rms_ut=2.0,
        pns_percent=40.0,
        pns_limit_percent=80.0,
        rf_mode=mode,
        gradient_mode=OperatingMode.NORMAL,
        wait_s=wait_s,
    )


@dataclass
class ScriptedScanner:
    """`mute` kinds get no reply; `hold` kinds get theirs only at `release`."""

    boot: str = "mr-1"
    send: Callable[[Any], None] = lambda _: None
    now_s: Callable[[], float] = lambda: 0.0
    door_closed: bool = True
    table: TablePosition = TablePosition.OUT
    coil: str | None = "head 20"
    fault: str = ""
    bulb: bool = False
    wait_s: float = 0.0
    estimate: str = ""
    weight_kg: float = 70.0
    capabilities: s.Capabilities = CAPABLE
    number: int = 0
    moved: int = 0
    registration: int = 0
    setting: int = 0
    commits: dict[str, tuple[int, int, str | None]] = field(default_factory=dict)
    committed: dict[int, dict[str, float | str]] = field(default_factory=dict)
    """Values of each setting."""
    token: tuple[str, s.Prepare, float, int] | None = None
    running: s.RunningAcquisition | None = None
    log: list[Any] = field(default_factory=list)
    log_from: int = 0
    """Events up to this number have been dropped."""
    requests: list[Any] = field(default_factory=list)
    mute: set[str] = field(default_factory=set)
    hold: set[str] = field(default_factory=set)
    held: list[Any] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    """Why requests of a kind are not carried out now."""
    connected: bool = False
    acquisitions: list[str] = field(default_factory=list)
    """Command ids that ran."""

    # ------------------------------------------------------------ requests

    def receive(self, request: Any) -> None:
        """Carry out one request; a muted one is carried out without an answer."""
        self.requests.append(request)
        if request.kind in self.hold:
            self.held.append(request)
            return
        why = self.refuses.get(request.kind)
        refused = s.Rejected(reply_to=request.request_id, why=why, remedy="See to it") if why else None
        reply = refused or self._carry_out(request)
        if request.kind not in self.mute:
            self.send(reply)

    def release(self) -> None:
        """Carry out what was held, in order."""
        held, self.held, self.hold = self.held, [], set()
        for request in held:
            self.send(self._carry_out(request))

    def sent(self, kind: type[Any]) -> list[Any]:
        """Requests of this kind that arrived, in order."""
        return [r for r in self.requests if isinstance(r, kind)]

    def _carry_out(self, r: Any) -> Any:
        number = r.request_id
        match r:
            case s.GetSnapshot():
                return self._snapshot(number)
            case s.GetLog(after=after):
                events = tuple(e for e in self.log if e.number > max(after, self.log_from))[:500]
                return s.LogListed(reply_to=number, events=events, complete=self.log_from <= after)
            case s.RegisterPatient(weight_kg=weight_kg):
                self.registration, self.weight_kg = self.registration + 1, weight_kg
            case s.ListScannerProtocols():
                return s.ScannerProtocolsListed(reply_to=number, protocols=(self._offer(),))
            case s.LoadProtocol():
                steps = tuple(self._achieved(number, "tse", n, self.approved(n), {}, (AXIAL,)) for n in STEPS)
                return s.ProtocolLoaded(reply_to=number, offer=self._offer(), steps=steps)
            case s.CheckStep() | s.SetStep():
                return self._set(r)
            case s.Prepare():
                return self._prepare(r)
            case s.Start(token=token):
                return self._start(number, token)
            case s.Stop():
                return self._stop(r)
            case s.MoveScannerTable(to=to):
                self.move_table(TablePosition(to))
            case _:
                pass
        return s.Pong(reply_to=number, number=self.number) if r.kind == "ping" else self._done(number)

    def approved(self, name: str) -> dict[str, float | str]:
        """Values of a step as the protocol has them."""
        return {"te_ms": 80.0 + len(name), "flip_angle_deg": 90.0}

    def _done(self, reply_to: int) -> s.Done:
        return s.Done(reply_to=reply_to, number=self.number)

    def _offer(self) -> s.ScannerProtocolOffer:
        return s.ScannerProtocolOffer(protocol_id="brain", name="Brain routine", version=1, approved=True)

    def _achieved(
        self,
        reply_to: int,
        sequence: str,
        name: str,
        values: Any,
        changes: Any,
        slices: Any,
        setting: int = 0,
    ) -> s.StepAchieved:
        asked = {**values, **changes}
        conflicts: tuple[Conflict, ...] = ()
        if float(asked["te_ms"]) > 300.0:
            remedy = Remedy(changes={"te_ms": 300.0}, words="TE 300 ms")
            conflicts = (Conflict(key="te_ms", wanted=asked["te_ms"], why="too long", remedies=(remedy,)),)
        return s.StepAchieved(
            reply_to=reply_to,
            sequence=sequence,
            name=name,
            values=dict(values) if conflicts else asked,
            slices=slices,
            specs=SPECS,
            conflicts=conflicts,
            prediction=prediction(
                float(asked["flip_angle_deg"]), weight_kg=self.weight_kg, wait_s=self.wait_s
            ),
            duration_s=60.0,
            estimate=self.estimate,
            relative_snr=1.0,
            coil=self.coil,
            setting=0 if conflicts else setting,
        )

    def _set(self, r: s.SetStep | s.CheckStep) -> s.StepAchieved:
        setting = self.setting + 1 if isinstance(r, s.SetStep) else 0
        name = r.name if isinstance(r, s.SetStep) else ""
        achieved = self._achieved(r.request_id, r.sequence, name, r.values, r.changes, r.slices, setting)
        if isinstance(r, s.SetStep) and not achieved.conflicts:
            self.setting = setting
            self.commits[r.step_id] = (setting, self.registration, self.coil)
            self.committed[setting] = dict(achieved.values)
        return achieved

    def _prepare(self, r: s.Prepare) -> s.Prepared | s.Rejected:
        if self.commits.get(r.step_id) != (r.setting, self.registration, self.coil):
            return s.Rejected(reply_to=r.request_id, why="the step was set anew")
        if self.fault or self.running or not self.door_closed:
            return s.Rejected(reply_to=r.request_id, why="not now")
        self.token = (f"token-{r.request_id}", r, self.now_s(), self.moved)
        return s.Prepared(
            reply_to=r.request_id,
            token=self.token[0],
            command_id=r.command_id,
            revision=r.revision,
            number=self.number,
            valid_for_s=TOKEN_S,
        )

    def _start(self, reply_to: int, token: str) -> s.Started | s.Rejected:
        if self.token is None or self.token[0] != token:
            return s.Rejected(reply_to=reply_to, why="the token is not valid")
        _, prepare, at_s, moved = self.token
        self.token = None
        if self.now_s() - at_s > TOKEN_S or moved != self.moved or self.running:
            return s.Rejected(reply_to=reply_to, why="too late, or something moved")
        self.begin(prepare.command_id, prepare.step_id, prepare.revision)
        return s.Started(
            reply_to=reply_to, command_id=prepare.command_id, acquisition_id=f"acq-{len(self.acquisitions)}"
        )

    def begin(self, command_id: str, step_id: str, revision: str = "0" * 64) -> None:
        """An acquisition begins."""
        self.acquisitions.append(command_id)
        acquisition_id = f"acq-{len(self.acquisitions)}"
        self.running = s.RunningAcquisition(
            acquisition_id=acquisition_id,
            command_id=command_id,
            step_id=step_id,
            fraction=0.0,
            remaining_s=60.0,
            lines_acquired=0,
            lines_total=100,
        )
        self.event(
            s.AcquisitionStarted,
            command_id=command_id,
            acquisition_id=acquisition_id,
            step_id=step_id,
            revision=revision,
        )

    def _stop(self, r: s.Stop) -> s.StopTaken:
        self.token = None
        self.event(s.StopReceived, by=r.by)
        was = self.running.acquisition_id if self.running else None
        self.end(complete=False)
        return s.StopTaken(reply_to=r.request_id, number=self.number, was_running=was)

    # ------------------------------------------------------------ what happens at the scanner

    def event(self, kind: type[Any], **fields: Any) -> None:
        """The next event, logged and sent if connected."""
        self.number += 1
        event = kind(number=self.number, at=WALL, **fields)
        self.log.append(event)
        if self.connected:
            self.send(event)

    def end(self, *, complete: bool = True, images: bool = True) -> None:
        """The running acquisition ends; the scanner is idle again."""
        run = self.running
        if run is not None:
            self.running = None
            ids = {"acquisition_id": run.acquisition_id, "command_id": run.command_id, "step_id": run.step_id}
            lines = 100 if complete else 40
            self.event(s.AcquisitionEnded, **ids, complete=complete, lines_acquired=lines, lines_total=100)
            if images:
                self.event(
                    s.ImagesReady,
                    **ids,
                    series_id=f"series-{run.acquisition_id}",
                    series_number=len(self.acquisitions),
                    description=run.step_id,
                    instance_count=3,
                    complete=complete,
                )
        if not self.fault:
            self.event(s.BecameIdle)

    def _move(self, kind: type[Any], **fields: Any) -> None:
        self.moved = self.number + 1
        self.event(kind, **fields)

    def open_door(self) -> Any:
        if not self.door_closed:
            return None
        self.door_closed = False
        return self._move(s.DoorOpened)

    def close_door(self) -> Any:
        if self.door_closed:
            return None
        self.door_closed = True
        return self._move(s.DoorClosed)

    def move_table(self, table: TablePosition, *, by_step: bool = False) -> Any:
        self.table = table
        self._move(s.TableMoved, table=table, table_mm=0.0, by_step=by_step)

    def change_coil(self, coil: str | None) -> Any:
        if coil == self.coil:
            return None
        self.coil = coil
        return self._move(s.CoilChanged, coil=coil)

    def squeeze(self) -> Any:
        self.bulb = True
        self.event(s.BulbPressed)

    def fail(self, fault: str) -> Any:
        self.fault = fault
        self.event(s.FaultRaised, fault=fault)
        self.end(complete=False)

    def repair(self) -> Any:
        if self.fault:
            self.fault = ""
            self.event(s.FaultCleared)
            if self.running is None:
                self.event(s.BecameIdle)

    def reboot(self) -> Any:
        """A new boot: numbers, commits, tokens and the log begin anew."""
        self.boot = f"mr-{int(self.boot.split('-')[1]) + 1}"
        self.number = self.moved = self.setting = self.log_from = 0
        self.log, self.commits, self.token, self.running = [], {}, None, None

    def welcome(self) -> s.ScannerWelcome:
        """The answer to a hello."""
        return s.ScannerWelcome(
            reply_to=1,
            protocol=1,
            program="scripted",
            model="S",
            serial="1",
            mode=ScannerMode.DEMO,
            field_t=3.0,
            boot=self.boot,
            capabilities=self.capabilities,
        )

    def _snapshot(self, reply_to: int) -> s.Snapshot:
        activity = ScannerActivity.ACQUIRING if self.running else ScannerActivity.IDLE
        return s.Snapshot(
            reply_to=reply_to,
            number=self.number,
            activity=ScannerActivity.FAULT if self.fault else activity,
            fault=self.fault,
            door_closed=self.door_closed,
            table=self.table,
            table_mm=0.0,
            coil=self.coil,
            landmark=None,
            exam_id=None,
            bulb_pressed=self.bulb,
            moved_number=self.moved,
            last_command_id=None,
            running=self.running,
        )

"""The smallest complete adapter: one sequence, one black picture, every rule of the contract.

The example of docs/how-to/adapter.md. It is a demo scanner: nothing is measured, and each picture says so.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pydicom
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

from mr_contract.exposure import ExposurePrediction
from mr_contract.geometry import SliceGroup
from mr_contract.parameters import Conflict, ParameterGroup, ParameterSpec
from mr_contract.scanner_messages import (
    AcknowledgeBulb,
    AcquisitionEnded,
    AcquisitionProgressed,
    AcquisitionStarted,
    BecameIdle,
    Capabilities,
    CheckStep,
    CloseScannerExam,
    Done,
    GetSnapshot,
    ImagesReady,
    LandmarkSet,
    ListScannerProtocols,
    LoadProtocol,
    MoveScannerTable,
    PatientRegistered,
    Ping,
    Pong,
    Prepare,
    Prepared,
    ProtocolLoaded,
    RegisterPatient,
    Rejected,
    RunningAcquisition,
    ScannerProtocolOffer,
    ScannerProtocolsListed,
    ScannerReply,
    ScannerWelcome,
    SetScannerLandmark,
    SetStep,
    Snapshot,
    Start,
    Started,
    StepAchieved,
    Stop,
    StopReceived,
    StopTaken,
    TableMoved,
)
from mr_contract.vocabulary import Landmark, OperatingMode, ScannerActivity, ScannerMode, TablePosition
from scanner_kit import (
    FinishedSeries,
    ModelRequest,
    Outlet,
    ScannerServer,
    ServerSettings,
    read_secret_file,
)

_TOKEN_LIVES_S = 2.0
_LINES = 100
_LINE_S = 0.05
_COIL = "Head"
_TE = ParameterSpec(key="te_ms", label="TE", group=ParameterGroup.CONTRAST, unit="ms", low=10.0, high=100.0)
_OFFER = ScannerProtocolOffer(protocol_id="black", name="Black", version=1, approved=True)
_SLICE = SliceGroup(name="axial", centre_mm=(0.0, 0.0, 0.0), row=(1.0, 0.0, 0.0), column=(0.0, 1.0, 0.0))
_NO_EXPOSURE = ExposurePrediction(
    whole_body_sar_w_per_kg=0.0,
    partial_body_sar_w_per_kg=0.0,
    head_sar_w_per_kg=0.0,
    whole_body_limit_w_per_kg=2.0,
    partial_body_limit_w_per_kg=10.0,
    head_limit_w_per_kg=3.2,
    b1_rms_ut=0.0,
    pns_percent=0.0,
    pns_limit_percent=80.0,
    rf_mode=OperatingMode.NORMAL,
    gradient_mode=OperatingMode.NORMAL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """What a start needs: given once, for one command."""

    token: str
    request: Prepare
    given_s: float


@dataclass(slots=True)
class Run:
    """An acquisition, and how far it is."""

    acquisition_id: str
    request: Prepare
    patient: RegisterPatient
    lines: int = 0


class SmallestScanner:
    """Implements `ScannerModel`. The server says the hello, keeps the log and lets only one agent command."""

    def __init__(self) -> None:
        self._outlet: Outlet
        self._boot = f"boot-{secrets.token_hex(4)}"
        self._number = 0
        self._moved_number = 0
        self._table = TablePosition.OUT
        self._patient: RegisterPatient | None = None
        self._landmark: Landmark | None = None
        self._newest_setting = 0
        self._settings: dict[str, int] = {}
        self._token: Token | None = None
        self._commands: list[str] = []
        self._run: Run | None = None
        self._scan: asyncio.Task[None] | None = None
        self._series = 0

    def attach(self, outlet: Outlet) -> None:
        self._outlet = outlet

    async def welcome(self, reply_to: int) -> ScannerWelcome:
        return ScannerWelcome(
            reply_to=reply_to,
            protocol=1,
            program="smallest_adapter",
            model="Black",
            serial="BLACK-1",
            mode=ScannerMode.DEMO,
            field_t=3.0,
            boot=self._boot,
            capabilities=Capabilities(
                stop=True, preview=False, move_table=True, room_sensors=False, start_log=True
            ),
        )

    async def stop(self, request: Stop) -> StopTaken:
        """Nothing here waits: the stop is done when the reply is written."""
        running = self._run.acquisition_id if self._run is not None else None
        self._token = None
        self._tell(StopReceived, by=request.by)
        self._end(why=f"stopped by {request.by}"[:160])
        return StopTaken(reply_to=request.request_id, number=self._number, was_running=running)

    async def answer(self, request: ModelRequest) -> ScannerReply:
        reply_to = request.request_id
        match request:
            case Ping():
                return Pong(reply_to=reply_to, number=self._number)
            case GetSnapshot():
                return self._snapshot(reply_to)
            case ListScannerProtocols():
                return ScannerProtocolsListed(reply_to=reply_to, protocols=(_OFFER,))
            case LoadProtocol():
                return self._load(request)
            case CheckStep() | SetStep():
                return self._achieve(request)
            case Prepare():
                return self._prepare(request)
            case Start():
                return self._start(request)
            case _:
                return self._at_the_patient(request)

    # ------------------------------------------------------------ patient, table

    def _at_the_patient(
        self,
        request: RegisterPatient | CloseScannerExam | MoveScannerTable | SetScannerLandmark | AcknowledgeBulb,
    ) -> Done | Rejected:
        if self._run is not None:
            return Rejected(reply_to=request.request_id, why="a scan runs", remedy="Stop it, or wait")
        self._token = None
        match request:
            case RegisterPatient():
                self._patient, self._landmark = request, request.landmark or self._landmark
                self._settings.clear()
                self._tell(PatientRegistered, exam_id=request.exam_id)
            case CloseScannerExam():
                self._patient = None
                self._settings.clear()
            case SetScannerLandmark():
                self._landmark = request.landmark
                self._tell(LandmarkSet, landmark=request.landmark)
            case MoveScannerTable():
                self._table = TablePosition(request.to)
                self._tell(TableMoved, table=self._table, table_mm=self._table_mm())
                self._moved_number = self._number
            case AcknowledgeBulb():
                pass  # there is no bulb
        return Done(reply_to=request.request_id, number=self._number)

    # ------------------------------------------------------------ steps

    def _load(self, request: LoadProtocol) -> ProtocolLoaded | Rejected:
        if request.protocol_id != _OFFER.protocol_id:
            return Rejected(reply_to=request.request_id, why=f"there is no protocol {request.protocol_id}")
        step = _step(request.request_id, "Black", {"te_ms": 20.0}, (_SLICE,))
        return ProtocolLoaded(reply_to=request.request_id, offer=_OFFER, steps=(step,))

    def _achieve(self, request: CheckStep | SetStep) -> StepAchieved | Rejected:
        values = request.values | request.changes
        wanted = values.get("te_ms")
        if request.sequence != "black" or set(values) != {"te_ms"} or not isinstance(wanted, int | float):
            return Rejected(
                reply_to=request.request_id, why="this scanner has one sequence, black, with te_ms"
            )
        name = request.name if isinstance(request, SetStep) else ""
        step = _step(request.request_id, name, {"te_ms": wanted}, request.slices)
        if not 10.0 <= wanted <= 100.0:
            conflict = Conflict(key="te_ms", wanted=wanted, why="TE can be 10 to 100 ms")
            return step.model_copy(update={"conflicts": (conflict,)})
        if not isinstance(request, SetStep):
            return step
        self._token = None
        self._newest_setting += 1
        self._settings[request.step_id] = self._newest_setting
        return step.model_copy(update={"setting": self._newest_setting})

    # ------------------------------------------------------------ start

    def _prepare(self, request: Prepare) -> Prepared | Rejected:
        """Void the token before, whatever follows; then all that stands against it."""
        self._token = None
        against = {
            "a scan runs": self._run is not None,
            "this command ran already": request.command_id in self._commands,
            "the step was not set, or set again since": self._settings.get(request.step_id)
            != request.setting,
            "no patient is registered": self._patient is None,
            "the table is not at the isocentre": self._table is not TablePosition.ISOCENTRE,
        }
        for why, stands in against.items():
            if stands:
                return Rejected(reply_to=request.request_id, why=why)
        self._token = Token(secrets.token_hex(8), request, time.monotonic())
        return Prepared(
            reply_to=request.request_id,
            token=self._token.token,
            command_id=request.command_id,
            revision=request.revision,
            number=self._number,
            valid_for_s=_TOKEN_LIVES_S,
        )

    def _start(self, request: Start) -> Started | Rejected:
        token, self._token = self._token, None
        if token is None or token.token != request.token or self._patient is None:
            return Rejected(reply_to=request.request_id, why="this token is not valid, or not any more")
        if time.monotonic() - token.given_s > _TOKEN_LIVES_S:
            return Rejected(reply_to=request.request_id, why="this token is too old")
        wanted = token.request
        self._commands.append(wanted.command_id)
        self._run = run = Run(f"acq-{len(self._commands)}", wanted, self._patient)
        self._tell(AcquisitionStarted, revision=wanted.revision, **_names(run))
        self._scan = asyncio.create_task(self._acquire(run))
        return Started(
            reply_to=request.request_id, command_id=wanted.command_id, acquisition_id=run.acquisition_id
        )

    async def _acquire(self, run: Run) -> None:
        """A scan of its own: it goes on whether an agent is connected or not."""
        while run.lines < _LINES:
            await asyncio.sleep(_LINE_S)
            if self._run is not run:
                return
            run.lines += 1
            self._tell(AcquisitionProgressed, **_names(run), **_progress(run))
        self._end(why="")

    def _end(self, *, why: str) -> None:
        """End what runs, if anything does; pictures of what was acquired follow."""
        run, self._run = self._run, None
        if run is None:
            return
        complete = run.lines == _LINES
        self._tell(
            AcquisitionEnded,
            complete=complete,
            why=why,
            lines_acquired=run.lines,
            lines_total=_LINES,
            **_names(run),
        )
        self._tell(BecameIdle)
        if run.lines:
            self._send_pictures(run, complete=complete)

    def _send_pictures(self, run: Run, *, complete: bool) -> None:
        self._series += 1
        series_id = str(generate_uid())
        picture = _black_picture(run, series_id, self._series)
        self._outlet.series(FinishedSeries(series_id, run.patient.exam_id, (picture,)))
        self._tell(
            ImagesReady,
            series_id=series_id,
            series_number=self._series,
            description="Black" if complete else "Black (incomplete)",
            instance_count=1,
            complete=complete,
            **_names(run),
        )

    # ------------------------------------------------------------ what is true

    def _snapshot(self, reply_to: int) -> Snapshot:
        run = self._run
        return Snapshot(
            reply_to=reply_to,
            number=self._number,
            activity=ScannerActivity.IDLE if run is None else ScannerActivity.ACQUIRING,
            door_closed=True,
            table=self._table,
            table_mm=self._table_mm(),
            coil=_COIL,
            landmark=self._landmark,
            exam_id=self._patient.exam_id if self._patient is not None else None,
            bulb_pressed=False,
            moved_number=self._moved_number,
            last_command_id=self._commands[-1] if self._commands else None,
            running=None if run is None else RunningAcquisition(**_names(run), **_progress(run)),
        )

    def _table_mm(self) -> float:
        return 0.0 if self._table is TablePosition.ISOCENTRE else 1500.0

    def _tell(self, kind: type, **members: object) -> None:
        """Number an event and put it out: numbers rise by one, without a gap."""
        self._number += 1
        self._outlet.event(kind(number=self._number, at=datetime.now(UTC), **members))


def _step(
    reply_to: int, name: str, values: dict[str, float | str], slices: tuple[SliceGroup, ...]
) -> StepAchieved:
    return StepAchieved(
        reply_to=reply_to,
        sequence="black",
        name=name,
        values=values,
        slices=slices,
        specs=(_TE,),
        prediction=_NO_EXPOSURE,
        duration_s=_LINES * _LINE_S,
        relative_snr=0.0,
        coil=_COIL,
    )


def _names(run: Run) -> dict[str, Any]:
    wanted = run.request
    return {
        "acquisition_id": run.acquisition_id,
        "command_id": wanted.command_id,
        "step_id": wanted.step_id,
    }


def _progress(run: Run) -> dict[str, Any]:
    left = _LINES - run.lines
    return {
        "fraction": run.lines / _LINES,
        "remaining_s": left * _LINE_S,
        "lines_acquired": run.lines,
        "lines_total": _LINES,
    }


def _black_picture(run: Run, series_id: str, series_number: int) -> bytes:
    """One DICOM file (Part 10). A real adapter passes on the files of its scanner as they are."""
    patient = run.patient
    picture = pydicom.Dataset()
    picture.SOPClassUID = SecondaryCaptureImageStorage
    picture.SOPInstanceUID = generate_uid()
    picture.StudyInstanceUID = generate_uid(entropy_srcs=[patient.exam_id])
    picture.SeriesInstanceUID = series_id
    picture.SeriesNumber, picture.InstanceNumber, picture.Modality = series_number, 1, "MR"
    picture.PatientID, picture.PatientName = patient.identity.patient_id, patient.identity.name
    picture.PatientBirthDate = str(patient.identity.birth_date).replace("-", "")
    picture.PatientSex, picture.AccessionNumber = patient.identity.sex.value, patient.accession
    picture.ImageComments, picture.ConversionType = "DEMO, nothing was measured", "SYN"
    picture.Rows = picture.Columns = 16
    picture.SamplesPerPixel, picture.PhotometricInterpretation = 1, "MONOCHROME2"
    picture.BitsAllocated, picture.BitsStored, picture.HighBit = 16, 16, 15
    picture.PixelRepresentation, picture.PixelData = 0, bytes(16 * 16 * 2)
    picture.file_meta = pydicom.dataset.FileMetaDataset()
    picture.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    written = io.BytesIO()
    pydicom.dcmwrite(written, picture, enforce_file_format=True)
    return written.getvalue()


async def serve(secret_file: Path, port: int) -> None:
    """Until the process ends."""
    server = ScannerServer(SmallestScanner(), read_secret_file(secret_file), ServerSettings(port=port))
    print(f"ws://127.0.0.1:{await server.start()}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--secret-file", type=Path, required=True)
    parser.add_argument("--port", type=int, default=8701)
    options = parser.parse_args()
    asyncio.run(serve(options.secret_file, options.port))

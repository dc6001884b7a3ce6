"""What the scanner says by itself: numbered events.

Rules upheld here:
- An event counts once, by its number; before the first snapshot none does, since that tells all of it.
- An acquisition ends, and a series is announced, once: from the live event or from the log.
- A series of an exam that was closed meanwhile is not shown with another patient.
"""

from __future__ import annotations

from dataclasses import replace

from local_agent.core import alarming, editing, settling, starting
from local_agent.core import events as e
from local_agent.core.desk import Desk, Moment
from local_agent.core.positioning import register_again
from mr_contract import scanner_messages as s
from mr_contract.views import ProgressView
from mr_contract.vocabulary import AlarmKind, OperatingMode, ScannerActivity


def scanner_event(desk: Desk, event: s.ScannerEvent, moment: Moment) -> None:
    """One numbered event of the scanner."""
    desk.last_heard_s = moment.at_s
    reading = desk.readings.scanner
    if reading is None:
        return  # before the first snapshot, which tells all of it
    if event.number <= reading.number:
        return  # said before
    reading = replace(reading, number=event.number)
    desk.read(scanner=reading)
    match event:
        case s.DoorOpened() | s.DoorClosed() | s.TableMoved() | s.CoilChanged():
            _room_event(desk, event, moment)
        case s.AcquisitionStarted():
            desk.read(scanner=replace(reading, activity=ScannerActivity.ACQUIRING, progress=None))
            settling.acquisition_started(desk, event, moment)
        case s.AcquisitionProgressed():
            desk.read(scanner=replace(reading, progress=progress_of(event)))
        case s.AcquisitionEnded():
            ended(desk, event, moment)
        case s.ImagesReady():
            images_ready(desk, event)
        case s.BecameIdle():
            desk.read(scanner=replace(reading, activity=ScannerActivity.IDLE, progress=None))
            if desk.facts.running is not None or desk.facts.stop_latched:
                desk.record(e.ScannerIdled(by=desk.scanner))
                alarming.clear_alarm(desk, AlarmKind.LINK_LOST_WHILE_SCANNING)
            register_again(desk, moment)
            starting.start_armed(desk, moment)
        case s.BulbPressed() | s.FaultRaised() | s.FaultCleared() | s.StopReceived():
            _condition_event(desk, event, moment)
        case s.MagnetRead(magnet=magnet):
            desk.read(scanner=replace(reading, magnet=magnet))
        case s.BulbReleased() | s.LandmarkSet() | s.PatientRegistered():
            pass


def _room_event(
    desk: Desk, event: s.DoorOpened | s.DoorClosed | s.TableMoved | s.CoilChanged, moment: Moment
) -> None:
    reading, during = desk.readings.scanner, desk.facts.running is not None
    if isinstance(event, s.DoorOpened | s.DoorClosed):
        desk.read(presence_at_s=moment.at_s)  # somebody at the site moved it
    if reading is not None:
        desk.read(scanner=replace(reading, moved_number=event.number))
    match event:
        case s.DoorOpened():
            desk.record(e.DoorMoved(by=desk.scanner, closed=False, during_scan=during))
            if during:
                alarming.raise_alarm(desk, AlarmKind.DOOR_OPENED_DURING_SCAN, moment)
        case s.DoorClosed():
            desk.record(e.DoorMoved(by=desk.scanner, closed=True, during_scan=during))
        case s.TableMoved(number=number, table=table, by_step=by_step):
            moved = e.TableWasMoved(by=desk.scanner, table=table, by_step=by_step, moved_number=number)
            desk.record(moved)
            register_again(desk, moment)
        case s.CoilChanged(coil=coil):
            desk.record(e.CoilWasChanged(by=desk.scanner, coil=coil))
            editing.recheck_steps(desk, moment)


def _condition_event(
    desk: Desk, event: s.BulbPressed | s.FaultRaised | s.FaultCleared | s.StopReceived, moment: Moment
) -> None:
    match event:
        case s.BulbPressed():
            desk.record(e.BulbSqueezed(by=desk.scanner))
            alarming.raise_alarm(desk, AlarmKind.SQUEEZE_BULB, moment)
        case s.FaultRaised(fault=fault):
            desk.record(e.ScannerFaulted(by=desk.scanner, fault=fault))
            alarming.raise_alarm(desk, AlarmKind.SCANNER_FAULT, moment)
        case s.FaultCleared():
            desk.record(e.ScannerFaultCleared(by=desk.scanner))
            alarming.clear_alarm(desk, AlarmKind.SCANNER_FAULT)
        case s.StopReceived(by=by):
            desk.record(e.StopConfirmed(by=by))


def ended(desk: Desk, event: s.AcquisitionEnded, moment: Moment) -> None:
    """After more than normal mode allows, the SAR average may ask the steps that are left to wait."""
    running = desk.facts.running
    if running is None or running.acquisition_id != event.acquisition_id:
        return
    desk.record(
        e.AcquisitionFinished(
            by=desk.scanner,
            acquisition_id=event.acquisition_id,
            step_id=event.step_id,
            complete=event.complete,
            why=event.why,
            lines_acquired=event.lines_acquired,
            lines_total=event.lines_total,
        )
    )
    alarming.clear_alarm(desk, AlarmKind.LINK_LOST_WHILE_SCANNING)
    step = desk.facts.exam.step(event.step_id) if desk.facts.exam else None
    if step is not None and step.plan.prediction.rf_mode is not OperatingMode.NORMAL:
        editing.recheck_steps(desk, moment)


def images_ready(desk: Desk, event: s.ImagesReady) -> None:
    exam = desk.facts.exam
    step = exam.step(event.step_id) if exam else None
    if exam is None or step is None or event.acquisition_id not in step.acquisitions:
        return  # of an exam that was closed meanwhile: stored, and not shown with another patient
    if any(v.series_id == event.series_id for v in exam.series):
        return
    desk.record(
        e.SeriesAnnounced(
            by=desk.scanner,
            step_id=event.step_id,
            series_id=event.series_id,
            number=event.series_number,
            description=event.description,
            instance_count=event.instance_count,
            complete=event.complete,
        )
    )


def series_stored(desk: Desk, exam_id: str, series_id: str, instance_count: int) -> None:
    """All instances of a series are safely on the site's disk; a scanner may send it again all the same."""
    exam = desk.facts.exam
    if exam is not None and exam.exam_id == exam_id and exam.is_stored(series_id):
        return
    desk.record(
        e.SeriesWasStored(by="agent", series_id=series_id, instance_count=instance_count, exam_id=exam_id)
    )


def progress_of(running: s.RunningAcquisition | s.AcquisitionProgressed) -> ProgressView:
    return ProgressView(
        step_id=running.step_id,
        acquisition_id=running.acquisition_id,
        fraction=running.fraction,
        remaining_s=running.remaining_s,
        lines_acquired=running.lines_acquired,
        lines_total=running.lines_total,
        waiting=running.waiting,
        prescan=running.prescan,
        averages=running.averages,
    )

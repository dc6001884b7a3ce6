"""An `Imaging` whose measuring and reconstructing is done by a process of its own.

Rules:
- The process is there before the scanner serves: at a high speed a first scan would end before its preview.
- One that ended is a `WorkshopLost` for whoever was waiting for it; the next acquisition has another.
- No arithmetic on k-space runs in the scanner's own process: no stop waits for it, not even for a core.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from threading import Lock
from typing import Any

from mr_contract.bulk_messages import PreviewHeader
from mr_contract.scanner_messages import (
    CheckStep,
    RegisterPatient,
    ScannerProtocolOffer,
    SetStep,
    StepAchieved,
)
from scanner_kit import FinishedSeries
from simulated_mri.scanner.conditions import Conditions
from simulated_mri.scanner.imaging import Imaging, Impossible, MadeSeries, Placed
from simulated_mri.scanner.state import Acquiring, Plan
from simulated_mri.scanner.workshop import Asked, Begin, Drop, Made, Measure, Preview, Reconstruct

# Imported by its name, so that what is asked has the same class at both ends.
_PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's, meant for the scanner, which ends this
from simulated_mri.scanner.workshop import main
main()
"""
_END_WITHIN_S = 5.0


class WorkshopLost(RuntimeError):
    """The process that measures and reconstructs has ended."""


class ImagingApart:
    """What `imaging` does, in another process where it is long. `close` ends that process."""

    def __init__(self, imaging: Imaging) -> None:
        self._imaging = imaging
        self._workshop: _Workshop | None = None
        self._opening = Lock()
        self._numbers = count(1)

    def open(self) -> None:
        """Start the process. One that cannot be started is tried again with the next step.

        Raises:
            OSError: no process can be started.
            WorkshopLost: it ended at once.
        """
        self._opened()

    def unsuitable(self, patient: RegisterPatient) -> Impossible | None:
        return self._imaging.unsuitable(patient)

    def offers(self) -> tuple[ScannerProtocolOffer, ...]:
        return self._imaging.offers()

    def load(
        self, protocol_id: str, placed: Placed, *, reply_to: int
    ) -> tuple[StepAchieved, ...] | Impossible:
        return self._imaging.load(protocol_id, placed, reply_to=reply_to)

    def achieve(self, asked: CheckStep | SetStep, placed: Placed) -> StepAchieved | Impossible:
        return self._imaging.achieve(asked, placed)

    def plan(self, achieved: StepAchieved) -> Plan:
        self._opened()
        return self._imaging.plan(achieved)

    def begin(self, run: Acquiring, now: Conditions) -> MeasurementApart:
        workshop = self._opened()
        number = next(self._numbers)
        workshop.ask(Begin(number, run, now))
        return MeasurementApart(workshop, number)

    def close(self) -> None:
        """Whoever waits for the process learns that it is lost."""
        with self._opening:
            if self._workshop is not None:
                self._workshop.close()
                self._workshop = None

    def _opened(self) -> _Workshop:
        with self._opening:
            if self._workshop is not None and self._workshop.process.poll() is not None:
                self._workshop.close()
                self._workshop = None
            if self._workshop is None:
                self._workshop = _opened(self._imaging)
            return self._workshop


class MeasurementApart:
    """One acquisition's k-space, in the other process."""

    def __init__(self, workshop: _Workshop, number: int) -> None:
        self._workshop = workshop
        self._number = number

    def measure(self, lines: int, now: Conditions) -> bool:
        return bool(self._workshop.ask(Measure(self._number, lines, now)))

    def preview(self) -> tuple[PreviewHeader, bytes] | None:
        shown: tuple[PreviewHeader, bytes] | None = self._workshop.ask(Preview(self._number))
        return shown

    def reconstruct(self) -> MadeSeries:
        made: Made = self._workshop.ask(Reconstruct(self._number))
        instances = tuple(self._workshop.instance() for _ in range(made.instance_count))
        return MadeSeries(FinishedSeries(made.series_id, made.exam_id, instances), made.description)

    def drop(self) -> None:
        self._workshop.ask(Drop(self._number))


@dataclass(frozen=True, slots=True)
class _Workshop:
    """The process and the way to it; one question at a time."""

    process: subprocess.Popen[bytes]
    connection: Connection

    def ask(self, asked: Asked) -> Any:
        """Raises WorkshopLost."""
        try:
            self.connection.send(asked)
            return self.connection.recv()
        except (EOFError, OSError):
            raise self._lost() from None

    def instance(self) -> bytes:
        """Raises WorkshopLost."""
        try:
            return self.connection.recv_bytes()
        except (EOFError, OSError):
            raise self._lost() from None

    def _lost(self) -> WorkshopLost:
        """The connection ends a little before the process: whoever asks next must find it ended."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(_END_WITHIN_S)
        return WorkshopLost("the process that measures and reconstructs has ended")

    def close(self) -> None:
        """Ended first: a thread that waits for an answer hears of it by the end of the connection."""
        self.process.kill()
        self.process.wait(_END_WITHIN_S)
        self.connection.close()


def _opened(imaging: Imaging) -> _Workshop:
    """Raises OSError where no process can be started."""
    here, there = Pipe()
    with there:  # the other end is the process's alone
        words = (sys.executable, "-c", _PROGRAM, str(there.fileno()))
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, pass_fds=(there.fileno(),))  # noqa: S603
    workshop = _Workshop(process, here)
    try:
        here.send(imaging)
    except OSError:
        workshop.close()
        raise WorkshopLost("the process that measures and reconstructs could not be started") from None
    return workshop

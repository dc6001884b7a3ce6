"""The process in which images are measured and reconstructed: `main`, given a file descriptor.

Rules:
- Whoever started it asks over one connection, and gets one answer to each question, in order.
- It ends the moment that connection ends, also in the middle of arithmetic.
- It is told the `Imaging` first. Only its parent can send to it, so that pickled values may be read.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from queue import SimpleQueue
from threading import Thread

from simulated_mri.scanner.conditions import Conditions
from simulated_mri.scanner.imaging import Imaging, Measurement
from simulated_mri.scanner.state import Acquiring

# Threads doing arithmetic give the interpreter back this often: the end of the connection is heard soon.
_SWITCH_S = 0.0005
_NICE = 5  # whoever answers stops goes first where there are fewer cores than busy programs


@dataclass(frozen=True, slots=True)
class Begin:
    """Answered by True."""

    number: int
    run: Acquiring
    now: Conditions


@dataclass(frozen=True, slots=True)
class Measure:
    """Answered by what `Measurement.measure` says."""

    number: int
    lines: int
    now: Conditions


@dataclass(frozen=True, slots=True)
class Preview:
    """Answered by what `Measurement.preview` says."""

    number: int


@dataclass(frozen=True, slots=True)
class Reconstruct:
    """Answered by `Made`, then by so many instances as bytes, one by one: none of them is large."""

    number: int


@dataclass(frozen=True, slots=True)
class Drop:
    """Answered by True."""

    number: int


Asked = Begin | Measure | Preview | Reconstruct | Drop


@dataclass(frozen=True, slots=True)
class Made:
    """A series, but for its instances."""

    series_id: str
    exam_id: str
    description: str
    instance_count: int


def main() -> None:
    """Until the connection ends; the first word is the `Imaging`, every other one is `Asked`."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    sys.setswitchinterval(_SWITCH_S)
    os.nice(_NICE)
    connection = Connection(int(sys.argv[1]))
    asked: SimpleQueue[Asked] = SimpleQueue()
    import_module("simulated_mri.scanner.measuring")  # now, not when the first scan waits for it
    imaging: Imaging = connection.recv()
    Thread(target=_listen, args=(connection, asked), daemon=True).start()
    _work(imaging, connection, asked)


def _listen(connection: Connection, asked: SimpleQueue[Asked]) -> None:
    try:
        while True:
            asked.put(connection.recv())
    except (EOFError, OSError):
        os._exit(0)


def _work(imaging: Imaging, connection: Connection, asked: SimpleQueue[Asked]) -> None:
    going: dict[int, Measurement] = {}
    while True:
        match asked.get():
            case Begin(number, run, now):
                going[number] = imaging.begin(run, now)
                connection.send(True)
            case Measure(number, lines, now):
                connection.send(going[number].measure(lines, now))
            case Preview(number):
                connection.send(going[number].preview())
            case Reconstruct(number):
                _reconstruct(going[number], connection)
            case Drop(number):
                del going[number]
                # k-space is a few large arrays in a reference cycle: too few objects to wake the collector.
                gc.collect()
                connection.send(True)


def _reconstruct(measurement: Measurement, connection: Connection) -> None:
    made = measurement.reconstruct()
    series = made.series
    connection.send(Made(series.series_id, series.exam_id, made.description, len(series.instances)))
    for instance in series.instances:
        connection.send_bytes(instance)

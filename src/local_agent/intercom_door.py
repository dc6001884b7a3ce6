"""The patient's intercom at the service: what core decided is told to the media process, and what that says.

Rules upheld here:
- The media process is told what the patient may hear, whole, whenever that is another; at its start: nothing.
- While it is not there, the intercom is known to fail.
- Nothing here waits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from local_agent.core.desk import Desk
from local_agent.core.intercom import recording_ended, settle
from local_agent.core.readings import IntercomReading
from local_agent.media.config import IntercomConfig
from local_agent.media.pipe_messages import (
    IntercomSaid,
    LetPatientHear,
    PlayedRecording,
    RecordingEnded,
    ScannerIntercom,
    ToMedia,
)
from local_agent.media.recordings import recordings_of
from local_agent.service import Service
from mr_contract.device_reasons import DeviceFinding, DeviceReason, device
from mr_contract.vocabulary import HeardAs
from mr_contract.wire import Violation

NOT_YET = device(DeviceReason.OPENING)


@dataclass(slots=True)
class IntercomDoor:
    """On the agent's loop. `media_id_of` gives the connection for sound of a link to a scanner."""

    service: Service
    intercoms: Mapping[str, IntercomConfig]
    """By scanner."""
    directory: Path
    tell: Callable[[ToMedia], bool]
    media_id_of: Callable[[str, str], str | None]
    _told: dict[str, LetPatientHear] = field(default_factory=dict)

    def __post_init__(self) -> None:
        recordings = MappingProxyType(recordings_of(self.directory) if self.intercoms else {})
        for scanner, config in self.intercoms.items():
            reading = IntercomReading(
                recordings=recordings,
                language=config.language or next(iter(recordings), ""),
                simulated=config.is_simulated,
                fault=NOT_YET,
            )
            self.service.desks[scanner].read(intercom=reading)

    def begin(self) -> tuple[ScannerIntercom, ...]:
        """What the media process is told at its start; from then on the patient hears nothing."""
        self._told.clear()
        return tuple(ScannerIntercom(scanner=name, config=config) for name, config in self.intercoms.items())

    def changed(self, desk: Desk) -> None:
        """A desk is another: so may be what its patient hears."""
        if desk.scanner not in self.intercoms:
            return
        wanted = self._wanted(desk)
        told = self._told.get(desk.scanner, LetPatientHear(scanner=desk.scanner))
        if wanted != told and self.tell(wanted):
            self._told[desk.scanner] = wanted

    def _wanted(self, desk: Desk) -> LetPatientHear:
        now = desk.intercom
        if now is None:
            return LetPatientHear(scanner=desk.scanner)
        if now.heard_as is HeardAs.LIVE or now.breath is None:
            voice = self.media_id_of(now.speaker.link, desk.scanner)
            return LetPatientHear(scanner=desk.scanner, voice=voice, breath=now.breath)
        recording = PlayedRecording(number=now.number, language=now.language, breath=now.breath)
        return LetPatientHear(scanner=desk.scanner, recording=recording)

    def hear(self, message: IntercomSaid | RecordingEnded) -> None:
        """Raises Violation for an intercom that nobody declared."""
        if message.scanner not in self.intercoms:
            raise Violation(f"there is no intercom of {message.scanner}")
        desk = self.service.desks[message.scanner]
        match message:
            case IntercomSaid(fault=fault, level=level):
                self._read(desk, fault, level)
            case RecordingEnded(number=number, fault=fault):
                with self.service.turn(desk) as moment:
                    recording_ended(desk, number, moment, failed=bool(fault))

    def end(self, why: DeviceFinding) -> None:
        """The media process is gone."""
        for scanner in self.intercoms:
            self._read(self.service.desks[scanner], why, 0.0)

    def _read(self, desk: Desk, fault: DeviceFinding | None, level: float) -> None:
        reading = desk.readings.intercom
        if reading is not None and (reading.fault, reading.level) != (fault, level):
            with self.service.turn(desk) as moment:
                desk.read(intercom=replace(reading, fault=fault, level=level))
                settle(desk, moment)

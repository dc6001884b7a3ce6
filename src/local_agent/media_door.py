"""The media process at the service: what it is told, what is believed of it, and how old pictures are.

Rules upheld here:
- A source that the local operator paused is shown as paused, whatever the media process says of it.
- Nothing here waits for the media process; while it is not there, pictures are unknown and that is said.
- What the media process says is checked: one that lies is replaced, and makes no picture younger than now.

Who may open a connection, and why it ends: `media_connections.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

from local_agent.core.desk import Desk
from local_agent.core.interlocks import PICTURE_FROZEN_S
from local_agent.core.screening import SHOWS_PEOPLE
from local_agent.core.showing import status_view
from local_agent.intercom_door import IntercomDoor
from local_agent.media.config import MediaSetting, SourceConfig
from local_agent.media.keeping import MediaKeeper
from local_agent.media.pipe_messages import (
    Begin,
    DeliveredPictures,
    FromMedia,
    IntercomSaid,
    PauseSource,
    PicturesSeen,
    RecordingEnded,
    ScannerSources,
    ShowStatus,
    SourceSaid,
)
from local_agent.media.waking import Keeper, MakeKeeper, SleepingKeeper
from local_agent.media_connections import MediaConnections
from local_agent.service import Service
from mr_contract.device_reasons import DeviceFinding, DeviceReason, device
from mr_contract.media_messages import SourceView
from mr_contract.vocabulary import SourceState
from mr_contract.wire import Violation

RESTARTING = device(DeviceReason.MEDIA_RESTARTING)


@dataclass(slots=True)
class MediaDesk:
    """The media process and the desks whose pictures it takes. On the agent's loop."""

    service: Service
    setting: MediaSetting
    make_keeper: MakeKeeper = MediaKeeper
    keeper: Keeper = field(init=False)
    connections: MediaConnections = field(init=False)
    intercoms: IntercomDoor = field(init=False)
    _newest_s: dict[tuple[str, str], float] = field(default_factory=dict)
    _delivered: tuple[DeliveredPictures, ...] = ()
    _delivered_at_s: float = 0.0
    _told_paused: set[tuple[str, str]] = field(default_factory=set)
    _told_status: dict[str, ShowStatus] = field(default_factory=dict)

    def __post_init__(self) -> None:
        make = self.make_keeper if self.setting.is_any else partial(SleepingKeeper, self.make_keeper)
        self.keeper = make(self._begin, self._hear, self._ended)
        self.connections = MediaConnections(self.service, self.setting, self.keeper.send)
        self.intercoms = IntercomDoor(
            self.service,
            self.setting.intercoms,
            Path(self.setting.directory),
            self.keeper.send,
            self.connections.media_id_of,
        )
        self.service.on_changed.append(self._changed)
        for scanner, desk in self.service.desks.items():
            views = (_view(config, SourceState.STARTING) for config in self.setting.sources.get(scanner, ()))
            desk.read(sources=tuple(views))

    def _changed(self, desk: Desk) -> None:
        """Consent, the privacy switch, or what a drawn picture shows may have changed."""
        self.connections.permit(desk)
        self.intercoms.changed(desk)
        for config in self.setting.sources.get(desk.scanner, ()):
            name, paused = (desk.scanner, config.id), config.id in desk.facts.paused_sources
            if paused is not (name in self._told_paused):
                told = PauseSource(scanner=desk.scanner, source=config.id, paused=paused)
                if self.keeper.send(told):
                    (self._told_paused.add if paused else self._told_paused.discard)(name)
        self._show_status(desk)

    def _show_status(self, desk: Desk) -> None:
        if not self.setting.sources.get(desk.scanner):
            return
        status = status_view(desk, self.service.moment(), asks_for_you=False)
        calls = desk.facts.bulb_squeezed
        shown = ShowStatus(scanner=desk.scanner, status=status, patient_calls=calls)
        if self._told_status.get(desk.scanner) != shown and self.keeper.send(shown):
            self._told_status[desk.scanner] = shown

    def tick(self, crowded_line: Callable[[str], float | None]) -> None:
        """Four times a second, before the desks' own tick: how old their pictures are, and who gives way.

        `crowded_line` says of a link on whose line control waits what its round trip is otherwise, in s.
        """
        now_s = self.service.clock.boot_s()
        for scanner, desk in self.service.desks.items():
            newest = [self._newest_s.get((scanner, source)) for source in _awaited(desk)]
            seen = [now_s - at_s for at_s in newest if at_s is not None]
            age_s = max(0.0, *seen) if seen and len(seen) == len(newest) else None
            desk.read(picture_age_s=age_s, seen_by=self._seen_by(desk, now_s))
        self.connections.give_way(crowded_line)

    def _seen_by(self, desk: Desk, now_s: float) -> frozenset[str]:
        """Links of consoles that receive a live picture of people at this scanner, as was said just now."""
        if now_s - self._delivered_at_s > PICTURE_FROZEN_S:
            return frozenset()
        live = {
            view.source
            for view in desk.readings.sources
            if view.kind in SHOWS_PEOPLE
            and view.source not in desk.facts.paused_sources
            and now_s - self._newest_s.get((desk.scanner, view.source), -math.inf) <= PICTURE_FROZEN_S
        }
        links = (
            self.connections.looker(seen.media_id, desk.scanner)
            for seen in self._delivered
            if live.intersection(seen.sources)
        )
        return frozenset(link for link in links if link is not None)

    # ------------------------------------------------------------ the media process

    def _begin(self) -> Begin:
        self._told_paused = {
            (scanner, config.id)
            for scanner, configs in self.setting.sources.items()
            for config in configs
            if config.id in self.service.desks[scanner].facts.paused_sources
        }
        self._told_status.clear()
        return Begin(
            directory=self.setting.directory,
            scanners=tuple(
                ScannerSources(scanner=scanner, sources=sources)
                for scanner, sources in self.setting.sources.items()
                if sources
            ),
            paused=tuple(sorted(self._told_paused)),
            udp_ports=self.setting.udp_ports,
            addresses=self.setting.addresses,
            intercoms=self.intercoms.begin(),
        )

    def _hear(self, message: FromMedia) -> None:
        """Raises Violation for what cannot be: it decodes what strangers send, and may be theirs."""
        match message:
            case PicturesSeen(newest=newest, delivered=delivered):
                self._delivered, self._delivered_at_s = delivered, self.service.clock.boot_s()
                for seen in newest:
                    self._check_source(seen.scanner, seen.source)
                    if seen.captured_s > self.service.clock.boot_s():
                        raise Violation(f"a picture of {seen.source} that is not captured yet")
                    self._newest_s[seen.scanner, seen.source] = seen.captured_s
            case SourceSaid():
                self._check_source(message.scanner, message.source)
                self._source_said(message)
            case IntercomSaid() | RecordingEnded():
                self.intercoms.hear(message)
            case _:
                self.connections.hear(message)

    def _check_source(self, scanner: str, source: str) -> None:
        if all(config.id != source for config in self.setting.sources.get(scanner, ())):
            raise Violation(f"there is no source {source} of {scanner}")

    def _source_said(self, said: SourceSaid) -> None:
        self._show_source(said.scanner, said.source, said.state, said.why, said.retry_in_s)

    def _show_source(
        self,
        scanner: str,
        source: str,
        state: SourceState,
        why: DeviceFinding | None = None,
        retry_in_s: float | None = None,
    ) -> None:
        desk = self.service.desks[scanner]
        retry = None
        if retry_in_s is not None:
            retry = self.service.clock.wall() + timedelta(seconds=retry_in_s)
        changed = {"state": state, "why": why, "retry_at": retry}
        views = (
            view.model_copy(update=changed) if view.source == source else view
            for view in desk.readings.sources
        )
        desk.read(sources=tuple(views))
        self.service.changed(desk)

    def _ended(self, why: str) -> None:
        """The media process is gone: no connection lives, and no source is known."""
        del why  # in the agent's log
        self.connections.end()
        self.intercoms.end(RESTARTING)
        self._delivered = ()
        for scanner, configs in self.setting.sources.items():
            for config in configs:
                self._show_source(scanner, config.id, SourceState.FAILING, RESTARTING)


def _awaited(desk: Desk) -> list[str]:
    """Sources whose pictures the policy wants to see live, but for what is paused."""
    return [
        s.source
        for s in desk.readings.sources
        if desk.policy.waits_for(s.source, s.kind) and s.source not in desk.facts.paused_sources
    ]


def _view(config: SourceConfig, state: SourceState) -> SourceView:
    return SourceView(
        source=config.id, kind=config.kind, title=config.title, state=state, from_tablet=config.from_tablet
    )

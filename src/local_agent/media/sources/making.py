"""From a line in `site.toml` to the source it names."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from local_agent.media.config import SourceConfig
from local_agent.media.sources.film import Film
from local_agent.media.sources.network_camera import NetworkCamera
from local_agent.media.sources.pretending import check_nothing_is_real
from local_agent.media.sources.screen import Screen
from local_agent.media.sources.source import Source, SourceFailed, SourceSite
from local_agent.media.sources.synthetic import RoomState, SyntheticCamera, room_state_of
from local_agent.media.sources.tablet_camera import TabletCamera
from local_agent.media.sources.usb_camera import UsbCamera
from media_kit import Content
from mr_contract.device_reasons import DeviceReason
from mr_contract.vocabulary import SourceKind


def content_of(config: SourceConfig) -> Content:
    """How its pictures are encoded: what was drawn by a computer must stay legible, however it comes here."""
    is_screen = config.kind is SourceKind.CONSOLE_SCREEN or config.url.startswith("screen:")
    return Content.SCREEN if is_screen else Content.CAMERA


def make_source(config: SourceConfig, site: SourceSite, directory: Path) -> Source:
    """The source of this line; `directory` is where its `login_file` begins. Opens nothing.

    Raises:
        SourceFailed: this release knows no such source.
    """
    scheme, _, rest = config.url.partition(":")
    match scheme:
        case "v4l2":
            return UsbCamera(rest, site)
        case "rtsp" | "rtsps":
            login = directory / config.login_file if config.login_file else None
            return NetworkCamera(config.url, login, site)
        case "file":
            return Film(rest, site)
        case "screen":
            return Screen(rest, site)
        case "synthetic":
            return SyntheticCamera(config.kind, config.title, lambda: _room(site), site.boot_s, _wall)
        case "tablet" if site.tablet is not None:
            return TabletCamera(site.tablet)
        case _:
            raise SourceFailed(DeviceReason.NO_SUCH_SOURCE, scheme=scheme)


def _room(site: SourceSite) -> RoomState | None:
    status = site.status()
    state = room_state_of(status, patient_calls=site.patient_calls())
    if state is not None:
        check_nothing_is_real(status)
    return state


def _wall() -> datetime:
    """The time of day at the site, as a clock in the room would show it."""
    return datetime.now().astimezone()

"""What `site.toml` says of cameras and of the way of media: taken as meant, or refused on its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_agent.config import ConfigError, load_config
from local_agent.media.checks import media_warnings
from mr_contract.vocabulary import SourceKind

SITE = """\
[media]
udp_ports = [50000, 50099]
addresses = ["10.1.2.3"]

[[media.turn]]
urls = ["turn:turn.example:3478?transport=tcp"]
secret_file = "turn.secret"

[[scanners]]
id = "mri-a"
name = "MRI A"
url = "ws://127.0.0.1:8701"
secret_file = "mri-a.secret"

[[scanners.sources]]
id = "room"
kind = "room"
title = "Magnet room"
url = "synthetic:"

[[scanners.sources]]
id = "patient"
kind = "patient"
title = "Patient"
url = "rtsp://10.1.2.7/main"
login_file = "camera.login"
"""


def load(directory: Path, text: str) -> None:
    (directory / "policy.toml").write_text("")
    (directory / "site.toml").write_text(text)
    load_config(directory)


def test_cameras_and_the_way_of_media_are_read(tmp_path: Path) -> None:
    load(tmp_path, SITE)
    site = load_config(tmp_path).site
    assert site.media.udp_ports == (50000, 50099)
    assert [turn.urls for turn in site.media.turn] == [("turn:turn.example:3478?transport=tcp",)]
    sources = site.scanners[0].sources
    assert [(s.id, s.kind) for s in sources] == [("room", SourceKind.ROOM), ("patient", SourceKind.PATIENT)]


@pytest.mark.parametrize(
    ("right", "wrong", "line", "words"),
    [
        ("[50000, 50099]", "[50000, 50002]", 2, "at least 4 UDP ports"),
        ("[50000, 50099]", "[50099, 50000]", 2, "as in [50000, 50099]"),
        ("[50000, 50099]", "[80, 99]", 2, "media.udp_ports"),
        ("[50000, 50099]", "[50000]", 2, "media.udp_ports"),
        ("[media]", '[media]\npath = "stun"', 2, 'Write "direct" or, for media that go by'),
        ('["10.1.2.3"]', '["here"]', 3, "addresses of this machine"),
        ("turn:turn.example:3478", "stun:turn.example:3478", 6, "media.turn.urls"),
        ("turn:turn.example:3478", "turn://turn.example", 6, "media.turn.urls"),
        ("transport=tcp", "transport=sctp", 6, "media.turn.urls"),
        ('kind = "patient"', 'kind = "bore"', 23, "one of room, patient, injector, console_screen, tablet"),
        ('id = "patient"', 'id = "room"', 22, "another source has the id"),
        ("rtsp://10.1.2.7/main", "rtsp://admin:pw@10.1.2.7/main", 25, "a login goes into login_file"),
        ("rtsp://10.1.2.7/main", "rtsp:", 25, "scanners.sources.url"),
        ("synthetic:", "dv:", 19, "scanners.sources.url"),
        ('title = "Magnet room"', 'title = "Room"\nname = "Room"', 19, "scanners.sources.name is not known"),
        ('title = "Magnet room"\n', "", 15, "scanners.sources.title is missing"),
    ],
)
def test_a_wrong_line_is_named_with_what_may_stand_there(
    tmp_path: Path, right: str, wrong: str, line: int, words: str
) -> None:
    assert right in SITE
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, SITE.replace(right, wrong))
    assert f"site.toml, line {line}: " in str(refused.value)
    assert words in str(refused.value)


def test_media_by_relay_only_need_a_relay(tmp_path: Path) -> None:
    by_relay = SITE.replace("[media]", '[media]\npath = "relay"')
    load(tmp_path, by_relay)
    assert load_config(tmp_path).site.media.path == "relay"
    without = by_relay.replace(SITE[SITE.index("[[media.turn]]") : SITE.index("[[scanners]]")], "")
    with pytest.raises(ConfigError, match=r"site.toml, line 2: media.path = .relay. needs a relay. Name one"):
        load(tmp_path, without)


INTERCOM = f"""{SITE}
[scanners.intercom]
output = "simulated:ws://127.0.0.1:8711"
"""


def test_the_room_of_a_simulated_patient_wants_its_secret_and_is_on_this_machine(tmp_path: Path) -> None:
    load(tmp_path, f'{INTERCOM}secret_file = "room.secret"\n')
    with pytest.raises(ConfigError, match=r"line 29: scanners\.intercom\.output names a simulated room"):
        load(tmp_path, INTERCOM)
    for elsewhere in (
        "ws://10.1.2.3:8711",
        "wss://127.0.0.1:8711",
        "ws://127.0.0.1",
        "ws://127.0.0.1:8711/a",
    ):
        with pytest.raises(ConfigError, match=r"scanners\.intercom\.output"):
            load(tmp_path, INTERCOM.replace("ws://127.0.0.1:8711", elsewhere))


def test_a_password_in_an_address_is_not_repeated_in_the_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, SITE.replace("rtsp://10.1.2.7", "rtsp://admin:hunter2@10.1.2.7"))
    assert "hunter2" not in str(refused.value)


# ------------------------------------------------------------------ local-agent check


def warnings(directory: Path, site: str, policy: str = "", granted: int = 4194304) -> list[str]:
    """What `check` says of media, with a kernel that grants sockets so many bytes."""
    (directory / "policy.toml").write_text(policy)
    (directory / "site.toml").write_text(site)
    kernel = directory / "kernel"
    kernel.mkdir(exist_ok=True)
    for name in ("rmem_max", "wmem_max"):
        (kernel / name).write_text(f"{granted}\n")
    return list(media_warnings(load_config(directory), directory, kernel))


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    for name in ("turn.secret", "camera.login"):
        (tmp_path / name).touch(mode=0o600)
    return tmp_path


def test_a_site_whose_media_will_work_is_warned_of_nothing(secrets: Path) -> None:
    assert warnings(secrets, SITE) == []


def test_a_scanner_on_which_no_start_could_ever_be_made_is_named(secrets: Path) -> None:
    (warning,) = warnings(secrets, SITE.replace('kind = "patient"', 'kind = "injector"'))
    assert "no start is possible at MRI A" in warning
    assert warnings(secrets, SITE, 'picture_of = "room"\n') == []
    (warning,) = warnings(secrets, SITE, 'picture_sources = ["bore", "head"]\n')
    assert "no source of the scanner of that kind is called bore or head" in warning
    assert (
        warnings(secrets, SITE.replace('kind = "patient"', 'kind = "injector"'), 'picture = "waived"') == []
    )


def test_secrets_that_are_missing_or_open_to_others_are_named(secrets: Path) -> None:
    (secrets / "turn.secret").unlink()
    (secrets / "camera.login").chmod(0o644)
    camera, turn = warnings(secrets, SITE)
    assert "camera.login can be read by others" in camera
    assert "turn.secret cannot be read" in turn


def test_a_kernel_that_grants_small_buffers_is_told_apart(secrets: Path) -> None:
    read, write = warnings(secrets, SITE, granted=212_992)
    assert "sysctl net.core.rmem_max=4194304" in read
    assert "sysctl net.core.wmem_max=4194304" in write

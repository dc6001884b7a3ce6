"""The site directory: whole or not at all, private, and checked before use."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from authority_bench import AT, NORTH
from cryptography.hazmat.primitives import serialization

from local_agent.authority import NameUnusable, Site, SiteExists, SiteUnusable
from local_agent.authority.site_directory import init, load, renew_servers

HOSTS = ("localhost", "127.0.0.1")


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("site") / "north"
    init(directory, "North", HOSTS, AT)
    return directory


@pytest.fixture
def directory(made_once: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "north"
    shutil.copytree(made_once, copy)
    return copy


def test_a_new_site_is_loaded_with_all_its_keys(made_once: Path) -> None:
    site = load(made_once, AT)
    assert site.name == "North"
    assert len(site.fingerprint) == 32
    public = [site.journal_key.public_key(), site.statement_key.public_key()]
    assert public[0] != public[1]
    assert site.agent.certificate.public_key() != site.tablet.certificate.public_key()


def test_files_and_directory_are_for_their_owner_only(made_once: Path) -> None:
    assert made_once.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in made_once.iterdir()} == {0o600}


def test_an_existing_site_is_never_overwritten(directory: Path) -> None:
    before = {file.name: file.read_bytes() for file in directory.iterdir()}
    with pytest.raises(SiteExists, match="left as it is"):
        init(directory, "Other", HOSTS, AT)
    assert {file.name: file.read_bytes() for file in directory.iterdir()} == before


def test_a_directory_with_other_files_and_a_file_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(SiteExists):
        init(tmp_path, "North", HOSTS, AT)
    with pytest.raises(SiteExists):
        init(tmp_path / "thesis.txt", "North", HOSTS, AT)


def test_a_site_may_be_made_in_an_empty_directory_and_below_new_ones(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir(mode=0o755)
    assert init(tmp_path / "empty", "North", HOSTS, AT).directory.stat().st_mode & 0o777 == 0o700
    assert init(tmp_path / "a" / "b", "North", HOSTS, AT).name == "North"


@pytest.mark.parametrize(("name", "hosts"), [("", HOSTS), ("North", ("no host",)), ("North", ())])
def test_a_site_that_cannot_be_made_leaves_nothing_behind(
    tmp_path: Path, name: str, hosts: tuple[str, ...]
) -> None:
    with pytest.raises(NameUnusable):
        init(tmp_path / "north", name, hosts, AT)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SiteUnusable, match="cannot be made"):
        init(tmp_path / "file" / "north", "North", HOSTS, AT)


def test_no_site_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(SiteUnusable, match="local-agent init"):
        load(tmp_path / "north", AT)


@pytest.mark.parametrize("name", ["authority.key", "agent.key", "tablet.key", "journal.key", "statement.key"])
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620, 0o604])
def test_world_readable_key_file_is_refused_with_its_remedy(directory: Path, name: str, mode: int) -> None:
    (directory / name).chmod(mode)
    with pytest.raises(SiteUnusable, match="by others") as refusal:
        load(directory, AT)
    assert refusal.value.path == directory / name
    assert f"chmod 0600 {directory / name}" in refusal.value.remedy


def test_directory_open_to_others_is_refused(directory: Path) -> None:
    directory.chmod(0o755)
    with pytest.raises(SiteUnusable, match="chmod 0700"):
        load(directory, AT)


def _swap_agent_and_tablet_keys(directory: Path) -> None:
    (directory / "agent.key").write_bytes((directory / "tablet.key").read_bytes())


def _plant_another_authority(directory: Path) -> None:
    pem = NORTH.certificate.public_bytes(serialization.Encoding.PEM)
    (directory / "authority.crt").write_bytes(pem)


def _plant_another_authority_with_its_key(directory: Path) -> None:
    _plant_another_authority(directory)
    key = NORTH.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (directory / "authority.key").write_bytes(key)


def _copy_over(source: str, target: str) -> Callable[[Path], None]:
    def copy(directory: Path) -> None:
        (directory / target).write_bytes((directory / source).read_bytes())

    return copy


def _spoil(name: str) -> Callable[[Path], None]:
    def spoil(directory: Path) -> None:
        (directory / name).write_bytes(b"-----BEGIN NOTHING-----\n")

    return spoil


def _remove(name: str) -> Callable[[Path], None]:
    def remove(directory: Path) -> None:
        (directory / name).unlink()

    return remove


@pytest.mark.parametrize(
    ("damage", "named", "wrong"),
    [
        (_swap_agent_and_tablet_keys, "agent.crt", "does not belong to agent.key"),
        (_plant_another_authority, "authority.crt", "does not belong to authority.key"),
        (_plant_another_authority_with_its_key, "agent.crt", "was not issued by authority.crt"),
        (_copy_over("agent.key", "journal.key"), "journal.key", "is not an Ed25519 key"),
        (_copy_over("journal.key", "authority.key"), "authority.key", "is not an elliptic-curve key"),
        (_spoil("statement.key"), "statement.key", "is not a private key in PEM"),
        (_spoil("tablet.crt"), "tablet.crt", "is not a certificate in PEM"),
        (_remove("tablet.key"), "tablet.key", "is missing"),
        (_remove("authority.crt"), "authority.crt", "is missing"),
    ],
)
def test_a_damaged_site_names_the_file_the_fault_and_the_remedy(
    directory: Path, damage: Callable[[Path], None], named: str, wrong: str
) -> None:
    damage(directory)
    with pytest.raises(SiteUnusable) as refusal:
        load(directory, AT)
    assert (refusal.value.path, refusal.value.wrong) == (directory / named, wrong)
    assert "back-up" in refusal.value.remedy


def test_expired_servers_are_named_and_can_be_renewed_without_touching_the_authority(directory: Path) -> None:
    next_year = AT + timedelta(days=398)
    with pytest.raises(SiteUnusable, match="renew the servers"):
        load(directory, next_year)
    before: Site = load(directory, AT)
    after = renew_servers(directory, ("agent.example",), next_year)
    assert after.fingerprint == before.fingerprint
    assert after.agent.certificate != before.agent.certificate
    assert {file.stat().st_mode & 0o777 for file in directory.iterdir()} == {0o600}

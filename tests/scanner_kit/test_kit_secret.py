"""Secret files: made private, and refused when they are not."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from scanner_kit import SecretError, make_secret_file, read_secret_file
from scanner_kit.secret import bearer_matches


def test_a_new_secret_is_private_long_and_different_each_time(tmp_path: Path) -> None:
    secrets = []
    for name in ("a", "b"):
        make_secret_file(tmp_path / name)
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
        secrets.append(read_secret_file(tmp_path / name))
    assert len(set(secrets)) == 2
    assert all(len(secret) == 64 for secret in secrets)


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("precious")
    with pytest.raises(SecretError, match="exists"):
        make_secret_file(file)
    assert file.read_text() == "precious"


def test_a_link_is_not_followed_when_a_secret_is_made(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(SecretError):
        make_secret_file(tmp_path / "link")
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620])
def test_a_secret_that_others_can_read_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "secret"
    make_secret_file(file)
    file.chmod(mode)
    with pytest.raises(SecretError, match="chmod 600"):
        read_secret_file(file)


@pytest.mark.parametrize("content", [b"", b"\n", b"short", b"x" * 2000, b"\xff" * 64, b"two words " * 5])
def test_a_file_without_a_proper_secret_is_refused_and_not_shown(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "secret"
    file.touch(mode=0o600)
    file.write_bytes(content)
    with pytest.raises(SecretError) as refused:
        read_secret_file(file)
    assert "two words" not in str(refused.value)


def test_a_missing_secret_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="no-such-file"):
        read_secret_file(tmp_path / "no-such-file")


def test_only_the_whole_secret_matches() -> None:
    secret = "0123456789abcdef" * 2
    assert bearer_matches(f"Bearer {secret}", secret)
    assert bearer_matches(f"bearer {secret}", secret)
    for header in (
        None,
        "",
        "Bearer",
        f"Bearer {secret[:-1]}",
        f"Bearer {secret}0",
        f"Token {secret}",
        "Bearer ü",
    ):
        assert not bearer_matches(header, secret)

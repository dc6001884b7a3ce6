"""What `local-agent check` says of recorded breath-hold commands."""

from __future__ import annotations

import math
import wave
from array import array
from pathlib import Path

import pytest

from local_agent.config import load_config
from local_agent.media.checks import media_warnings
from mr_contract.vocabulary import BreathCommand

SITE = """\
[[scanners]]
id = "mri-a"
name = "MRI A"
url = "ws://127.0.0.1:8701"
secret_file = "mri-a.secret"

[scanners.intercom]
output = "device:"
language = "de"
"""
RATE_HZ = 8000


def sound(seconds: float = 0.3, level: float = 0.3, silence_s: float = 0.0) -> bytes:
    turn = 2 * math.pi * 220 / RATE_HZ
    waves = (level * math.sin(turn * n) for n in range(int(seconds * RATE_HZ)))
    tone = array("h", (round(32767 * max(-1.0, min(1.0, s))) for s in waves))
    return bytes(int(silence_s * RATE_HZ) * 2) + tone.tobytes()


def save(file: Path, samples: bytes) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(samples)
    return file


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site with every command in German."""
    (tmp_path / "policy.toml").write_text('picture = "waived"\n')
    (tmp_path / "site.toml").write_text(SITE)
    for breath in BreathCommand:
        save(tmp_path / "recordings" / "de" / f"{breath}.wav", sound())
    return tmp_path


def said(site: Path) -> list[str]:
    return list(media_warnings(load_config(site), site, site / "no-kernel"))


def rewrite(site: Path, line: str) -> None:
    (site / "site.toml").write_text(SITE.replace('language = "de"', line))


def test_good_recordings_are_warned_of_in_nothing(site: Path) -> None:
    assert said(site) == []


def test_a_site_without_an_intercom_needs_none(site: Path) -> None:
    (site / "site.toml").write_text(SITE[: SITE.index("[scanners.intercom]")])
    (site / "recordings" / "de" / "hold.wav").write_bytes(b"")
    assert said(site) == []


def test_a_language_that_nobody_recorded_is_named_with_those_there_are(site: Path) -> None:
    rewrite(site, 'language = "fr"')
    (warning,) = said(site)
    assert 'of MRI A: language = "fr"' in warning
    assert "there is de" in warning


def test_a_site_that_chose_no_language_is_told_which_is_played(site: Path) -> None:
    rewrite(site, "")
    assert said(site) == []
    save(site / "recordings" / "fr" / "hold.wav", sound())
    (warning,) = said(site)
    assert 'names no language: commands are played in "de", the first of de, fr' in warning


def test_no_recording_at_all_and_a_missing_command_are_named(site: Path) -> None:
    (site / "recordings" / "de" / "hold.wav").unlink()
    (warning,) = said(site)
    assert warning.startswith(f"{site / 'recordings' / 'de' / 'hold.wav'} is missing (MRI A)")
    for file in (site / "recordings" / "de").iterdir():
        file.unlink()
    (warning,) = said(site)
    assert "holds no breath-hold command" in warning


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (sound(level=0.01), "is too quiet: -43 dB at its loudest, at least -35 dB"),
        (sound(level=4.0), "is clipped: "),
        (sound(silence_s=0.7), "begins with 0.7 s of silence, at most 0.4 s"),
        (sound(seconds=5.5), "lasts 5.5 s, at most 5 s"),
        (sound(seconds=16.0), "hold.wav is longer than 15 s. Save it as a WAV of at most 15 s"),
        (b"", "hold.wav is empty"),
    ],
    ids=("quiet", "clipped", "late", "long", "too long", "empty"),
)
def test_a_recording_that_is_heard_badly_is_named_with_its_value(
    site: Path, samples: bytes, words: str
) -> None:
    file = save(site / "recordings" / "de" / "hold.wav", samples)
    (warning,) = said(site)
    assert warning.startswith(f"{file} ")
    assert words in warning


def test_what_is_no_wav_is_named(site: Path) -> None:
    file = site / "recordings" / "de" / "hold.wav"
    file.write_bytes(b"ID3 not what its name says")
    (warning,) = said(site)
    assert f"{file} cannot be played: hold.wav cannot be read" in warning


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("de/hold.mp3", "Name it recordings/LANGUAGE/COMMAND.wav"),
        ("german/hold.wav", "Name it recordings/LANGUAGE/COMMAND.wav"),
        ("hold.wav", "Name it recordings/LANGUAGE/COMMAND.wav"),
        ("de/Hold.wav", "Hold is no breath-hold command. Use breathe_in.wav"),
    ],
)
def test_a_file_that_nobody_would_ever_play_is_named(site: Path, name: str, words: str) -> None:
    file = save(site / "recordings" / name, sound())
    (warning,) = said(site)
    assert warning.startswith(f"{file} is never played")
    assert words in warning

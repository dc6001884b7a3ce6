"""`remote-console enrol`, `sites` and `forget`: each returns its exit status and prints plain words."""

from __future__ import annotations

import asyncio
import getpass
import io
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from remote_console.link.enrolment import enrol
from remote_console.link.errors import LinkError, StoreLocked
from remote_console.link.identity_store import IdentityStore, Protection
from remote_console.link.key_keeping import system_keyring


def open_store(directory: Path | None = None, *, unprotected_for_demos_only: bool = False) -> IdentityStore:
    """The workstation's store: keyring where there is one, else a passphrase asked for at the terminal."""
    return IdentityStore(
        directory,
        Protection(
            keyring=None if unprotected_for_demos_only else system_keyring(),
            ask_passphrase=_ask_passphrase,
            unprotected_for_demos_only=unprotected_for_demos_only,
        ),
    )


def _ask_passphrase() -> str:
    """Typed at the terminal without being shown. Raises StoreLocked."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)  # rather not at all than in sight
            return getpass.getpass("Passphrase of this workstation's key: ")
    except (EOFError, UnicodeDecodeError, getpass.GetPassWarning):
        raise StoreLocked(
            "No passphrase was typed: there is no terminal that would hide it, or it was closed. Run this in "
            "a terminal or with a keyring; for DEMO scanners only, use --demo-key-without-protection."
        ) from None


def enrol_command(
    url: str, code: str, store: IdentityStore, out: TextIO | None = None, err: TextIO | None = None
) -> int:
    """Enrol this workstation at a site."""

    def work(out: TextIO) -> None:
        site = asyncio.run(enrol(url, code, store))
        until = site.certificate.not_valid_after_utc
        out.write(f"Enrolled at {site.name} ({site.host}:{site.control_port}), until {until:%Y-%m-%d}.\n")
        out.write(f"Its authority: {site.authority}\n")
        if store.is_unprotected:
            out.write("The key is NOT PROTECTED: it will be used with DEMO scanners only.\n")

    return _in_words(work, out, err)


def sites_command(store: IdentityStore, out: TextIO | None = None, err: TextIO | None = None) -> int:
    """List the sites this workstation is enrolled at."""

    def work(out: TextIO) -> None:
        for site in store.sites():
            until = site.certificate.not_valid_after_utc
            out.write(f"{site.name}\t{site.host}:{site.control_port}\tuntil {until:%Y-%m-%d}\n")
        if not store.sites():
            out.write("This workstation is enrolled nowhere. Ask a site for an invitation.\n")

    return _in_words(work, out, err)


def forget_command(
    name: str, store: IdentityStore, out: TextIO | None = None, err: TextIO | None = None
) -> int:
    """Remove a site from this workstation; the site itself revokes with `local-agent revoke`."""

    def work(out: TextIO) -> None:
        store.forget(name)
        out.write(f"{name} is forgotten here. Ask the site to revoke this device there as well.\n")

    return _in_words(work, out, err)


def _in_words(work: Callable[[TextIO], None], out: TextIO | None, err: TextIO | None) -> int:
    said = io.StringIO()
    try:
        work(said)
    except LinkError as error:
        (err or sys.stderr).write(f"remote-console: {error}\n")
        return 1
    except OSError as error:
        what = error.filename or "a file"
        (err or sys.stderr).write(
            f"remote-console: {what} cannot be used: {error.strerror or error}. "
            "Check its owner, permissions and free space, or choose another --home.\n"
        )
        return 1
    finally:
        _print(said.getvalue(), out or sys.stdout)
    return 0


def _print(words: str, out: TextIO) -> None:
    """What the terminal's encoding cannot write is escaped."""
    encoding = out.encoding or "utf-8"
    out.write(words.encode(encoding, "backslashreplace").decode(encoding))

"""`remote-console enrol`, `sites` and `forget`: each returns its exit status and prints plain words."""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from remote_console.link.enrolment import enrol
from remote_console.link.errors import LinkError
from remote_console.link.identity_store import IdentityStore, Protection
from remote_console.link.key_keeping import system_keyring


def open_store(directory: Path | None = None, *, unprotected_for_demos_only: bool = False) -> IdentityStore:
    """The workstation's store: keyring where there is one, else a passphrase asked for at the terminal."""
    return IdentityStore(
        directory,
        Protection(
            keyring=None if unprotected_for_demos_only else system_keyring(),
            ask_passphrase=lambda: getpass.getpass("Passphrase of this workstation's key: "),
            unprotected_for_demos_only=unprotected_for_demos_only,
        ),
    )


def enrol_command(url: str, code: str, store: IdentityStore, out: TextIO = sys.stdout) -> int:
    """Enrol this workstation at a site."""

    def work() -> None:
        site = asyncio.run(enrol(url, code, store))
        until = site.certificate.not_valid_after_utc
        out.write(f"Enrolled at {site.name} ({site.host}:{site.control_port}), until {until:%Y-%m-%d}.\n")
        out.write(f"Its authority: {site.authority}\n")
        if store.is_unprotected:
            out.write("The key is NOT PROTECTED: it will be used with DEMO scanners only.\n")

    return _in_words(work, out)


def sites_command(store: IdentityStore, out: TextIO = sys.stdout) -> int:
    """List the sites this workstation is enrolled at."""

    def work() -> None:
        for site in store.sites():
            until = site.certificate.not_valid_after_utc
            out.write(f"{site.name}\t{site.host}:{site.control_port}\tuntil {until:%Y-%m-%d}\n")
        if not store.sites():
            out.write("This workstation is enrolled nowhere. Ask a site for an invitation.\n")

    return _in_words(work, out)


def forget_command(name: str, store: IdentityStore, out: TextIO = sys.stdout) -> int:
    """Remove a site from this workstation; the site itself revokes with `local-agent revoke`."""

    def work() -> None:
        store.forget(name)
        out.write(f"{name} is forgotten here. Ask the site to revoke this device there as well.\n")

    return _in_words(work, out)


def _in_words(work: Callable[[], None], out: TextIO) -> int:
    try:
        work()
    except LinkError as error:
        out.write(f"{error}\n")
        return 1
    except OSError as error:
        out.write(f"{error.filename or 'A file'} cannot be used: {error.strerror}\n")
        return 1
    return 0

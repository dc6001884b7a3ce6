"""What `local-agent` can be told, and what it answers."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

from local_agent import commands, journal_commands, people_commands
from local_agent.authority.certificates import NameUnusable
from local_agent.authority.devices import KeyRevoked
from local_agent.authority.register_file import RegisterUnusable
from local_agent.authority.site_directory import SiteExists, SiteUnusable
from local_agent.authority.staff import StaffRefused
from local_agent.config import ConfigError
from local_agent.core.policy import PolicyError
from local_agent.dicom.archive import ArchiveError
from local_agent.journal.database import JournalUnreadable, JournalUnwritable
from local_agent.journal.identities import IdentitiesUnusable, IdentityErased, IdentityUnknown
from local_agent.journal.segments import HeadUnreadable
from local_agent.journal.upcast import NewerVersion, UnknownKind
from local_agent.link.listener import CannotListen
from local_agent.log_lines import begin_log
from local_agent.tablet.config import TabletServerError
from mr_contract.vocabulary import Qualification, Role

SAID = (
    ArchiveError,
    CannotListen,
    commands.CommandError,
    ConfigError,
    HeadUnreadable,
    IdentitiesUnusable,
    IdentityErased,
    IdentityUnknown,
    JournalUnreadable,
    JournalUnwritable,
    KeyRevoked,
    NameUnusable,
    NewerVersion,
    PolicyError,
    RegisterUnusable,
    SiteExists,
    SiteUnusable,
    StaffRefused,
    TabletServerError,
    UnknownKind,
)
"""Errors whose words are for the person at the keyboard."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status is 0 when it did what it was asked."""
    chosen = _parser().parse_args(arguments)
    begin_log()
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    run: Callable[[argparse.Namespace], int] = chosen.run
    try:
        status = run(chosen)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # whoever read the output has had enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    except SAID as error:
        return _failed(str(error))
    except OSError as error:
        return _failed(_file_in_words(error))


def _failed(words: str) -> int:
    sys.stderr.write(f"local-agent: {words}\n")
    return 1


def _file_in_words(error: OSError) -> str:
    """A file, disk or address that could not be used, where no command knows it better."""
    what = f"{os.fsdecode(error.filename)}: " if error.filename is not None else ""
    return f"{what}{error.strerror or error}. Check that it is there, its owner, permissions and free space."


def _text(word: str) -> str:
    """A word of the command line that can be kept, sent and printed."""
    if not word.isprintable():
        raise argparse.ArgumentTypeError(f"{word!a} has characters that are no text: type it in UTF-8")
    return word


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="local-agent",
        description="The site's authority for remote scanning: decides, relays, writes down. "
        "Not for clinical use.",
    )
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_site(verbs)
    _add_people(verbs)
    _add_journal(verbs)
    schema = verbs.add_parser("schema", help="print the JSON Schema of every message")
    schema.set_defaults(run=lambda _: _print(json.dumps(commands.schema(), indent=1)))
    return parser


def _add_site(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    init = _verb(verbs, "init", "make a site: authority, certificates, configuration", commands.init)
    init.add_argument(
        "--site", type=_text, required=True, metavar="NAME", help="name of the site, as consoles show it"
    )
    init.add_argument(
        "--host",
        type=_text,
        action="append",
        default=[],
        metavar="NAME",
        help="host name or address of this agent; may be given more than once (default: localhost)",
    )
    run = _verb(verbs, "run", "run the agent of a site", commands.run)
    run.add_argument("--ready-file", type=Path, help="write the ports in use to this file when listening")
    _verb(
        verbs,
        "check",
        "check configuration, keys and registers; say when certificates end",
        commands.check,
    )
    _verb(verbs, "key", "print this site's statement key, for the policies of other sites", commands.key)
    renew = _verb(
        verbs, "renew-servers", "new certificates for the agent's own doors", commands.renew_servers
    )
    renew.add_argument("--host", type=_text, action="append", default=[], metavar="NAME")


def _add_people(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    invite = _verb(verbs, "invite", "print a one-time code for a new console", people_commands.invite)
    invite.add_argument("--role", required=True, choices=[r.value for r in Role])
    invite.add_argument("--name", type=_text, required=True, help="the person, as both ends will see it")
    _verb(verbs, "withdraw-invitations", "void every code not used yet", people_commands.withdraw_invitations)
    _verb(verbs, "devices", "list enrolled consoles", people_commands.devices)
    revoke = _verb(
        verbs, "revoke", "revoke a person's consoles; live links close within 1 s", people_commands.revoke
    )
    revoke.add_argument("name", type=_text)
    staff = _verb(verbs, "staff", "list the site's people", people_commands.staff)
    staff.set_defaults(run=people_commands.staff)
    add = _verb(verbs, "staff-add", "add a person of the site; asks for the PIN", people_commands.staff_add)
    add.add_argument("staff_id", type=_text, help="short id, for example anna")
    add.add_argument("--name", type=_text, required=True)
    add.add_argument("--level", type=int, choices=(1, 2), required=True, help="MR safety level")
    add.add_argument("--qualification", choices=[q.value for q in Qualification], required=True)
    add.add_argument("--pin-stdin", action="store_true", help="read the PIN from standard input")
    pin = _verb(verbs, "staff-pin", "give a person a new PIN; asks for it", people_commands.staff_pin)
    pin.add_argument("staff_id", type=_text)
    pin.add_argument("--pin-stdin", action="store_true", help="read the PIN from standard input")
    remove = _verb(verbs, "staff-remove", "remove a person of the site", people_commands.staff_remove)
    remove.add_argument("staff_id", type=_text)
    pair = _verb(
        verbs, "pair-tablet", "pair a tablet with a scanner: QR code and PIN", people_commands.pair_tablet
    )
    pair.add_argument("scanner", type=_text, help="id of the scanner, as in site.toml")
    pair.add_argument("--json", action="store_true", help="print url and pin as JSON")
    _verb(verbs, "tablets", "list paired tablets", people_commands.tablets)
    unpair = _verb(verbs, "revoke-tablet", "revoke a paired tablet", people_commands.revoke_tablet)
    unpair.add_argument("tablet", type=_text)


def _add_journal(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    journal = verbs.add_parser("journal", help="verify, read and export the journal")
    inner = journal.add_subparsers(required=True, metavar="COMMAND")
    verify = inner.add_parser("verify", help="check hash chain, signatures and, with --head, completeness")
    verify.add_argument("file", type=Path)
    verify.add_argument("--head", type=Path, help="a signed head kept elsewhere: finds truncation, rollback")
    verify.add_argument(
        "--key",
        type=Path,
        help="the site's journal key, public (journal public-key) or private (default: journal.key "
        "beside the file)",
    )
    verify.set_defaults(run=journal_commands.verify_file)
    public = inner.add_parser("public-key", help="print the key an auditor verifies the journal with")
    public.add_argument("directory", type=Path, nargs="?", default=Path(), help="site directory")
    public.set_defaults(run=journal_commands.public_key)
    export = inner.add_parser("export", help="print DICOM audit messages (PS3.15 A.5), one a line")
    export.add_argument("directory", type=Path)
    export.set_defaults(run=journal_commands.export)
    show = inner.add_parser("show", help="print records as JSON lines")
    show.add_argument("directory", type=Path)
    show.set_defaults(run=journal_commands.show)
    erase = inner.add_parser("erase-identity", help="erase who was examined; the chain stays whole")
    erase.add_argument("directory", type=Path)
    erase.add_argument("exam_id", type=_text)
    erase.set_defaults(run=journal_commands.erase_identity)


def _verb(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    words: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=words, description=words)
    if name in {"revoke", "staff-add", "staff-pin", "staff-remove", "pair-tablet", "revoke-tablet"}:
        parser.add_argument("--dir", dest="directory", type=Path, default=Path(), help="site directory")
    else:
        parser.add_argument("directory", type=Path, nargs="?", default=Path(), help="site directory")
    parser.set_defaults(run=run)
    return parser


def _print(text: str) -> int:
    sys.stdout.write(text + "\n")
    return 0

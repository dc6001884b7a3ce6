"""What each `local-agent` command does. Each returns the exit status; errors carry their own words."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
)
from pydantic import TypeAdapter

from local_agent.authority import site_directory
from local_agent.authority.certificates import server_names
from local_agent.authority.devices import Devices
from local_agent.authority.expiry import Expiry, device_expiries, server_expiries
from local_agent.authority.invitations import Invitations
from local_agent.authority.pairing import Tablets
from local_agent.authority.staff import Staff
from local_agent.clock import MachineClock
from local_agent.config import (
    EXAMPLE_POLICY,
    EXAMPLE_SITE,
    POLICY_FILE,
    SITE_FILE,
    LoadedConfig,
    load_config,
)
from local_agent.dicom.archive import Archive
from local_agent.journal.database import JournalUnreadable, JournalUnwritable
from local_agent.journal.identities import Identities
from local_agent.media.checks import media_warnings
from local_agent.tablet.config import tls_context
from mr_contract import bulk_messages, console_messages, enrolment_messages, scanner_messages, tablet_messages


class CommandError(Exception):
    """A command that cannot be carried out: what is wrong and what to do."""


def say(text: str) -> None:
    """One line on standard output; what its encoding cannot write is escaped."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def require_site(directory: Path) -> None:
    """There is a site here, whatever state it is in; looks only, so that a wrong name makes no files.

    Raises CommandError.
    """
    if not directory.is_dir():
        raise CommandError(f"{directory} is no directory. {_NAME_A_SITE}")
    try:
        (directory / site_directory.AUTHORITY_CERTIFICATE).lstat()
    except FileNotFoundError:
        raise CommandError(f"there is no site in {directory}. {_NAME_A_SITE}") from None


_NAME_A_SITE = "Name a site's directory, or make one with `local-agent init`."


def init(chosen: argparse.Namespace) -> int:
    """Make a site directory with everything it needs."""
    hosts = tuple(chosen.host) or ("localhost", "127.0.0.1")
    site = site_directory.init(chosen.directory, chosen.site, hosts, MachineClock().wall())
    example = EXAMPLE_SITE.format(
        phone="",
        host="0.0.0.0",  # noqa: S104 - consoles come from outside
        control_port=8443,
        enrolment_port=8444,
        tablet_port=8445,
        names=json.dumps(list(hosts)),
        scanners="",
    )
    _write_private(chosen.directory / SITE_FILE, example)
    _write_private(chosen.directory / POLICY_FILE, EXAMPLE_POLICY)
    say(f"{site.name} is made in {chosen.directory}.")
    say(f"Authority: SHA-256 {site.fingerprint.hex()}")
    say(f"Next: add your scanners to {chosen.directory / SITE_FILE}, people with `local-agent staff-add`,")
    say("and back up the whole directory: it is the site's authority.")
    return 0


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def run(chosen: argparse.Namespace) -> int:
    """Run the agent."""
    require_site(chosen.directory)
    config = load_config(chosen.directory)
    _open_stores(chosen.directory)
    ready_file: Path | None = chosen.ready_file
    if ready_file is not None and (ready_file.is_dir() or not ready_file.parent.is_dir()):
        raise CommandError(
            f"--ready-file {ready_file} cannot be written. Name a file in a directory there is."
        )
    from local_agent.app import serve

    try:
        serve(chosen.directory, config, ready_file)
    except (JournalUnreadable, JournalUnwritable) as error:
        raise CommandError(f"{chosen.directory / 'journal.sqlite'}: {error}") from None
    return 0


def check(chosen: argparse.Namespace) -> int:
    """Check configuration, policy, keys and registers without starting; print when certificates end.

    Status 0 when the agent would start, warnings or not.
    """
    require_site(chosen.directory)
    config, at = load_config(chosen.directory), MachineClock().wall()
    site = site_directory.load(chosen.directory, at)
    from local_agent.app import tablet_config

    tls_context(tablet_config(chosen.directory, site, config))
    _open_stores(chosen.directory)
    names = ", ".join(s.name for s in config.site.scanners) or "none yet"
    say(f"{site.name}: configuration, policy and keys are good. Scanners: {names}.")
    say("Certificates:")
    for expiry in _expiries(chosen.directory, site, config):
        say(f"  {expiry.until:%Y-%m-%d}  {expiry.whose}")
    for warning in (
        *_warnings(chosen.directory, site, config, at),
        *_uncertified(site, config),
        *media_warnings(config, chosen.directory),
    ):
        say(f"WARNING: {warning}")
    return 0


def _warnings(
    directory: Path, site: site_directory.Site, config: LoadedConfig, at: datetime
) -> tuple[str, ...]:
    """What ends soon, in words."""
    return tuple(w for e in _expiries(directory, site, config) if (w := e.warning(at)) is not None)


def _expiries(directory: Path, site: site_directory.Site, config: LoadedConfig) -> tuple[Expiry, ...]:
    own = config.site.tablet.certificate
    register = Devices(directory)
    try:
        servers = server_expiries(site, directory / own if own else None)
        return servers + device_expiries(register.list())
    finally:
        register.close()


def _uncertified(site: site_directory.Site, config: LoadedConfig) -> tuple[str, ...]:
    """Names under which tablets ask for the page and would be warned of its certificate."""
    if config.site.tablet.certificate:
        return ()
    certified = server_names(site.tablet.certificate)
    return tuple(
        f"{name} is in [tablet] names but not in the tablet page's certificate. "
        "Run `local-agent renew-servers` with every --host, and restart the agent."
        for name in config.site.tablet.names
        if name not in certified
    )


def _open_stores(directory: Path) -> None:
    """Every register and store can be opened. Raises RegisterUnusable, IdentitiesUnusable, ArchiveError."""
    for kind in (Devices, Staff, Invitations, Tablets):
        kind(directory).close()
    Identities(directory / "identities").close()
    Archive(directory / "archive")


def key(chosen: argparse.Namespace) -> int:
    """Print the statement key, one line for another site's policy."""
    require_site(chosen.directory)
    site = site_directory.load(chosen.directory, MachineClock().wall())
    raw = site.statement_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    say(f"{json.dumps(site.name, ensure_ascii=False)} = {json.dumps(raw.hex())}")
    return 0


def renew_servers(chosen: argparse.Namespace) -> int:
    """New server certificates; the authority and all devices stay."""
    require_site(chosen.directory)
    hosts = tuple(chosen.host) or ("localhost", "127.0.0.1")
    site_directory.renew_servers(chosen.directory, hosts, MachineClock().wall())
    say(f"New server certificates for {', '.join(hosts)}. Restart the agent to use them.")
    return 0


def schema() -> dict[str, Any]:
    """JSON Schema of every message, by direction."""
    from local_agent.tablet.pairing_routes import PairReply, PairRequest

    adapters: dict[str, TypeAdapter[Any]] = {
        "console_to_agent": console_messages.FROM_CONSOLE,
        "agent_to_console": console_messages.FROM_AGENT,
        "console_to_agent_bulk": bulk_messages.FROM_CONSOLE_BULK,
        "agent_to_console_bulk_header": bulk_messages.BULK_HEADER,
        "tablet_to_agent": tablet_messages.FROM_TABLET,
        "agent_to_tablet": tablet_messages.TO_TABLET,
        "agent_to_scanner": scanner_messages.SCANNER_REQUEST,
        "scanner_to_agent": scanner_messages.FROM_SCANNER,
        "scanner_to_agent_image_header": scanner_messages.SCANNER_IMAGE_HEADER,
        "agent_to_scanner_images": TypeAdapter(scanner_messages.SeriesStored),
        "console_to_agent_enrolment": TypeAdapter(enrolment_messages.EnrolRequest),
        "agent_to_console_enrolment": TypeAdapter(
            enrolment_messages.Enrolled | enrolment_messages.EnrolRefused
        ),
        "tablet_to_agent_pairing": TypeAdapter(PairRequest),
        "agent_to_tablet_pairing": TypeAdapter(PairReply),
    }
    return {name: adapter.json_schema() for name, adapter in adapters.items()}

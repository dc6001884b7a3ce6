"""What each `local-agent` command does. Each returns the exit status; errors carry their own words."""

from __future__ import annotations

import argparse
import getpass
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
from local_agent.authority.boot_time import read_boot_instant
from local_agent.authority.certificates import Person, server_names
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
from local_agent.core.people import StaffMember
from local_agent.journal.identities import Identities
from local_agent.tablet.config import tls_context
from mr_contract import bulk_messages, console_messages, enrolment_messages, scanner_messages, tablet_messages
from mr_contract.vocabulary import Qualification, Role


class CommandError(Exception):
    """A command that cannot be carried out: what is wrong and what to do."""


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


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
    config = load_config(chosen.directory)
    from local_agent.app import serve

    serve(chosen.directory, config, chosen.ready_file)
    return 0


def check(chosen: argparse.Namespace) -> int:
    """Check configuration, policy, keys and registers without starting; print when certificates end.

    Status 0 when the agent would start, warnings or not.
    """
    config, at = load_config(chosen.directory), MachineClock().wall()
    site = site_directory.load(chosen.directory, at)
    from local_agent.app import tablet_config

    tls_context(tablet_config(chosen.directory, site, config))
    _open_registers(chosen.directory)
    names = ", ".join(s.name for s in config.site.scanners) or "none yet"
    say(f"{site.name}: configuration, policy and keys are good. Scanners: {names}.")
    say("Certificates:")
    for expiry in _expiries(chosen.directory, site, config):
        say(f"  {expiry.until:%Y-%m-%d}  {expiry.whose}")
    for warning in (*_warnings(chosen.directory, site, config, at), *_uncertified(site, config)):
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


def _open_registers(directory: Path) -> None:
    """Every register of people and devices can be read and written. Raises RegisterUnusable."""
    for kind in (Devices, Staff, Invitations, Tablets):
        kind(directory).close()
    Identities(directory / "identities").close()


def key(chosen: argparse.Namespace) -> int:
    """Print the statement key, one line for another site's policy."""
    site = site_directory.load(chosen.directory, MachineClock().wall())
    raw = site.statement_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    say(f"{json.dumps(site.name, ensure_ascii=False)} = {json.dumps(raw.hex())}")
    return 0


def renew_servers(chosen: argparse.Namespace) -> int:
    """New server certificates; the authority and all devices stay."""
    hosts = tuple(chosen.host) or ("localhost", "127.0.0.1")
    site_directory.renew_servers(chosen.directory, hosts, MachineClock().wall())
    say(f"New server certificates for {', '.join(hosts)}. Restart the agent to use them.")
    return 0


def invite(chosen: argparse.Namespace) -> int:
    """Print a one-time code that carries the authority's fingerprint."""
    site = site_directory.load(chosen.directory, MachineClock().wall())
    port = load_config(chosen.directory).site.consoles.enrolment_port
    invitations = Invitations(chosen.directory)
    try:
        person = Person(chosen.name, Role(chosen.role))
        code = invitations.invite(person, site.fingerprint, read_boot_instant())
    finally:
        invitations.close()
    say(code.text())
    sys.stderr.write(
        f"For {chosen.name} as {chosen.role}; good once, for 10 minutes. At their desk:\n"
        f"  remote-console enrol {server_names(site.agent.certificate)[0]}:{port} CODE\n"
    )
    return 0


def withdraw_invitations(chosen: argparse.Namespace) -> int:
    """Void every code that was not used; the enrolment port closes within half a second."""
    invitations = Invitations(chosen.directory)
    try:
        withdrawn = invitations.withdraw_all(read_boot_instant())
    finally:
        invitations.close()
    say(f"{withdrawn} outstanding invitation(s) withdrawn.")
    return 0


def devices(chosen: argparse.Namespace) -> int:
    """List enrolled consoles."""
    register = Devices(chosen.directory)
    try:
        for device in register.list():
            state = f"revoked {device.revoked_at:%Y-%m-%d}" if device.revoked_at else "good"
            identity = device.identity
            until = f"{identity.not_after:%Y-%m-%d}"
            say(
                f"{identity.name}\t{identity.role.value}\tuntil {until}\t{state}\t{identity.spki_sha256[:16]}"
            )
    finally:
        register.close()
    return 0


def revoke(chosen: argparse.Namespace) -> int:
    """Revoke every device of a person."""
    register = Devices(chosen.directory)
    try:
        revoked = register.revoke(chosen.name, MachineClock().wall())
    finally:
        register.close()
    if not revoked:
        raise CommandError(f"nobody called {chosen.name!r} is enrolled. `local-agent devices` lists names.")
    say(f"{len(revoked)} certificate(s) of {chosen.name} revoked; live links close within 1 s.")
    return 0


def staff(chosen: argparse.Namespace) -> int:
    """List the site's people."""
    roster = Staff(chosen.directory)
    try:
        for member in roster.members():
            level = f"level {member.mr_level}"
            say(f"{member.staff_id}\t{member.name}\t{level}\t{member.qualification.value}")
    finally:
        roster.close()
    return 0


def staff_add(chosen: argparse.Namespace) -> int:
    """Add a person; the PIN is asked for, twice, or read from standard input."""
    pin = _asked_pin(chosen)
    member = StaffMember(chosen.staff_id, chosen.name, chosen.level, Qualification(chosen.qualification))
    roster = Staff(chosen.directory)
    try:
        roster.add(member, pin)
    finally:
        roster.close()
    say(f"{chosen.name} is added.")
    return 0


def staff_pin(chosen: argparse.Namespace) -> int:
    """Give a person a new PIN, which they type themselves; a lock stays until it ends."""
    roster = Staff(chosen.directory)
    try:
        if chosen.staff_id not in {m.staff_id for m in roster.members()}:
            raise CommandError(
                f"{chosen.staff_id!r} is not on the roster. `local-agent staff` lists everybody."
            )
        roster.change_pin(chosen.staff_id, _asked_pin(chosen))
    finally:
        roster.close()
    say(f"{chosen.staff_id} has a new PIN.")
    return 0


def _asked_pin(chosen: argparse.Namespace) -> str:
    if chosen.pin_stdin:
        return sys.stdin.readline().strip()
    pin = getpass.getpass("PIN (4 to 8 digits): ")
    if getpass.getpass("Once more: ") != pin:
        raise CommandError("the two PINs differ. Nothing was changed.")
    return pin


def staff_remove(chosen: argparse.Namespace) -> int:
    """Remove a person."""
    roster = Staff(chosen.directory)
    try:
        roster.remove(chosen.staff_id)
    finally:
        roster.close()
    say(f"{chosen.staff_id} is removed.")
    return 0


def pair_tablet(chosen: argparse.Namespace) -> int:
    """Print a pairing address, as QR code too, and the PIN to type."""
    import segno

    config = load_config(chosen.directory)
    if chosen.scanner not in {s.id for s in config.site.scanners}:
        known = ", ".join(s.id for s in config.site.scanners) or "none"
        raise CommandError(f"there is no scanner {chosen.scanner!r} in site.toml. Known: {known}.")
    tablets_register = Tablets(chosen.directory)
    try:
        offer = tablets_register.offer(chosen.scanner, read_boot_instant())
    finally:
        tablets_register.close()
    door = config.site.tablet
    url = f"https://{door.names[0]}:{door.port}/pair#{offer.code}"
    if chosen.json:
        say(json.dumps({"url": url, "pin": offer.pin}))
        return 0
    segno.make(url, error="m").terminal(sys.stdout, compact=True)
    say(f"Open on the tablet: {url}")
    say(f"PIN: {offer.pin}   (good once, for 10 minutes)")
    say("No ordinary tablet enters the magnet room.")
    return 0


def tablets(chosen: argparse.Namespace) -> int:
    """List paired tablets."""
    register = Tablets(chosen.directory)
    try:
        for tablet in register.list():
            say("\t".join(str(part) for part in (tablet.tablet, tablet.scanner, tablet.paired_at)))
    finally:
        register.close()
    return 0


def revoke_tablet(chosen: argparse.Namespace) -> int:
    """Revoke a paired tablet."""
    register = Tablets(chosen.directory)
    try:
        done = register.revoke(chosen.tablet, MachineClock().wall())
    finally:
        register.close()
    if not done:
        raise CommandError(f"no tablet {chosen.tablet!r} is paired. `local-agent tablets` lists them.")
    say(f"{chosen.tablet} is revoked.")
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

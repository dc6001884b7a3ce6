"""What the `local-agent` commands about people, consoles and tablets do. Each returns the exit status."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
import warnings

from local_agent.authority import site_directory
from local_agent.authority.boot_time import read_boot_instant
from local_agent.authority.certificates import Person, server_names
from local_agent.authority.devices import Devices
from local_agent.authority.invitations import Invitations
from local_agent.authority.pairing import Tablets
from local_agent.authority.staff import Staff
from local_agent.clock import MachineClock
from local_agent.commands import CommandError, require_site, say
from local_agent.config import load_config
from local_agent.core.people import StaffMember
from mr_contract.vocabulary import Qualification, Role


def invite(chosen: argparse.Namespace) -> int:
    """Print a one-time code that carries the authority's fingerprint."""
    require_site(chosen.directory)
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
    require_site(chosen.directory)
    invitations = Invitations(chosen.directory)
    try:
        withdrawn = invitations.withdraw_all(read_boot_instant())
    finally:
        invitations.close()
    say(f"{withdrawn} outstanding invitation(s) withdrawn.")
    return 0


def devices(chosen: argparse.Namespace) -> int:
    """List enrolled consoles."""
    require_site(chosen.directory)
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
    require_site(chosen.directory)
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
    require_site(chosen.directory)
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
    require_site(chosen.directory)
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
    require_site(chosen.directory)
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
    """The PIN, typed twice without being shown, or read from standard input."""
    if chosen.pin_stdin:
        try:
            return sys.stdin.readline().strip()
        except UnicodeDecodeError:
            raise CommandError(
                "standard input is no text. Give the PIN as one line of 4 to 8 digits."
            ) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)  # rather not at all than in sight
            pin = getpass.getpass("PIN (4 to 8 digits): ")
            again = getpass.getpass("Once more: ")
    except (EOFError, UnicodeDecodeError, getpass.GetPassWarning):
        raise CommandError(
            "no PIN was typed: there is no terminal that would hide it, or it was closed. "
            "Run this in a terminal, or give the PIN with --pin-stdin."
        ) from None
    if again != pin:
        raise CommandError("the two PINs differ, so nothing was changed. Type the same PIN twice.")
    return pin


def staff_remove(chosen: argparse.Namespace) -> int:
    """Remove a person."""
    require_site(chosen.directory)
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

    require_site(chosen.directory)
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
    """List tablets that were paired, revoked ones too."""
    require_site(chosen.directory)
    register = Tablets(chosen.directory)
    try:
        for tablet in register.list():
            state = f"revoked {tablet.revoked_at:%Y-%m-%d}" if tablet.revoked_at else "good"
            say(f"{tablet.tablet}\t{tablet.scanner}\tpaired {tablet.paired_at:%Y-%m-%d}\t{state}")
    finally:
        register.close()
    return 0


def revoke_tablet(chosen: argparse.Namespace) -> int:
    """Revoke a paired tablet."""
    require_site(chosen.directory)
    register = Tablets(chosen.directory)
    try:
        done = register.revoke(chosen.tablet, MachineClock().wall())
    finally:
        register.close()
    if not done:
        raise CommandError(f"no tablet {chosen.tablet!r} is paired. `local-agent tablets` lists them.")
    say(f"{chosen.tablet} is revoked.")
    return 0

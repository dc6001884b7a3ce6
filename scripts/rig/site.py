"""A site in its own directory: authority, configuration, people, worklist, and its agent's process."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rig.breath_tones import record_commands
from rig.processes import Program, free_port, program, run, wait_for_port
from rig.scanner import RigScanner
from rig.tablet import TabletHand

from local_agent.journal.database import connect_reader, read_records

STAFF = (
    ("anna", "Anna Keller", 2, "registered_technologist", "4711"),
    ("ben", "Ben Moser", 1, "nurse", "0815"),
)

PATIENTS = (
    ("DEMO-P-001", "DEMO Patient-1", "1958-03-12", "M", "MRI brain without contrast"),
    ("DEMO-P-002", "DEMO Patient-2", "1971-07-02", "F", "MRI brain without contrast"),
    ("DEMO-P-003", "DEMO Patient-3", "1990-11-23", "F", "MRI upper abdomen"),
)


@dataclass(slots=True)
class RigSite:
    """One site; `make` once, then `start` as often as wanted."""

    name: str
    folder: Path
    scanners: tuple[RigScanner, ...]
    phone: str = "+41 31 000 00 00"
    control_port: int = field(default_factory=free_port)
    enrolment_port: int = field(default_factory=free_port)
    tablet_port: int = field(default_factory=free_port)
    agent: Program | None = None
    agent_words: tuple[str, ...] = ()
    """How to run the agent, if not by its command; the site's directory is added."""
    media: str = 'addresses = ["127.0.0.1"]'
    """The lines of `[media]`."""
    scripted: bool = False
    """Whether a program answers for the people, whose names then say so wherever they are shown."""

    @property
    def authority(self) -> Path:
        return self.folder / "authority.crt"

    @property
    def journal(self) -> Path:
        return self.folder / "journal.sqlite"

    def make(self) -> None:
        """`local-agent init`, configuration, staff and worklist."""
        agent = program("local-agent")
        run(
            agent, "init", str(self.folder), "--site", self.name, "--host", "localhost", "--host", "127.0.0.1"
        )
        self.configure()
        for language in {s.intercom for s in self.scanners if s.intercom}:
            record_commands(self.folder, language)
        for staff_id, name, level, qualification, pin in STAFF:
            run(
                *(agent, "staff-add", staff_id, "--dir", str(self.folder)),
                *("--name", f"SCRIPTED {name}" if self.scripted else name),
                *("--level", str(level), "--qualification", qualification, "--pin-stdin"),
                given=pin + "\n",
            )

    def configure(self) -> None:
        """Write configuration, policy and worklist; again after a site directory was copied."""
        self._write("site.toml", self._site_toml())
        self.write_policy({})
        self._write("worklist.json", json.dumps(self._worklist(), indent=1))

    def write_policy(self, peers: dict[str, str], *, picture: str = "waived") -> None:
        """The demo waives nothing but the picture."""
        lines = [f'picture = "{picture}"', "[peers]", *(f'"{n}" = "{k}"' for n, k in peers.items())]
        self._write("policy.toml", "\n".join(lines) + "\n")

    def statement_key(self) -> tuple[str, str]:
        """This site's name and statement key, for the policies of others."""
        name, _, key = run(program("local-agent"), "key", str(self.folder)).strip().partition(" = ")
        return json.loads(name), json.loads(key)

    def start(self) -> None:
        """Run the agent until it listens."""
        words = (*(self.agent_words or (program("local-agent"), "run")), str(self.folder))
        self.agent = Program(words, self.folder / "agent.log", self.folder / "agent.ready.json")
        self.agent.start()

    def end(self) -> None:
        if self.agent is not None:
            self.agent.end()

    def kill(self) -> None:
        """kill -9."""
        if self.agent is not None:
            self.agent.kill()

    def invite(self, name: str, role: str = "remote_operator") -> str:
        """A one-time code for a console."""
        words = ("invite", str(self.folder), "--role", role, "--name", name)
        code = run(program("local-agent"), *words).strip()
        wait_for_port(self.enrolment_port)  # the agent opens the door within half a second
        return code

    @property
    def enrolment_url(self) -> str:
        return f"localhost:{self.enrolment_port}"

    def tablet(self, scanner: RigScanner) -> TabletHand:
        """A tablet that is about to be paired with a scanner."""
        words = ("pair-tablet", scanner.scanner, "--dir", str(self.folder), "--json")
        offer = json.loads(run(program("local-agent"), *words))
        return TabletHand(offer["url"], offer["pin"], self.authority)

    def records(self) -> list[dict[str, Any]]:
        """The journal as `local-agent journal show` prints it, read beside the agent that writes it."""
        with closing(connect_reader(self.journal)) as reader:
            return [
                {
                    "seq": r.seq,
                    "at": r.at_wall,
                    "scanner": r.scanner,
                    "exam": r.exam_id,
                    "kind": r.kind,
                    "body": r.body,
                }
                for r in read_records(reader, after_seq=0)
            ]

    def verify(self, journal: Path, *more: str) -> str:
        """`local-agent journal verify` of a copy; raises RigError with its words when it finds something."""
        key = ("--key", str(self.folder / "journal.key"))
        return run(program("local-agent"), "journal", "verify", str(journal), *key, *more)

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")

    def _site_toml(self) -> str:
        head = (
            f'phone = "{self.phone}"\nworklist = "worklist.json"\n'
            f'[consoles]\nhost = "127.0.0.1"\nport = {self.control_port}\n'
            f"enrolment_port = {self.enrolment_port}\n"
            f"[media]\n{self.media}\n"
            f'[tablet]\nhost = "127.0.0.1"\nport = {self.tablet_port}\nnames = ["localhost"]\n'
        )
        return head + "".join(
            f'[[scanners]]\nid = "{s.scanner}"\nname = "{s.name}"\nletter = "{s.letter}"\n'
            f'colour = "{s.colour}"\nfield_t = 3.0\n'
            f'url = "{s.agent_url or s.url}"\nsecret_file = "{s.secret_file}"\n'
            + "".join(
                f'[[scanners.sources]]\nid = "{kind}"\nkind = "{kind}"\ntitle = "{title}"\nurl = "{url}"\n'
                for kind, title, url in s.sources
            )
            + s.intercom_lines
            for s in self.scanners
        )

    def _worklist(self) -> list[dict[str, Any]]:
        now = datetime.now(UTC).replace(second=0, microsecond=0)
        return [
            {
                "item_id": f"item-{n}",
                "accession": f"{self.name[:1].upper()}-2026-{n:04d}",
                "procedure": procedure,
                "side": "none",
                "scheduled_at": (now + timedelta(minutes=30 * n)).isoformat(),
                "patient": {"patient_id": pid, "name": name, "birth_date": born, "sex": sex},
            }
            for n, (pid, name, born, sex, procedure) in enumerate(PATIENTS, 1)
        ]

"""What the site decided for itself: presence, workload, and the few things it may waive.

Rules upheld here:
- Every value has a safe default; a bad value is refused at start-up with file, line and remedy.
- An unknown key is refused: a misspelt policy must not silently be the default.
- Nothing here can waive identity, screening, patient ready, consent, or the scanner's own limits; that a
  physician may sign an exception to the screening must be said here, and is refused where it is not.
- Every responsibility lies at exactly one end: none is left out, none is in both lists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from local_agent.core.policy_responsibilities import BadDivision, read_division
from local_agent.core.toml_places import NotToml, Place, line_of, parse_toml, shown, shown_key
from mr_contract.responsibilities import DEFAULT_RESPONSIBILITIES, Responsibility
from mr_contract.vocabulary import Privilege, Qualification, RemoteSignature, Role, SourceKind

PresenceRule = Literal["registered_technologist", "two_people_one_technologist", "trained_aide"]
Picture = Literal["required", "waived"]
AudioCheckRule = Literal["required", "waived"]
EmergencyException = Literal["refused", "signed_by_physician"]


@dataclass(frozen=True, slots=True)
class Policy:
    """A site's policy. The defaults are the strictest that a single site can run with."""

    presence: PresenceRule = "registered_technologist"
    presence_minutes: float = 10.0
    max_connected: int = 3
    max_running: int = 1
    picture: Picture = "required"
    picture_of: SourceKind = SourceKind.PATIENT
    """What the pictures must show that a start waits for."""
    picture_sources: tuple[str, ...] = ()
    """Ids of the sources of that kind that a start waits for, all of them; empty: every one of the kind."""
    remote_signature: RemoteSignature = RemoteSignature.BY_VIDEO
    """Whether a remote operator may give one of the two signatures under the screening."""
    emergency_exception: EmergencyException = "refused"
    """Whether a physician at the site may sign that an exam goes on with an incomplete screening."""
    scanners_without_stop: tuple[str, ...] = ()
    """Scanners that are admitted although software cannot stop them, each by name."""
    approved_protocols: tuple[str, ...] = ()
    """Ids of protocols that may be opened; empty: those the scanner itself marks as approved."""
    audio_check: AudioCheckRule = "waived"
    """Whether a start waits until both ends have said that they hear each other."""
    peers: tuple[tuple[str, str], ...] = ()
    """Name of each other site and its statement key (Ed25519, hexadecimal)."""
    responsibilities: tuple[Responsibility, ...] = DEFAULT_RESPONSIBILITIES
    """Who answers for what at an exam, until the people of an exam agree otherwise."""

    def waits_for(self, source: str, kind: SourceKind) -> bool:
        """Whether a start waits for the picture of this source where the policy requires one."""
        return kind is self.picture_of and (not self.picture_sources or source in self.picture_sources)


class PolicyError(ValueError):
    """A policy that cannot be used: where it is wrong, and what to write instead."""

    def __init__(self, file: str, line: int, why: str, remedy: str) -> None:
        super().__init__(f"{file}, line {line}: {why}. {remedy}.")
        self.line = line


def parse_policy(text: str, file: str) -> Policy:
    """The policy in a TOML text.

    Raises:
        PolicyError: not TOML, an unknown key, or a value outside what is allowed.
    """
    try:
        table = parse_toml(text)
    except NotToml as error:
        raise PolicyError(file, error.line, f"not valid TOML ({error})", "Correct the syntax") from None
    reader = _Reader(text, file, table)
    policy = Policy(
        presence=reader.choice("presence", get_args(PresenceRule), "registered_technologist"),
        presence_minutes=reader.number("presence_minutes", 1.0, 10.0, 10.0),
        max_connected=int(reader.number("max_connected", 1, 8, 3, whole=True)),
        max_running=int(reader.number("max_running", 1, 4, 1, whole=True)),
        picture=reader.choice("picture", get_args(Picture), "required"),
        picture_of=SourceKind(reader.choice("picture_of", tuple(SourceKind), SourceKind.PATIENT)),
        picture_sources=reader.names("picture_sources"),
        remote_signature=RemoteSignature(
            reader.choice("remote_signature", tuple(RemoteSignature), RemoteSignature.BY_VIDEO)
        ),
        audio_check=reader.choice("audio_check", get_args(AudioCheckRule), "waived"),
        emergency_exception=reader.choice("emergency_exception", get_args(EmergencyException), "refused"),
        scanners_without_stop=reader.names("scanners_without_stop"),
        approved_protocols=reader.names("approved_protocols"),
        peers=reader.peers(),
        responsibilities=reader.responsibilities(),
    )
    reader.finish()
    return policy


class _Reader:
    """Takes known keys out of a table, so that what is left is unknown."""

    def __init__(self, text: str, file: str, table: dict[str, Any]) -> None:
        self._text = text
        self._file = file
        self._left = dict(table)

    def choice(self, key: str, allowed: tuple[str, ...], default: str) -> Any:
        value = self._left.pop(key, default)
        if value not in allowed:
            raise self._error(
                (key,), f"{key} = {shown(value)} is not known", f"Write one of {', '.join(allowed)}"
            )
        return value

    def number(self, key: str, low: float, high: float, default: float, *, whole: bool = False) -> float:
        value = self._left.pop(key, default)
        right_type = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
        if not right_type or not low <= value <= high:
            kind = "a whole number" if whole else "a number"
            raise self._error(
                (key,), f"{key} = {shown(value)} is out of range", f"Write {kind} from {low:g} to {high:g}"
            )
        return float(value)

    def names(self, key: str) -> tuple[str, ...]:
        value = self._left.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
            raise self._error(
                (key,), f"{key} = {shown(value)} is not a list of names", f'Write {key} = ["name", …]'
            )
        return tuple(value)

    def peers(self) -> tuple[tuple[str, str], ...]:
        value = self._left.pop("peers", {})
        if not isinstance(value, dict):
            raise self._error(
                ("peers",),
                f"peers = {shown(value)} is not a table",
                'Write [peers] and lines "Site" = "key"',
            )
        for site, key in value.items():
            if not isinstance(key, str) or len(key) != 64 or any(c not in "0123456789abcdef" for c in key):
                raise self._error(
                    ("peers", site),
                    f"the key of {shown(site)}, {shown(key)}, is not 64 hexadecimal digits",
                    "Copy what `local-agent key` prints there",
                )
        return tuple(value.items())

    def responsibilities(self) -> tuple[Responsibility, ...]:
        if "responsibilities" not in self._left:
            return DEFAULT_RESPONSIBILITIES
        try:
            return read_division(self._left.pop("responsibilities"))
        except BadDivision as bad:
            raise self._error(bad.place, bad.why, bad.remedy) from None

    def finish(self) -> None:
        for key in self._left:
            raise self._error((key,), f"{shown_key(key)} is not a policy", "Remove it, or correct its name")

    def _error(self, place: Place, why: str, remedy: str) -> PolicyError:
        return PolicyError(self._file, line_of(self._text, place), why, remedy)


# ------------------------------------------------------------------ judged against a roster

_TECHNOLOGISTS = frozenset({Qualification.REGISTERED_TECHNOLOGIST, Qualification.TECHNOLOGIST})


def roster_missing(rule: PresenceRule, present: tuple[Qualification, ...]) -> str:
    """What the checked-in people lack under the rule, in words; empty when nothing."""
    registered = Qualification.REGISTERED_TECHNOLOGIST in present
    technologist = any(q in _TECHNOLOGISTS for q in present)
    match rule:
        case "registered_technologist" if not registered:
            return "a registered technologist"
        case "two_people_one_technologist" if len(present) < 2 or not technologist:
            return "two people, one of them a technologist"
        case "trained_aide" if not technologist and Qualification.TRAINED_AIDE not in present:
            return "a trained aide or a technologist"
        case _:
            return ""


COMMAND_PRIVILEGE: dict[str, Privilege | None] = {
    "request_control": None,
    "withdraw_request": None,
    "release_control": None,
    "stop_scan": None,
    "report_wrong": None,
    "agree_correction": Privilege.EDIT,
    "acknowledge_alarm": None,
    "list_protocols": Privilege.VIEW,
    "open_step": Privilege.VIEW,
    "send_note": Privilege.TALK,
    "sign_screening_remotely": Privilege.VIEW,
    "ask_audio_check": Privilege.TALK,
    "confirm_audio_check": Privilege.TALK,
    "void_audio_check": Privilege.TALK,
    "try_edit": Privilege.EDIT,
    "edit_step": Privilege.EDIT,
    "undo_edit": Privilege.EDIT,
    "open_protocol": Privilege.EDIT,
    "repeat_step": Privilege.EDIT,
    "start_step": Privilege.START,
    "arm_step": Privilege.START,
    "disarm_step": Privilege.START,
    "decide_first_level": Privilege.START,
    "open_intercom": Privilege.PATIENT,
    "give_breath_command": Privilege.PATIENT,
    "close_intercom": None,
    "move_responsibility": None,
    "acknowledge_responsibilities": None,
}
"""The privilege each command needs; a command that is not listed is refused."""

ROLES_THAT_MAY_STOP = frozenset(Role)
"""Anyone whom the site enrolled may view a fleet card, and so may stop."""

"""docs/protocol.md tells the truth: every message, member, reason and word is in it, every example holds."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BaseModel, TypeAdapter

from local_agent import app, console_door
from local_agent.core import control_state, gate, session, starting, ticking
from local_agent.link import bulk_server, tickets
from mr_contract import (
    audio_check,
    bulk_messages,
    console_messages,
    enrolment_messages,
    exam,
    exposure,
    geometry,
    intercom,
    magnet,
    media_messages,
    parameters,
    responsibilities,
    scanner_messages,
    screening,
    standing,
    views,
    vitals,
    vocabulary,
    wire,
)
from mr_contract.device_reasons import DEVICE_WORDS, DeviceFinding, DeviceReason
from mr_contract.explanations import EXPLANATIONS
from mr_contract.findings import Finding
from mr_contract.reasons import Reason
from remote_console.link import Tuning

DOCUMENT = Path(__file__).parents[2] / "docs" / "protocol.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
ONLY_FOR_TABLETS: set[type[StrEnum]] = {vocabulary.Qualification, vocabulary.IdentifierKind}


def kinds_of(union: Any) -> tuple[type[BaseModel], ...]:
    """The models of a discriminated union, nested unions included."""
    found: list[type[BaseModel]] = []
    for member in get_args(union):
        if isinstance(member, type) and issubclass(member, BaseModel):
            found.append(member)
        else:
            found.extend(kinds_of(member))
    return tuple(found)


MESSAGES: tuple[type[BaseModel], ...] = (
    *kinds_of(console_messages.FromConsole),
    *kinds_of(console_messages.FromAgent),
    *kinds_of(bulk_messages.FromConsoleBulk),
    *kinds_of(bulk_messages.BulkHeader),
    *kinds_of(scanner_messages.ScannerRequest),
    *kinds_of(scanner_messages.FromScanner),
    *kinds_of(scanner_messages.ScannerImageHeader),
    scanner_messages.SeriesStored,
    enrolment_messages.EnrolRequest,
    enrolment_messages.Enrolled,
    enrolment_messages.EnrolRefused,
)
BY_KIND = {message.model_fields["kind"].default: message for message in MESSAGES}
SHAPES: tuple[type[BaseModel], ...] = (
    console_messages.Resume,
    console_messages.WorkloadStatement,
    console_messages.ProtocolOffer,
    exam.PatientIdentity,
    exam.PatientBand,
    exam.Deviation,
    exam.StepView,
    exam.StepDetail,
    exam.SeriesView,
    exam.ExamView,
    exam.QuarantineView,
    exam.ClosedExam,
    exam.CorrectionView,
    screening.ScreeningView,
    screening.SignatureView,
    screening.ExceptionView,
    responsibilities.Responsibility,
    responsibilities.ResponsibilitiesView,
    exposure.ExposurePrediction,
    exposure.ImplantLimits,
    exposure.SarAverages,
    exposure.SarValues,
    geometry.SliceGroup,
    audio_check.AudioCheckView,
    intercom.IntercomView,
    media_messages.SourceView,
    vitals.Vitals,
    magnet.MagnetReading,
    media_messages.OfferedPicture,
    media_messages.WantedPicture,
    media_messages.GivenPicture,
    media_messages.IceServer,
    parameters.ParameterSpec,
    parameters.ParameterChange,
    parameters.Remedy,
    parameters.Conflict,
    standing.StandingNumber,
    standing.InterlockView,
    standing.Standing,
    views.ScannerCard,
    views.ControlView,
    views.RoomView,
    views.ProgressView,
    views.AlarmView,
    views.LinkView,
    views.LastCommand,
    views.ScannerStatus,
    views.TimelineEntry,
    scanner_messages.Capabilities,
    scanner_messages.RunningAcquisition,
    scanner_messages.ScannerProtocolOffer,
    Finding,
    DeviceFinding,
)


def paragraph_on(kind: str) -> str:
    """What the document says of a message: from its bold name to the next one, or its rows of tables."""
    at = re.search(rf"^\*\*{kind}\*\*", TEXT, re.MULTILINE)
    if at is None:
        rows = re.findall(rf"^\| `{kind}` \|.*$", TEXT, re.MULTILINE)
        assert rows, f"{kind} is not described"
        return "\n".join(rows)
    following = re.search(r"^\*\*[a-z_]+\*\*|^#", TEXT[at.end() :], re.MULTILINE)
    return TEXT[at.start() : at.end() + (following.start() if following else len(TEXT))]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: m.__name__)
def test_every_message_is_described_with_every_member(message: type[BaseModel]) -> None:
    said = paragraph_on(message.model_fields["kind"].default)
    common = {"kind"} | ({"number", "at"} if issubclass(message, scanner_messages.Event) else set())
    if message is bulk_messages.PreviewHeader:
        said += paragraph_on("preview")
    missing = [name for name in set(message.model_fields) - common if f"`{name}`" not in said]
    assert not missing


@pytest.mark.parametrize("shape", SHAPES, ids=lambda m: m.__name__)
def test_every_shape_inside_messages_is_described_with_every_member(shape: type[BaseModel]) -> None:
    described = re.search(rf"^- {shape.__name__}(?: \([^)]*\))?: (.*(?:\n  .*)*)", TEXT, re.MULTILINE)
    assert described, f"{shape.__name__} is not described"
    assert not [name for name in shape.model_fields if f"`{name}`" not in described.group(1)]


def test_no_shape_used_in_a_message_is_left_out() -> None:
    def inside(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
        for field in model.model_fields.values():
            for part in _models_in(field.annotation):
                yield part
                yield from inside(part)

    used = {part for message in MESSAGES for part in inside(message)}
    assert used - set(SHAPES) - set(MESSAGES) == set()


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: json.loads(e).get("kind", "?"))
def test_every_example_is_a_valid_message(example: str) -> None:
    kind = json.loads(example)["kind"]
    TypeAdapter(BY_KIND[kind]).validate_json(example)


def test_every_message_has_an_example() -> None:
    shown = {json.loads(example)["kind"] for example in EXAMPLES}
    assert set(BY_KIND) - shown == set()


def test_every_reason_is_listed_with_its_words() -> None:
    for reason in Reason:
        words = EXPLANATIONS[reason]
        row = f"| `{reason.value}` | {words.text} | {words.remedy} | `{words.cleared_by.value}` |"
        assert row in TEXT


def test_every_reason_of_a_device_is_listed_with_its_words() -> None:
    missing = [r for r in DeviceReason if f"| `{r.value}` | {DEVICE_WORDS[r]} |" not in TEXT]
    assert missing == []


def test_every_word_of_every_enumeration_is_listed() -> None:
    closed: set[type[StrEnum]] = {parameters.ParameterGroup}
    closed |= {v for v in vars(vocabulary).values() if isinstance(v, type) and issubclass(v, StrEnum)}
    for words in closed - {StrEnum} - ONLY_FOR_TABLETS:
        values = ", ".join(f"`{word.value}`" for word in words)
        assert f"| {words.__name__} | {values} |" in TEXT


def test_the_signed_bytes_of_a_statement_are_exactly_those_printed() -> None:
    example = next(e for e in EXAMPLES if json.loads(e)["kind"] == "workload_attested")
    statement = console_messages.WorkloadAttested.model_validate_json(example).statement
    signed = re.search(r"```text\n(workload-statement-1\n\{.*\})\n```", TEXT)
    public = re.search(r"whose public key is\s+`([0-9a-f]{64})`", TEXT)
    assert signed
    assert public
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public.group(1)))
    key.verify(base64.b64decode(statement.signature), signed.group(1).encode())
    fields = json.loads(signed.group(1).split("\n", 1)[1])
    assert fields == statement.model_dump(exclude={"signature"})


def test_the_times_printed_are_those_of_the_code() -> None:
    rows = {
        "silence until the agent closes": f"{session.SILENT_S:g} s",
        "control suspended": f"{control_state.SUSPENDED_S:g} s",
        "request unanswered": f"{control_state.ANSWER_S:g} s",
        "bulk ticket": f"{tickets.TICKET_LIFE_S:g} s, once",
        "bulk without a pong": f"{bulk_server.WAIT_LIMIT_S:g} s",
        "replay": f"the newest {console_door.REPLAY_LIMIT} records",
        "beats": f"every {app.BEAT_S:g} s; the last {session.BEATS_KEPT} are remembered",
        "lease: console, agent": f"{Tuning().lease_s:g} s, {control_state.LEASE_S:g} s from the sending "
        "of the echoed beat",
        "age of the beat in a start": f"{gate.BEAT_LIMIT_S:g} s on arrival, {gate.SEND_LIMIT_S:g} s when it "
        "is sent to the scanner",
        "replies": f"`prepared` {starting.PREPARE_LIMIT_S:g} s, `started` {starting.START_LIMIT_S:g} s, "
        f"`stop_taken` {starting.STOP_LIMIT_S:g} s, all others {ticking.REPLY_LIMIT_S:g} s",
        "image message": f"{wire.IMAGE_FRAME_LIMIT_BYTES} bytes, header {wire.HEADER_LIMIT_BYTES}",
    }
    assert [what for what, value in rows.items() if f"| {what} | {value} |" not in TEXT] == []

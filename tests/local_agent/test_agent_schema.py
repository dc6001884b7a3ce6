"""`local-agent schema` is whole: every message of the contract, in every direction it travels."""

from __future__ import annotations

import inspect
import json
import pkgutil
from importlib import import_module
from types import ModuleType
from typing import Any, get_args

import pytest
from pydantic import BaseModel

import mr_contract
from local_agent.command_line import main
from local_agent.commands import schema
from mr_contract import bulk_messages, console_messages, scanner_messages, tablet_messages

MODULES = tuple(import_module(f"mr_contract.{m.name}") for m in pkgutil.iter_modules(mr_contract.__path__))
UNIONS: dict[str, Any] = {
    "console_to_agent": console_messages.FromConsole,
    "agent_to_console": console_messages.FromAgent,
    "console_to_agent_bulk": bulk_messages.FromConsoleBulk,
    "agent_to_console_bulk_header": bulk_messages.BulkHeader,
    "tablet_to_agent": tablet_messages.FromTablet,
    "agent_to_tablet": tablet_messages.ToTablet,
    "agent_to_scanner": scanner_messages.ScannerRequest,
    "scanner_to_agent": scanner_messages.FromScanner,
    "scanner_to_agent_image_header": scanner_messages.ScannerImageHeader,
}


def kinds_in(union: Any) -> set[str]:
    """Kinds of a discriminated union, nested unions included."""
    if isinstance(union, type) and issubclass(union, BaseModel):
        return {union.model_fields["kind"].default} if "kind" in union.model_fields else set()
    return {kind for member in get_args(union) for kind in kinds_in(member)}


def kinds_of_module(module: ModuleType) -> set[str]:
    """Kinds of every message a module defines; a `kind` without a value of its own makes no message."""
    models = (m for _, m in inspect.getmembers(module, inspect.isclass) if m.__module__ == module.__name__)
    kinds = {kind for model in models if issubclass(model, BaseModel) for kind in kinds_in(model)}
    return {kind for kind in kinds if isinstance(kind, str)}


def kinds_said(described: Any) -> set[str]:
    """Every kind that a JSON Schema admits anywhere."""
    if isinstance(described, list):
        return {kind for part in described for kind in kinds_said(part)}
    if not isinstance(described, dict):
        return set()
    kind = described.get("properties", {}).get("kind", {})
    here = {kind["const"]} if "const" in kind else set(kind.get("enum", ()))
    return here | {k for part in described.values() for k in kinds_said(part)}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    """The schema; it takes most of a second to make."""
    return schema()


@pytest.fixture(scope="module")
def said(described: dict[str, Any]) -> set[str]:
    """Every kind that travels in any direction."""
    return kinds_said(list(described.values()))


@pytest.mark.parametrize("direction", UNIONS)
def test_a_direction_has_exactly_the_messages_of_its_union(direction: str, described: dict[str, Any]) -> None:
    assert kinds_said(described[direction]) == kinds_in(UNIONS[direction])


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.__name__.rpartition(".")[2])
def test_no_message_of_the_contract_is_left_out(module: ModuleType, said: set[str]) -> None:
    assert kinds_of_module(module) - said == set()


def test_enrolment_has_its_answers_and_a_tablet_can_be_paired_from_it(described: dict[str, Any]) -> None:
    assert kinds_said(described["console_to_agent_enrolment"]) == {"enrol_request"}
    assert kinds_said(described["agent_to_console_enrolment"]) == {"enrolled", "enrol_refused"}
    assert set(described["tablet_to_agent_pairing"]["properties"]) == {"code", "pin"}
    assert kinds_said(described["agent_to_tablet_pairing"]) == {"paired", "pair_refused"}


def test_the_command_prints_it(described: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(described))

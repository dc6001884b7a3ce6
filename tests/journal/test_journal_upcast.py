"""Old versions are raised step by step; the unknown is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from local_agent.journal import NewerVersion, Record, UnknownKind, Upcasters


def _name_the_unit(body: dict[str, Any]) -> dict[str, Any]:
    return {"te_ms": body["te"]}


def _add_the_source(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "source": "unknown"}


UPCASTERS = Upcasters({"step_edited": [_name_the_unit, _add_the_source], "exam_opened": []})


def test_every_version_reaches_the_one_in_use() -> None:
    assert UPCASTERS.current_version("step_edited") == 3
    assert UPCASTERS.upcast("step_edited", 1, {"te": 90}) == {"te_ms": 90, "source": "unknown"}
    assert UPCASTERS.upcast("step_edited", 2, {"te_ms": 90}) == {"te_ms": 90, "source": "unknown"}
    assert UPCASTERS.upcast("step_edited", 3, {"te_ms": 90, "source": "x"}) == {"te_ms": 90, "source": "x"}


def test_a_record_is_raised_without_being_changed() -> None:
    record = Record(1, "2026-11-24T08:00:00Z", "b", "A", None, "step_edited", 2, '{"te_ms":9}', b"", b"")
    assert UPCASTERS.body_of(record) == {"te_ms": 9, "source": "unknown"}
    assert record.body == {"te_ms": 9}


def test_the_given_body_is_not_changed() -> None:
    body = {"te_ms": 90}
    UPCASTERS.upcast("step_edited", 2, body)
    UPCASTERS.upcast("exam_opened", 1, body)["more"] = 1
    assert body == {"te_ms": 90}


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(UnknownKind, match="'magnet_quenched'") as refusal:
        UPCASTERS.upcast("magnet_quenched", 1, {})
    assert refusal.value.kind == "magnet_quenched"


def test_a_newer_version_is_named() -> None:
    with pytest.raises(NewerVersion, match="'exam_opened' in version 2") as refusal:
        UPCASTERS.upcast("exam_opened", 2, {})
    assert (refusal.value.version, refusal.value.known) == (2, 1)


def test_a_version_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="begin at 1"):
        UPCASTERS.upcast("exam_opened", 0, {})

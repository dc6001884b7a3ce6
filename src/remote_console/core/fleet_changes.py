"""Small changes of the fleet that its reducers share. An unknown scanner changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from remote_console.core.fleet import FleetState, ScannerKey, ScannerState

K = TypeVar("K")
V = TypeVar("V")


def put(values: Mapping[K, V], key: K, value: V) -> Mapping[K, V]:
    """The mapping with this one value replaced."""
    return MappingProxyType({**values, key: value})


def change(state: FleetState, key: ScannerKey, **fields: object) -> FleetState:
    """The fleet with these fields of one scanner replaced."""
    scanner = state.scanners.get(key)
    if scanner is None:
        return state
    changed = replace(scanner, **fields)  # type: ignore[arg-type]
    return replace(state, scanners=put(state.scanners, key, changed))


def newest(scanner: ScannerState) -> int:
    """The last entry of its timeline that this desk has."""
    return scanner.timeline[-1].seq if scanner.timeline else 0

"""Changes to another package's modules, collected, applied together, and undone."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from media_kit.corrections.ice import Reach


@dataclass(slots=True)
class Changes:
    """Names of modules given other values, and classes replaced by subclasses of themselves."""

    reach: Reach = field(default_factory=Reach)
    _values: dict[tuple[ModuleType, str], Any] = field(default_factory=dict)
    _parts: dict[tuple[ModuleType, str], list[type]] = field(default_factory=dict)
    _before: dict[tuple[ModuleType, str], Any] = field(default_factory=dict)

    def set(self, module: ModuleType, name: str, value: object) -> None:
        """`module.name` becomes `value`."""
        self._values[module, name] = value

    def mix(self, module: ModuleType, name: str, part: type) -> None:
        """The class `module.name` becomes one with `part`, a subclass of it, in front."""
        self._parts.setdefault((module, name), []).append(part)

    def apply(self) -> None:
        """Make them; `undo` takes them back. Raises RuntimeError where it was done already."""
        if any(
            issubclass(getattr(module, name), tuple(parts)) for (module, name), parts in self._parts.items()
        ):
            raise RuntimeError("aiortc is corrected already: call correct() once in a process")
        classes = {
            (module, name): type(f"Corrected{name}", (*reversed(parts),), {})
            for (module, name), parts in self._parts.items()
        }
        for (module, name), value in {**self._values, **classes}.items():
            self._before[module, name] = getattr(module, name)
            setattr(module, name, value)

    def undo(self) -> None:
        """Give every name its former value."""
        for (module, name), value in self._before.items():
            setattr(module, name, value)
        self._before.clear()

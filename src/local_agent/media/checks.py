"""What `local-agent check` says of pictures and sound: what would not work although the agent starts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from local_agent.config import LoadedConfig, ScannerConfig
from local_agent.core.policy import Policy
from local_agent.media.recording_checks import recording_warnings

BUFFER_BYTES = 4 * 1024 * 1024
KERNEL = Path("/proc/sys/net/core")


def media_warnings(config: LoadedConfig, directory: Path, kernel: Path = KERNEL) -> Iterator[str]:
    """In words, each with its remedy. `kernel` is where the limits of sockets are read."""
    scanners = config.site.scanners
    for scanner in scanners:
        yield from _no_picture(scanner, config.policy)
    secrets = {directory / s.login_file for scanner in scanners for s in scanner.sources if s.login_file}
    secrets |= {directory / s.intercom.secret_file for s in scanners if s.intercom and s.intercom.secret_file}
    secrets |= {directory / turn.secret_file for turn in config.site.media.turn if turn.secret_file}
    for path in sorted(secrets):
        yield from _secret(path)
    if any(scanner.sources for scanner in scanners):
        yield from _buffers(kernel)
    yield from recording_warnings(scanners, directory)


def _no_picture(scanner: ScannerConfig, policy: Policy) -> Iterator[str]:
    awaited = (s for s in scanner.sources if policy.waits_for(s.id, s.kind))
    if policy.picture == "required" and next(awaited, None) is None:
        yield (
            f"no start is possible at {scanner.name}: the policy wants a live picture ({policy.picture_of}) "
            f"and no source of the scanner {_which(policy)}. Declare one in site.toml, or write "
            'picture = "waived" in policy.toml.'
        )


def _which(policy: Policy) -> str:
    if not policy.picture_sources:
        return "is of that kind"
    return f"of that kind is called {' or '.join(policy.picture_sources)} (picture_sources)"


def _secret(path: Path) -> Iterator[str]:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        yield f"{path} cannot be read ({error.strerror}). site.toml names it: put it there."
        return
    if mode & 0o077:
        yield f"{path} can be read by others. chmod 600 it."


def _buffers(kernel: Path) -> Iterator[str]:
    for name in ("rmem_max", "wmem_max"):
        try:
            granted = int((kernel / name).read_text(encoding="ascii"))
        except (OSError, ValueError):
            continue  # not this kind of kernel
        if granted < BUFFER_BYTES:
            yield (
                f"net.core.{name} is {granted}: key frames of a screen come late. "
                f"sysctl net.core.{name}={BUFFER_BYTES}"
            )

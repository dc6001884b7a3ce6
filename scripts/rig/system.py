"""The demo's world: two sites, three simulated scanners, and what a desk needs to reach them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from rig.processes import RigError, program, run
from rig.scanner import RigScanner
from rig.site import RigSite

ABDOMEN = ("--subject", "abdomen", "--no-automatic-voice")
"""Its images are sharp where the patient was told in time to hold the breath."""
COLOURS = ("#6ea8fe", "#b794f6", "#f19ac0")
MERM = "Remote MERM"
CAMERAS = (("room", "Magnet room", "synthetic:"), ("patient", "Patient", "synthetic:"))
INJECTOR = ("injector", "Injector", "synthetic:")
"""Kind, title and address: drawn from what the simulated scanner does, for there is no camera."""


class System:
    """Agents and scanners as processes of their own, under one folder."""

    def __init__(self, folder: Path, speed: float, *, scripted: bool = False) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        a = RigScanner("north-mr1", "MR 1", "A", COLOURS[0], folder, speed, seed=1)
        b = RigScanner("south-mr1", "MR 1", "B", COLOURS[1], folder, speed, seed=2)
        c = RigScanner("south-mr2", "MR 2", "C", COLOURS[2], folder, speed, seed=3)
        a.intercom = c.intercom = "de"
        c.more, c.coil, c.landmark = ABDOMEN, "Body 18", "sternum"
        self.scanners = (a, b, c)
        a.sources, b.sources = (*CAMERAS, INJECTOR), CAMERAS  # the third has none, as happens
        self.north = RigSite("North", folder / "north", (a,), scripted=scripted)
        self.south = RigSite("South", folder / "south", (b, c), scripted=scripted)
        self.sites = (self.north, self.south)
        self.home = folder / "console"
        self._console: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Scanners, then sites that know each other's statement keys, then agents."""
        for scanner in self.scanners:
            scanner.start()
        for site in self.sites:
            site.make()
        keys = dict(site.statement_key() for site in self.sites)
        for site in self.sites:
            site.write_policy({name: key for name, key in keys.items() if name != site.name})
            site.start()

    def enrol(self) -> None:
        """Enrol a desk at every site with the console's own command."""
        for site in self.sites:
            code = site.invite(MERM)
            run(*self.console_words, "enrol", site.enrolment_url, code)

    @property
    def console_words(self) -> tuple[str, ...]:
        """The console's command with the demo's own home and an unprotected key (DEMO scanners only)."""
        return (program("remote-console"), "--home", str(self.home), "--demo-key-without-protection")

    def run_console(self) -> int:
        """Open the console and wait until its window is closed; its exit status."""
        self._console = subprocess.Popen(self.console_words)
        return self._console.wait()

    async def require_demo(self) -> None:
        """Raise unless every scanner says of itself that it is a DEMO."""
        for scanner in self.scanners:
            welcome = await scanner.ask("scanner_hello", protocol=1, agent="demo")
            if welcome.get("mode") != "demo":
                raise RigError(f"{scanner.name} is not a DEMO scanner: a scripted local operator is refused")

    def end(self) -> None:
        """End every process that was started."""
        if self._console is not None and self._console.poll() is None:
            self._console.terminate()
        for site in self.sites:
            site.end()
        for scanner in self.scanners:
            scanner.end()

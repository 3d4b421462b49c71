"""A bot in a process of its own, held at a point and killed there."""

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONG_ENOUGH = 90.0


@dataclass
class Heard:
    """What bots say, each line with who said it."""

    lines: "queue.Queue[tuple[Bot, str]]" = field(default_factory=queue.Queue)

    def forget(self) -> None:
        """Whatever was said until now has no meaning any more."""
        while not self.lines.empty():
            self.lines.get_nowait()

    def wait(self, line: str, within: float = LONG_ENOUGH) -> "Bot":
        """The bot that says `line` next; other lines are let pass."""
        try:
            while True:
                who, said = self.lines.get(timeout=within)
                if said == line:
                    return who
                assert said != "ended", f"the bot ended instead of saying {line!r}: {who.told()}"
        except queue.Empty:
            raise AssertionError(f"no bot said {line!r} within {within} s") from None


class Bot:
    """One process. It reads and writes files in `folder` alone; its log is there too."""

    def __init__(self, settings: Mapping[str, str], folder: Path, heard: Heard, day: int) -> None:
        self.log = folder / "bot.log"
        self.heard = heard
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.soak.bot"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                bufsize=1,
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(ROOT), **settings},
            )
        self._dying = False
        self._ear = threading.Thread(target=self._listen, daemon=True)
        self._ear.start()
        self.order(f"day {day}")

    def order(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def go(self, hold: str | None = None) -> None:
        """Start; with `hold` it may be held before it serves."""
        if hold:
            self.order(f"hold {hold}")
        self.order("go")

    def kill(self) -> None:
        self._dying = True
        os.kill(self.process.pid, signal.SIGKILL)
        self._end()

    def leave(self) -> int:
        """SIGTERM, and how it ended."""
        self._dying = True
        os.kill(self.process.pid, signal.SIGTERM)
        return self._end()

    def _end(self) -> int:
        code = self.process.wait(LONG_ENOUGH)
        self._ear.join(LONG_ENOUGH)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()
        return code

    def told(self) -> str:
        """The end of the log."""
        return self.log.read_text()[-4_000:]

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.heard.lines.put((self, line.strip()))
        if not self._dying:
            self.heard.lines.put((self, "ended"))

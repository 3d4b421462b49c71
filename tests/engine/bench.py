"""A place to watch work: what began and ended, in order, here and in other processes."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import Connection

from bot.engine import WORKERS, ClientCarrier, Engine, pending
from storage.database import Database
from storage.work import Job, Kind

POLL = 0.05
LONG_ENOUGH = 90.0

# Nobody is taken for dead within a test, however busy the machine is.
BEAT, STALE = 60.0, 120.0


class Bench:
    """Lines like "begun a" and "ended a"; `expect` waits for one, `does` says what a job does."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self._deeds: dict[str, Callable[[], float | None]] = {}

    def note(self, line: str) -> None:
        with self._changed:
            self.lines.append(line)
            self._changed.notify_all()

    def expect(self, *lines: str, times: int = 1, within: float = LONG_ENOUGH) -> None:
        with self._changed:
            came = self._changed.wait_for(
                lambda: all(self.lines.count(line) >= times for line in lines), within
            )
        assert came, f"expected {lines} ×{times}, but there was only {self.lines}"

    def does(self, key: str, deed: Callable[[], float | None]) -> None:
        self._deeds[key] = deed

    def work(self, key: str) -> float | None:
        self.note(f"begun {key}")
        hold = self._deeds.get(key, lambda: None)()
        self.note(f"ended {key}")
        return hold

    def count(self, line: str) -> int:
        return self.lines.count(line)


def eventually(came: Callable[[], bool]) -> None:
    """Look again and again, where only the database can tell."""
    deadline = time.monotonic() + LONG_ENOUGH
    while not came():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


class Gate:
    """A deed that waits until it is opened, so that a test decides when a job ends."""

    def __init__(self) -> None:
        self._opened = threading.Event()

    def __call__(self) -> None:
        assert self._opened.wait(LONG_ENOUGH), "nobody opened the gate"

    def open(self) -> None:
        self._opened.set()


class Office:
    """One database and whoever works on it."""

    def __init__(self, url: str, bench: Bench) -> None:
        self.url = url
        self.bench = bench
        self.database = Database(url)
        self.carrier = ClientCarrier(url)

    def engine(self, *, beat: float = BEAT, stale: float = STALE) -> Engine:
        work = self.bench.work
        return Engine(self.url, dict.fromkeys(WORKERS, work), poll=POLL, beat=beat, stale=stale)

    @contextmanager
    def working(self, *, beat: float = BEAT, stale: float = STALE) -> Iterator[Engine]:
        engine = self.engine(beat=beat, stale=stale)
        engine.launch()
        try:
            yield engine
        finally:
            engine.stop(LONG_ENOUGH)

    def transaction(self) -> AbstractContextManager[Connection]:
        return self.database.transaction(LONG_ENOUGH)

    def carry(self, *keys: str, lane: str | None = None, kind: Kind = "deliver") -> None:
        """Carry jobs in one transaction."""
        with self.transaction() as tx:
            for key in keys:
                self.carry_in(tx, key, lane=lane, kind=kind)

    def carry_in(
        self, tx: Connection, key: str, *, lane: str | None = None, kind: Kind = "deliver"
    ) -> None:
        self.carrier.carry(tx, Job(kind, key, lane))

    def begun(self) -> set[str]:
        """The jobs that some process has begun and not ended."""
        return {job.workflow_id for job in pending(self.carrier._client)}

    @contextmanager
    def colleague(self, *, beat: float = BEAT, stale: float = STALE) -> Iterator["Colleague"]:
        """Another process that works on the same database; its lines come to the bench."""
        command = [sys.executable, "-m", "tests.engine.colleague"]
        with subprocess.Popen(
            [*command, self.url, str(beat), str(stale)], stdout=subprocess.PIPE, text=True
        ) as process:
            colleague = Colleague(process, self.bench)
            try:
                self.bench.expect("launched")
                yield colleague
            finally:
                process.kill()

    def close(self) -> None:
        self.carrier.close()
        self.database.dispose()


class Colleague:
    def __init__(self, process: "subprocess.Popen[str]", bench: Bench) -> None:
        self._process = process
        self._bench = bench
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._bench.note(line.rstrip("\n"))

    def die(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        self._process.wait(LONG_ENOUGH)

    def leave(self) -> int:
        os.kill(self.pid, signal.SIGTERM)
        return self._process.wait(LONG_ENOUGH)

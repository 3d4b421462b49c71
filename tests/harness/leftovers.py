"""Processes that the tests started and nobody stopped.

Children are found by a mark in their environment, so that one that left the family (a daemon, a
child of a killed child) is found too.
"""

import os
from collections.abc import Iterator

import psutil

MARK = "RECESS_TEST_SESSION"
A_MOMENT = 3.0


def mark() -> str:
    """Mark everything this process starts from now on."""
    os.environ[MARK] = f"{os.getpid()}-{psutil.Process().create_time()}"
    return os.environ[MARK]


def still_running(mark: str, within: float = A_MOMENT) -> list[str]:
    """What carries the mark and has not ended after `within` seconds, one line each."""
    _, alive = psutil.wait_procs(list(marked(mark)), timeout=within)
    return [f"{process.pid}: {' '.join(process.cmdline())}" for process in alive]


def marked(mark: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(MARK) == mark:
                yield process
        except (psutil.Error, OSError):
            continue

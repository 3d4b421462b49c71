"""The largest resident size of a process, without that of the tests that start it."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

# Linux counts what a process was before it became its program, which is a copy of whoever
# started it. So a small process stands between the tests and the measured one.
BETWEEN = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[2:])
_, status, usage = os.wait4(process.pid, 0)
with open(sys.argv[1], "w") as figure:
    figure.write(str(usage.ru_maxrss))
os._exit(os.waitstatus_to_exitcode(status))
"""


def measured(command: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> tuple[bytes, int]:
    """What a command that succeeds prints, and its largest resident size in KiB (on Linux)."""
    with TemporaryDirectory() as folder:
        figure = Path(folder) / "figure"
        between = [sys.executable, "-S", "-c", BETWEEN, str(figure), *command]
        done = subprocess.run(between, cwd=cwd, env=env, stdout=subprocess.PIPE, check=True)
        return done.stdout, int(figure.read_text())

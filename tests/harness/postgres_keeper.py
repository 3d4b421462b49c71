"""Keeps one throw-away PostgreSQL server for the process that started it.

Run as a script with the folder of the server's binaries. It prints one line of JSON,
`{"socket": folder}` or `{"failed": reason}`, and then waits for its standard input to end. That
happens when the tests are done, and also when they are killed; either way the server stops and
its folders go. It lives in a session of its own, so that Ctrl-C reaches the tests alone.
"""

import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

STARTING_TAKES_AT_MOST = 60.0
STOPPING_TAKES_AT_MOST = 10.0

# Every database is five hundred files that soon go again. Of the file systems on disks some look
# for a free place among those that have just gone, which takes most of a second.
IN_MEMORY, PLENTY = Path("/dev/shm"), 4 << 30

# Data that lives for minutes needs no durability.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "checkpoint_timeout": "1h",
    "shared_buffers": "32MB",
    "max_connections": "200",
    "dynamic_shared_memory_type": "mmap",
    "timezone": "UTC",
}


class CannotStart(Exception):
    """The server does not run here; the sentence says why."""


def unprivileged() -> dict[str, Any]:
    """Arguments for `subprocess`: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def runnable(binaries: Path, folder: Path, who: dict[str, Any]) -> Path:
    """The binaries where `who` may run them: where they are, or else a copy in `folder`."""
    try:
        subprocess.run([binaries / "postgres", "--version"], check=True, capture_output=True, **who)
    except PermissionError:
        return copied(binaries, folder)
    return binaries


def copied(binaries: Path, folder: Path) -> Path:
    """A copy that keeps the place of the shared libraries relative to the binaries."""
    package = binaries.parents[1]
    for part in (binaries.parent, package.with_name(package.name + ".libs")):
        if part.is_dir():
            shutil.copytree(part, folder / part.relative_to(package.parent))
    return folder / binaries.relative_to(package.parent)


def make_cluster(binaries: Path, folder: Path, who: dict[str, Any]) -> None:
    command: list[str | Path] = [binaries / "initdb", "-D", folder / "data", "-U", "postgres"]
    command += ["-A", "trust", "-E", "UTF8", "--no-sync", *unicode_locale(binaries, who)]
    made = subprocess.run(command, capture_output=True, text=True, cwd=folder, **who)
    if made.returncode:
        raise CannotStart(made.stderr.strip())


def unicode_locale(binaries: Path, who: dict[str, Any]) -> list[str]:
    """PostgreSQL brings its own Unicode since 17; before, the machine's has to do."""
    command: list[str | Path] = [binaries / "postgres", "--version"]
    version = subprocess.run(command, check=True, capture_output=True, text=True, **who).stdout
    if int(re.findall(r"\d+", version)[0]) >= 17:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C.UTF-8"]


def start(binaries: Path, folder: Path, who: dict[str, Any]) -> "subprocess.Popen[bytes]":
    command: list[str | Path] = [binaries / "postgres", "-D", folder / "data", "-k", folder]
    command += [f"--{name}={value}" for name, value in SETTINGS.items()]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, **who
        )
    wait_until_ready(server, folder)
    return server


def wait_until_ready(server: "subprocess.Popen[bytes]", folder: Path) -> None:
    """The server writes `ready` into its pid file, as `pg_ctl -w` reads it."""
    deadline = time.monotonic() + STARTING_TAKES_AT_MOST
    pid_file = folder / "data" / "postmaster.pid"
    while time.monotonic() < deadline and server.poll() is None:
        if pid_file.exists() and "ready" in pid_file.read_text():
            return
        time.sleep(0.005)
    stop(server)
    raise CannotStart((folder / "log").read_text(errors="replace").strip() or "no answer")


def stop(server: "subprocess.Popen[bytes]") -> None:
    """Stop at once: nothing in it is worth a checkpoint."""
    server.send_signal(signal.SIGQUIT)
    try:
        server.wait(STOPPING_TAKES_AT_MOST)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


@contextmanager
def short_folder() -> Iterator[Path]:
    """A Unix socket's path must stay below about a hundred characters."""
    with fresh_folder(Path("/tmp") if os.access("/tmp", os.W_OK) else None) as folder:
        yield folder


@contextmanager
def data_folder() -> Iterator[Path]:
    """In memory where there is plenty of it."""
    try:
        plenty = shutil.disk_usage(IN_MEMORY).free >= PLENTY and os.access(IN_MEMORY, os.W_OK)
    except OSError:
        plenty = False
    with fresh_folder(IN_MEMORY if plenty else None) as folder:
        yield folder


@contextmanager
def fresh_folder(parent: Path | None) -> Iterator[Path]:
    """A folder of the server's own, which goes with it."""
    folder = Path(tempfile.mkdtemp(prefix="recess-pg-", dir=parent))
    try:
        if who := unprivileged():
            os.chown(folder, who["user"], who["group"])
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def say(**line: str) -> None:
    print(json.dumps(line), flush=True)


def keep(binaries: Path, folder: Path, data: Path) -> None:
    who = unprivileged()
    (folder / "data").symlink_to(data)
    binaries = runnable(binaries, folder, who)
    make_cluster(binaries, folder, who)
    server = start(binaries, folder, who)
    try:
        say(socket=str(folder))
        sys.stdin.read()
    finally:
        stop(server)


def main() -> None:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    try:
        with short_folder() as folder, data_folder() as data:
            keep(Path(sys.argv[1]), folder, data)
    except (CannotStart, OSError, KeyError, subprocess.SubprocessError) as reason:
        say(failed=f"{reason}")


if __name__ == "__main__":
    main()

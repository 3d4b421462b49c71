"""A shell with one database, one partner's roster, and a practice Slack."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from click.testing import CliRunner, Result

from bot.commands.program import recess
from bot.commands.stores import NothingIsCarried, now
from bot.demo.people import CHANNELS, GROUPS, PEOPLE
from bot.practice import Workspace
from storage.database import Database
from storage.store import Store, Stores
from tests.harness.patience import LONG, be_patient, patient
from tests.rosters.sets import in_folder, org, set_1p1, user

be_patient()

SCHOOLS = {"s1": "Oak Elementary", "s2": "Elm Elementary", "s3": "Fir Middle School"}
STAFF = {"u1": "s1", "u2": "s1,s2", "u3": "s2", "u4": "s3"}

LINCOLN = """
[[partner]]
slug = "lincoln"
name = "Lincoln Unified"
timezone = "America/Los_Angeles"
channel = "C0LINCOLN"
admins = ["U0ANA", "S0LINCOLNADMINS"]
viewers = ["U0VIC"]
source = { kind = "oneroster-csv", path = "roster" }
"""
CEDAR = """
[[partner]]
slug = "cedar"
name = "Cedar Valley"
timezone = "America/Chicago"
channel = "C0CEDAR"
admins = ["U0CARMEN"]
source = { kind = "oneroster-csv", path = "cedar" }
"""


@dataclass
class Shell:
    """Runs `recess` in this process, in a folder of its own."""

    folder: Path
    url: str
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, typed: str = "") -> Result:
        env = {"DATABASE_URL": self.url, **self.environment}
        return CliRunner(env=env).invoke(recess, arguments, input=typed, prog_name="recess")

    def asked(self, *arguments: str, typed: str) -> tuple[int, str]:
        """The exit code, and what a person sees who is asked; `at_terminal` is the real thing."""
        somebody = SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True))
        with patch("bot.commands.terminal.sys", somebody):
            result = self(*arguments, typed=typed)
        return result.exit_code, result.output

    def done(self, *arguments: str) -> str:
        """The output of a command that has to succeed."""
        result = self(*arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *arguments: str) -> Any:
        """The document of a command that has to succeed, and prints nothing else."""
        return json.loads(self.done(*arguments, "--json"))

    def refused(self, *arguments: str) -> str:
        """The sentence of a command that has to be refused; nothing is on stdout."""
        result = self(*arguments)
        assert result.exit_code == 1, result.output
        return result.stderr

    def declare(self, *tables: str) -> Path:
        file = self.folder / "partners.toml"
        file.write_text("\n".join(tables), "utf-8")
        return file

    def roster(
        self,
        schools: Mapping[str, str] = SCHOOLS,
        staff: Mapping[str, str] = STAFF,
        folder: str = "roster",
    ) -> None:
        """Write a set: names by school id, the comma-separated schools by staff id."""
        orgs = [org(id, name, identifier=f"00{id[1:]}") for id, name in schools.items()]
        users = [user(id, where) for id, where in staff.items()]
        in_folder(self.folder / folder, set_1p1(orgs, users))

    def synced(self) -> "Shell":
        """Lincoln is imported and its roster was read once."""
        self.roster()
        self.done("partners", "import", str(self.declare(LINCOLN)))
        self.done("sync")
        return self

    def without(self, *ids: str) -> "Shell":
        """The next night, on which these schools are missing."""
        self.roster({id: name for id, name in SCHOOLS.items() if id not in ids})
        self.done("sync")
        return self

    def statuses(self, partner: str = "lincoln") -> dict[str, str]:
        return {row["id"]: row["status"] for row in self.json("schools", "list", partner)}

    @contextmanager
    def store(self) -> Iterator[Store]:
        """What is stored, for a look or a change behind the back of the command line."""
        database = Database(self.url)
        try:
            with Stores(database, NothingIsCarried(), now).transaction() as store:
                yield store
        finally:
            database.dispose()

    def process(self, *arguments: str, **more: Any) -> "subprocess.CompletedProcess[str]":
        """A real process."""
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=self.folder,
            env=self.outside(),
            capture_output=True,
            text=True,
            timeout=LONG,
            **more,
        )

    def outside(self) -> dict[str, str]:
        root = str(Path(__file__).parents[2])
        return os.environ | {"DATABASE_URL": self.url, "PYTHONPATH": root} | self.environment


@pytest.fixture
def shell(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Once on SQLite, once on PostgreSQL."""
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path, database_url)


@pytest.fixture
def sqlite_shell(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Where the database makes no difference."""
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path, sqlite_url)


@pytest.fixture
def slack() -> Iterator[Workspace]:
    with patient(Workspace(rate_limits=False)) as workspace:
        for person in PEOPLE:
            workspace.add_person(person.id, person.name, person.real_name, person.email)
        for group in GROUPS:
            workspace.add_group(group.id, group.handle, group.name, group.members)
        for channel in CHANNELS:
            workspace.add_channel(channel.id, channel.name, channel.members)
        yield workspace


def reachable(slack: Workspace) -> dict[str, str]:
    """The settings with which the command line speaks to a practice Slack."""
    return {
        "SLACK_BOT_TOKEN": slack.app.bot_token,
        "SLACK_APP_TOKEN": slack.app.app_token,
        "SLACK_API_URL": slack.api_url,
        "SUPPORT_USERGROUP_ID": "S0SUPPORT",
        "SUPPORT_CHANNEL_ID": "C0SUPPORT",
    }


def at_terminal(shell: Shell, *arguments: str, typed: str = "") -> tuple[int, str]:
    """The exit code, and what a person at a terminal sees who types this."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "bot", *arguments],
        cwd=shell.folder,
        env=shell.outside(),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        os.write(ours, typed.encode())
        seen = b""
        while True:
            try:
                block = os.read(ours, 4096)
            except OSError:
                break
            if not block:
                break
            seen += block
        os.close(ours)
        return process.wait(LONG), seen.decode()

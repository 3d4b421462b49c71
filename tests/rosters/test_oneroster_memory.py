"""A large district over REST: what the process of one sync needs.

As a rule one night with a tenth of the staff and few students, because serving them is what takes
long; with RECESS_SOAK=1 two nights with all of them.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness.memory import measured
from tests.rosters.standins.oneroster import KEY, SECRET

ROOT = Path(__file__).parents[2]
LIMIT = 200 * 1024
LONG = os.environ.get("RECESS_SOAK") == "1"
STAFF, USERS = (100_000, 600_000) if LONG else (10_000, 11_000)

PARTNER = """
[[partner]]
slug = "plains"
name = "Great Plains Unified"
timezone = "America/Chicago"
channel = "C0PLAINS"
admins = ["U0ANA"]
source = {{ kind = "oneroster", url = "{url}", version = "1.2", auth = "oauth2", \
client_id = "{key}", client_secret = "${{ONEROSTER_SECRET}}", token_url = "{url}/token" }}
"""


@pytest.fixture
def address() -> Iterator[str]:
    """A service with the large district, in another process."""
    command = [sys.executable, "-m", "tests.rosters.standins.plains", "1.2", str(STAFF), str(USERS)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


def recess(folder: Path, url: str, *arguments: str) -> tuple[bytes, int]:
    """The output of a command that succeeds, and its largest resident size in KiB."""
    environment = {"DATABASE_URL": url, "PYTHONPATH": str(ROOT), "ONEROSTER_SECRET": SECRET}
    command = [sys.executable, "-m", "bot", *arguments]
    return measured(command, cwd=folder, env=os.environ | environment)


def test_a_large_district_is_read_within_its_limit(
    address: str, sqlite_url: str, tmp_path: Path
) -> None:
    (tmp_path / "partners.toml").write_text(PARTNER.format(url=address, key=KEY))
    recess(tmp_path, sqlite_url, "partners", "import", "partners.toml")
    for outcome in ("applied", "no_change") if LONG else ("applied",):
        out, peak = recess(tmp_path, sqlite_url, "sync", "--json")
        run: dict[str, Any] = json.loads(out)[0]
        assert (run["outcome"], run["staff"]["total"]) == (outcome, STAFF)
        assert peak < LIMIT

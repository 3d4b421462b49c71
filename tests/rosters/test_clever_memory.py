"""A large district at Clever: what the process of one sync needs.

As a rule a tenth of it; with RECESS_SOAK=1 all of it.
"""

import os
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.demo.standins.clever import DISTRICT, SECRET, Clever, school, user
from tests.harness.memory import measured

LIMIT = 200 * 1024
STAFF = 100_000 if os.environ.get("RECESS_SOAK") == "1" else 10_000

PARTNER = f"""
[[partner]]
slug = "plains"
name = "Great Plains Unified"
timezone = "America/Chicago"
channel = "C0PLAINS"
admins = ["U0ANA"]
source = {{ kind = "clever", district = "{DISTRICT}" }}
"""


class Plains(Clever):
    """A district whose staff are made as they are asked for, each a kilobyte."""

    def _page(self, request: httpx.Request, name: str, records: list[Any]) -> httpx.Response:
        query = request.url.params
        if query.get("role") != "staff":
            return super()._page(request, name, records)
        first = int(query.get("starting_after", "0")[1:] or "0", 16) + 1
        end = min(first + int(query["limit"]), STAFF + 1)
        record = user(0, staff=[1, 2])
        record["roles"]["staff"]["ext"] = {"more": "x" * 500}
        template = httpx.Response(200, json={"data": record}).text
        zero = f"{0:023x}"
        people = (template.replace(zero, f"{number:023x}", 1) for number in range(first, end))
        uri = request.url.copy_merge_params({"starting_after": f"6{end - 1:023x}"})
        link = f'{{"rel": "next", "uri": "{uri.raw_path.decode()}"}}' if end <= STAFF else ""
        content = f'{{"data": [{",".join(people)}], "links": [{link}]}}'.encode()
        return httpx.Response(200, content=content, headers={"Content-Type": "application/json"})


def shell(url: str, address: str) -> dict[str, str]:
    return os.environ | {
        "DATABASE_URL": url,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "CLEVER_CLIENT_ID": "recess",
        "CLEVER_CLIENT_SECRET": SECRET,
        "CLEVER_API_URL": address,
        "CLEVER_TOKEN_URL": f"{address}/oauth/tokens",
    }


def peak(folder: Path, environment: dict[str, str], *arguments: str) -> int:
    """The largest resident size, in KiB, of a `recess` that succeeds."""
    command = [sys.executable, "-m", "bot", *arguments]
    return measured(command, cwd=folder, env=environment)[1]


@pytest.mark.skipif(sys.platform != "linux", reason="counts in KiB on Linux alone")
def test_a_large_district_is_read_within_its_limit(tmp_path: Path, sqlite_url: str) -> None:
    plains = Plains(schools=[school(number) for number in range(1, 201)], page=500)
    (tmp_path / "partners.toml").write_text(PARTNER)
    with plains.listening() as address:
        environment = shell(sqlite_url, address)
        peak(tmp_path, environment, "partners", "import", "partners.toml")
        nights = [peak(tmp_path, environment, "sync", "plains") for _ in range(2)]
    assert max(nights) < LIMIT, nights

"""Through `recess serve` and a real socket: a click in Slack locks, and the product is told."""

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from pydantic import SecretStr

from bot.frozen.key import ENDING, KeyUnusable, signing_key
from bot.serving import running
from bot.settings import Settings, public_address
from storage.database import sqlite_path
from storage.rules.lifecycle import Event
from tests.access.door import SUE
from tests.harness.slack.district import District
from tests.harness.slack.fixtures import card, frozen, lincoln, workspace
from tests.harness.slack.office import Office
from tests.harness.slack.surfaces import Card
from tests.storage.office import Office as Records
from tests.storage.office import person

__all__ = ["card", "frozen", "lincoln", "workspace"]

TOKEN = "t" * 40


@pytest.fixture
def product(workspace: Office) -> Iterator[httpx.Client]:
    """The product, which asks over HTTP."""
    with workspace.stores.transaction() as store:
        token = store.tokens.create("product", [])
    headers = {"Authorization": f"Bearer {token}"}
    address = f"http://127.0.0.1:{workspace.server.port}"
    with httpx.Client(base_url=address, headers=headers, timeout=20) as client:
        yield client


def asked(product: httpx.Client, district: District, name: str) -> Any:
    email = next(teacher.email for teacher in district.staff if teacher.name == name)
    answer = product.get(f"/v1/partners/{district.slug}/access", params={"email": email})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_freeze_in_slack_locks_and_an_unfreeze_lets_in_again(
    workspace: Office, lincoln: District, frozen: Card, product: httpx.Client
) -> None:
    lock = asked(product, lincoln, "Ada Byron")
    assert [cause["name"] for cause in lock["because"]] == ["Oak Elementary"]
    assert not asked(product, lincoln, "Cora Dunn")["locked"]
    screen = product.get(lock["screen"])
    assert screen.status_code == 200
    assert "Oak Elementary (0012)" in screen.text
    assert "Lincoln Unified help desk" in screen.text
    assert "Ada" not in screen.text
    with workspace.stores.transaction() as store:
        partner = store.partners.locked(lincoln.slug)
        [oak] = store.schools.picked(partner, [lincoln.id("Oak Elementary")])
        assert store.schools.change(oak, Event.UNFROZEN, SUE, reason="so it is").done
    assert not asked(product, lincoln, "Ada Byron")["locked"]
    assert "no longer locked" in product.get(lock["screen"]).text


def served(url: str, **more: Any) -> Settings:
    return Settings(
        database_url=url,
        slack_bot_token=SecretStr("xoxb-none"),
        slack_signing_secret=SecretStr("none"),
        # Nobody listens there.
        slack_api_url="http://127.0.0.1:9/",
        support_usergroup_id="S0SUPPORT",
        support_channel_id="C0SUPPORT",
        access_api_token=SecretStr(TOKEN),
        http_port=0,
        **more,
    )


def test_it_answers_while_slack_and_the_source_cannot_be_reached(database_url: str) -> None:
    records = Records(database_url)
    records.night("A", [person("a/b ü", "A")])
    records.change("A", Event.FROZEN)
    with running(served(database_url)) as server:
        address = f"http://127.0.0.1:{server.port}"
        path = f"/v1/partners/lincoln/accounts/{quote('a/b ü', safe='')}/access"
        answer = httpx.get(address + path, headers={"Authorization": f"Bearer {TOKEN}"})
        ready = httpx.get(f"{address}/health/ready")
        head = httpx.head(address + path, headers={"Authorization": f"Bearer {TOKEN}"})
    records.close()
    assert answer.json()["because"][0]["id"] == "A"
    assert answer.json()["screen"].startswith(f"{address}/frozen/")
    assert (head.status_code, head.content, head.headers["ETag"]) == (
        200,
        b"",
        answer.headers["ETag"],
    )
    assert ready.status_code == 503
    assert "slack" in ready.json()["checks"]


# The key that signs links


def test_a_key_is_made_once_and_for_its_owner_alone(sqlite_url: str) -> None:
    settings = Settings(database_url=sqlite_url)
    key = signing_key(settings)()
    assert len(key) >= 43
    assert signing_key(settings)() == key
    file = Path(f"{sqlite_path(sqlite_url)}{ENDING}")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [other for other in file.parent.iterdir() if ENDING in other.name] == [file]
    assert key.encode() not in Path(str(sqlite_path(sqlite_url))).read_bytes()


def test_a_key_that_is_set_is_used_and_none_is_made(sqlite_url: str) -> None:
    given = Settings(database_url=sqlite_url, secret_key=SecretStr("s" * 40))
    assert signing_key(given)() == "s" * 40
    assert not Path(f"{sqlite_path(sqlite_url)}{ENDING}").exists()


def test_on_postgresql_a_missing_key_is_told(caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings(database_url="postgresql+psycopg://localhost/recess")
    key = signing_key(settings)
    assert key() == key()
    assert "Set it, to the same for every replica" in caplog.text


def test_a_key_that_cannot_be_kept_is_told_with_the_remedy(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/nowhere/recess.db")
    with pytest.raises(KeyUnusable, match=r"No such file or directory.*set SECRET_KEY"):
        signing_key(settings)()


def test_an_empty_key_signs_nothing(sqlite_url: str) -> None:
    file = Path(f"{sqlite_path(sqlite_url)}{ENDING}")
    file.write_text("\n", "ascii")
    with pytest.raises(KeyUnusable, match=r"it is empty.*set SECRET_KEY"):
        signing_key(Settings(database_url=sqlite_url))()


@pytest.mark.parametrize("url", ["recess.example", "ftp://x", "https://", "https://x?y=1", "a b"])
def test_an_address_that_cannot_be_meant_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="write an address like"):
        Settings(public_url=url)


def test_a_slash_at_the_end_of_the_address_makes_no_difference() -> None:
    assert Settings(public_url="https://x.example/recess/").public_url == "https://x.example/recess"


def test_without_a_public_address_links_lead_to_where_the_server_listens() -> None:
    assert public_address(Settings(), 8123) == "http://127.0.0.1:8123"
    assert public_address(Settings(http_host="::1")) == "http://[::1]:8000"
    assert public_address(Settings(public_url="https://x.example"), 8123) == "https://x.example"

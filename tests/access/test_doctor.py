"""`recess doctor` at the doors: what keeps a locked person from a screen that helps."""

from pathlib import Path

import pytest

from bot.frozen.key import ENDING, signing_key
from bot.settings import Settings
from storage.database import sqlite_path
from tests.commands.conftest import CEDAR, LINCOLN, Shell, shell, sqlite_shell

__all__ = ["shell", "sqlite_shell"]

WELL = {
    "PUBLIC_URL": "https://recess.example",
    "SUPPORT_CONTACT": "help@recess.example",
    "SECRET_KEY": "k" * 32,
    "ACCESS_API_TOKEN": "t" * 32,
}
DOORS = ("WEBHOOK", "PUBLIC_URL", "SECRET_KEY", "ACCESS_API_TOKEN", "frozen screen", "access API")


def doors(shell: Shell, **more: str) -> list[str]:
    """What the doctor says of them."""
    shell.environment = {**WELL, **more}
    lines = shell("doctor").stdout.splitlines()
    return [line for line in lines if any(word in line for word in DOORS)]


@pytest.fixture
def lincoln(sqlite_shell: Shell) -> Shell:
    sqlite_shell.done("partners", "import", str(sqlite_shell.declare(LINCOLN)))
    return sqlite_shell


def test_all_is_well(lincoln: Shell) -> None:
    assert doors(lincoln) == [
        "ok       The access API has 1 client; links lead to https://recess.example."
    ]
    lincoln.done("tokens", "create", "website")
    assert "2 clients" in doors(lincoln)[0]
    lincoln.done("tokens", "revoke", "website")
    assert "1 client;" in doors(lincoln)[0]


def test_without_a_client_nothing_is_wrong(lincoln: Shell) -> None:
    [told] = doors(lincoln, ACCESS_API_TOKEN="", PUBLIC_URL="", SUPPORT_CONTACT="")
    assert told.startswith("skipped  No product asks who is locked")
    assert "recess tokens create" in told


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PUBLIC_URL", "", "lead to http://127.0.0.1:8000. Set it"),
        ("PUBLIC_URL", "http://recess.example", "Serve it by https"),
        ("SUPPORT_CONTACT", " ", "names nobody to contact for lincoln"),
        ("SECRET_KEY", "k" * 31, "SECRET_KEY can be guessed"),
        ("ACCESS_API_TOKEN", "secret", "ACCESS_API_TOKEN can be guessed"),
    ],
)
def test_what_is_wrong_is_told_with_its_remedy(
    lincoln: Shell, name: str, value: str, says: str
) -> None:
    [told] = doors(lincoln, **{name: value})
    assert told.startswith("wrong ")
    assert says in told
    assert not value.strip() or name == "PUBLIC_URL" or value not in told


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("WEBHOOK_URL", "product.example", "WEBHOOK_URL is not an address"),
        ("WEBHOOK_URL", "http://product.example", "others can read who is locked"),
        ("WEBHOOK_SECRET", "", "WEBHOOK_SECRET is missing"),
        ("WEBHOOK_SECRET", f"whsec_{'A' * 28}", "WEBHOOK_SECRET can be guessed"),
    ],
)
def test_what_the_product_is_told_has_to_be_safe_on_its_way(
    lincoln: Shell, name: str, value: str, says: str
) -> None:
    well = {"WEBHOOK_URL": "https://product.example", "WEBHOOK_SECRET": f"whsec_{'A' * 32}"}
    assert "WEBHOOK" not in "".join(doors(lincoln, **well))
    told, _ = doors(lincoln, **{**well, name: value})
    assert told.startswith("wrong ")
    assert says in told
    assert not value or name == "WEBHOOK_URL" or value not in told


def test_http_is_well_on_this_machine(lincoln: Shell) -> None:
    assert doors(lincoln, PUBLIC_URL="http://localhost:8000")[0].startswith("ok ")


def test_partners_with_a_contact_of_their_own_need_no_other(sqlite_shell: Shell) -> None:
    own = LINCOLN + 'contact = "ana@lincoln.example"\n'
    sqlite_shell.done("partners", "import", str(sqlite_shell.declare(own, CEDAR)))
    [told] = doors(sqlite_shell, SUPPORT_CONTACT="")
    assert "for cedar." in told
    assert doors(sqlite_shell)[0].startswith("ok ")


def test_a_key_that_others_can_read_is_told(lincoln: Shell) -> None:
    assert doors(lincoln, SECRET_KEY="")[0].startswith("ok ")
    key = signing_key(Settings(database_url=lincoln.url))()
    assert doors(lincoln, SECRET_KEY="")[0].startswith("ok ")
    Path(f"{sqlite_path(lincoln.url)}{ENDING}").chmod(0o644)
    [told] = doors(lincoln, SECRET_KEY="")
    assert "chmod 600" in told
    assert key not in told


def test_on_postgresql_the_key_has_to_be_set(shell: Shell) -> None:
    shell.done("partners", "import", str(shell.declare(LINCOLN)))
    told = "\n".join(doors(shell, SECRET_KEY=""))
    assert ("SECRET_KEY is not set" in told) is shell.url.startswith("postgresql")

"""The access API while something is wrong: it says so, and never that somebody may go in."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bot.access import api
from storage.access import Accesses
from storage.database import Database
from storage.store import Stores
from tests.access.door import Door

PROBLEM = "application/problem+json"


@pytest.fixture
def writer(door: Door) -> Iterator[Any]:
    """Somebody who stores a large roster meanwhile, holding every lock there is."""
    begun, ended = threading.Event(), threading.Event()

    def store() -> None:
        with door.office.stores.transaction() as store:
            store.partners.locked("lincoln")
            store.connection.execute(text("UPDATE accounts SET given_name = 'X'"))
            store.connection.execute(text("UPDATE memberships SET claimed = claimed"))
            begun.set()
            ended.wait()

    thread = threading.Thread(target=store)
    thread.start()
    begun.wait()
    yield
    ended.set()
    thread.join()


def test_it_answers_while_somebody_else_writes(door: Door, writer: Any) -> None:
    assert door.lock("kim")["locked"] is False


def test_without_a_free_connection_it_says_when_to_ask_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.database.POOL_TIMEOUT", 0.05)
    small = Database(door.office.url, pool_size=1)
    small.engine.pool._max_overflow = 0  # type: ignore[attr-defined]
    stores = Stores(small, door.office.carrier, lambda: door.office.moment)
    door.office.stores = stores
    door.open()
    with small.read():
        answer = door.ask("kim")
    small.dispose()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.headers["Content-Type"] == PROBLEM
    assert "Nothing is known of the lock" in answer.json()["detail"]


def test_when_too_many_wait_nobody_is_kept_waiting(
    sqlite_door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "WAITING", 0)
    answer = sqlite_door.ask("kim")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_a_database_that_is_gone_is_told_as_busy(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: Any) -> Any:
        raise OperationalError("SELECT", {}, Exception("server closed the connection"))

    monkeypatch.setattr(Accesses, "by_id", gone)
    answer = door.ask("kim")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "server closed" not in answer.text


def test_an_unexpected_error_has_a_reference_that_the_log_has_too(
    sqlite_door: Door, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(Accesses, "by_id", broken)
    answer = sqlite_door.ask("kim")
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, PROBLEM)
    reference = answer.json()["reference"]
    assert reference in caplog.text
    assert reference in answer.json()["detail"]
    assert "secret detail" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/v1/nothing", 404, None),
        ("GET", "/v1/partners/lincoln/access/", 404, None),
        ("PUT", "/v1/partners/lincoln/access", 405, {"GET", "HEAD", "POST"}),
        ("POST", "/v1/partners/lincoln/accounts/kim/access", 405, {"GET", "HEAD"}),
    ],
)
def test_what_the_router_refuses_is_a_problem_too(
    sqlite_door: Door, method: str, path: str, status: int, allow: set[str] | None
) -> None:
    answer = sqlite_door.request(method, path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, PROBLEM)
    assert answer.json()["status"] == status
    allowed = answer.headers.get("Allow")
    assert allowed is None if allow is None else set(allowed.split(", ")) == allow


def test_no_token_and_no_person_reaches_the_log(
    door: Door, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level("DEBUG")
    door.freeze("A")
    door.ask_email("kim@lincoln.example")

    def broken(*_: Any) -> Any:
        raise ValueError

    monkeypatch.setattr(Accesses, "by_email", broken)
    door.ask_email("kim@lincoln.example")
    ours = "\n".join(
        logging_line
        for record in caplog.records
        if record.name.startswith(("bot", "storage"))
        for logging_line in [record.getMessage()]
    )
    assert "reference" in ours
    assert door.token not in caplog.text
    assert "kim@" not in ours

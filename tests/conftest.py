"""Fixtures for every test: databases, a browser, and the guards around them."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from hypothesis import settings

import storage.database

pytest.register_assert_rewrite("tests.harness")

from tests.harness import browser as chromium  # noqa: E402
from tests.harness import databases, environment, leftovers, network, statements  # noqa: E402
from tests.harness.postgres import NoPostgres, PostgresServer  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
# `make soak`: as many examples as a long fuzz takes; bounded, and new ones every time.
settings.register_profile("soak", deadline=None, max_examples=3_000, print_blob=True)
_usual = "ci" if os.environ.get("CI") else "dev"
settings.load_profile("soak" if os.environ.get("RECESS_FUZZ") == "1" else _usual)

# What is lost when the machine loses power is no matter to a test; processes of their own, which
# are killed, keep the product's setting.
storage.database.SQLITE_SYNCHRONOUS = "OFF"
vars(storage.database)["create_engine"] = statements.engine

network.close()

EXAMPLE = Path(__file__).parents[1] / ".env.example"
environment.forget(EXAMPLE.read_text() if EXAMPLE.exists() else "")


# Of these folders everything runs on SQLite, and on PostgreSQL the files in which people, syncs and
# jobs meet; `make soak` runs the others there too. All other folders run whole on both.
ON_BOTH = {
    "access": {"test_answers", "test_clients", "test_the_rule"},
    "commands": {"test_runs", "test_sync", "test_upload_sets"},
    "frozen": set[str](),
    "webhooks": set[str](),
    "stories": {
        "test_delivered_twice",
        "test_delivery_by_the_engine",
        "test_freeze",
        "test_hold",
        "test_pause",
        "test_serving",
        "test_unfreeze",
    },
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests with a browser come last, because of the event loop it leaves in the thread."""
    if os.environ.get("RECESS_SOAK") != "1":
        config.hook.pytest_deselected(items=[item for item in items if _in_the_soak(item)])
        items[:] = [item for item in items if not _in_the_soak(item)]
    items.sort(key=lambda item: "browser" in getattr(item, "fixturenames", ()))


def _in_the_soak(item: pytest.Item) -> bool:
    on_both = ON_BOTH.get(item.path.parent.name)
    return on_both is not None and item.path.stem not in on_both and "postgresql" in item.name


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says at the end how many steps the model agreed with, on whatever worker."""
    for report in terminalreporter.getreports("passed"):
        for name, done in report.user_properties:
            if name == "steps":
                terminalreporter.write_line(f"{report.nodeid.split('::')[-1]}: {done}")


def missing(what: str, reason: str) -> NoReturn:
    """Skip for want of `what`, or fail where RECESS_REQUIRE_… says that it must be there."""
    if os.environ.get(f"RECESS_REQUIRE_{what}") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session", autouse=True)
def nothing_left_running() -> Iterator[None]:
    """The first fixture of a session, so that it looks when all others are gone."""
    mark = leftovers.mark()
    yield
    left = leftovers.still_running(mark)
    assert not left, "the tests left processes running:\n" + "\n".join(left)


@pytest.fixture(autouse=True)
def nobody_far_was_asked() -> Iterator[None]:
    network.FAR.clear()
    yield
    assert not network.FAR, f"the test tried to reach another machine: {network.FAR}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for the session; every worker of a parallel run has its own."""
    try:
        with PostgresServer.started() as server:
            yield server
    except NoPostgres as reason:
        missing("POSTGRES", str(reason))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return databases.sqlite_template(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    name = postgres_server.create()
    databases.migrate(postgres_server.url(name))
    return name


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh migrated SQLite file."""
    return databases.sqlite_copy(sqlite_template, tmp_path)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    """A fresh migrated PostgreSQL database, dropped after the test."""
    with postgres_server.database(postgres_template) as name:
        yield postgres_server.url(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Any:
    """A fresh migrated database; the test runs once on each kind."""
    kind = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    return request.getfixturevalue(kind)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without a single table; the test runs once on each kind."""
    if request.param == "sqlite":
        yield databases.sqlite_url_of(tmp_path / "recess.db")
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.database() as name:
        yield server.url(name)


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """One headless Chromium for the session."""
    try:
        with chromium.launched() as launched:
            yield launched
    except chromium.NoBrowser as reason:
        missing("BROWSER", str(reason))


@pytest.fixture
def page(browser: "Browser") -> Iterator["Page"]:
    """A page in a context of its own."""
    with chromium.fresh_page(browser) as page:
        yield page

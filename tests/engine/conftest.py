from collections.abc import Iterator

import pytest

from tests.engine.bench import Bench, Office


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def office(database_url: str, bench: Bench) -> Iterator[Office]:
    office = Office(database_url, bench)
    yield office
    office.close()


@pytest.fixture
def sqlite_office(sqlite_url: str, bench: Bench) -> Iterator[Office]:
    office = Office(sqlite_url, bench)
    yield office
    office.close()


@pytest.fixture
def postgres_office(postgres_url: str, bench: Bench) -> Iterator[Office]:
    office = Office(postgres_url, bench)
    yield office
    office.close()

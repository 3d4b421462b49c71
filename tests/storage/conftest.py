from collections.abc import Iterator

import pytest

from tests.storage.office import Office


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    yield from opened(database_url)


@pytest.fixture
def sqlite_office(sqlite_url: str) -> Iterator[Office]:
    yield from opened(sqlite_url)


@pytest.fixture
def postgres_office(postgres_url: str) -> Iterator[Office]:
    yield from opened(postgres_url)


def opened(url: str) -> Iterator[Office]:
    office = Office(url)
    yield office
    office.close()

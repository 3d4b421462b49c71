from collections.abc import Iterator

import pytest

from tests.access.door import Door, opened


@pytest.fixture
def door(database_url: str) -> Iterator[Door]:
    """Once on SQLite, once on PostgreSQL."""
    with opened(database_url) as door:
        yield door


@pytest.fixture
def sqlite_door(sqlite_url: str) -> Iterator[Door]:
    """Where the database makes no difference."""
    with opened(sqlite_url) as door:
        yield door

import pytest

from tests.harness.slack.fixtures import asked, card, frozen, lincoln, workspace

__all__ = ["asked", "card", "frozen", "lincoln", "workspace"]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What Bolt does has nothing to do with the database."""
    return sqlite_url

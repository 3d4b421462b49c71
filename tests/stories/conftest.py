from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.slack.district import District
from tests.harness.slack.office import Office
from tests.harness.slack.people_and_schools import cedar_of, lincoln_of


@pytest.fixture
def workspace(database_url: str) -> Iterator[Office]:
    """Everybody at their desks, the bot at work, no partner yet."""
    with Office(database_url).open() as office:
        yield office


@pytest.fixture
def lincoln(workspace: Office, tmp_path: Path) -> District:
    """Lincoln Unified, connected last night: eight schools."""
    district = lincoln_of(workspace, tmp_path)
    district.connect()
    return district


@pytest.fixture
def cedar(workspace: Office, tmp_path: Path) -> District:
    """Cedar Valley, connected last night: three schools."""
    district = cedar_of(workspace, tmp_path)
    district.connect()
    return district

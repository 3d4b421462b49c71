"""A set that can be changed before it is read."""

from collections.abc import Callable
from pathlib import Path

import pytest

from storage.snapshot import RosterPerson, RosterSchool
from tests.rosters import sets

Reading = tuple[list[RosterSchool], list[RosterPerson]]


@pytest.fixture(params=["folder", "zip"])
def read_files(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[sets.Files], Reading]:
    """Reads files as a set, once as a folder and once as a .zip."""

    def reading(files: sets.Files) -> Reading:
        if request.param == "folder":
            return sets.read(sets.in_folder(tmp_path / "set", files))
        return sets.read(sets.in_zip(tmp_path / "set.zip", files))

    return reading

"""A folder of freshly written samples, and a reader that knows nothing of how they were made."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.demo.samples import write_samples

Rows = list[dict[str, str]]


@pytest.fixture(scope="session")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The samples as of the first night; shared, so only to be read."""
    folder = tmp_path_factory.mktemp("samples")
    write_samples(folder)
    return folder


@pytest.fixture
def samples(first_night: Path, tmp_path: Path) -> Path:
    """A copy of one's own, to bring nights to and to edit."""
    return shutil.copytree(first_night, tmp_path / "samples")


@pytest.fixture(scope="session")
def rows() -> Callable[[Path], Rows]:
    def read(path: Path) -> Rows:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, strict=True))

    return read

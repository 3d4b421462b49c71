"""A folder of freshly written samples, and a reader that knows nothing of how they were made."""

import csv
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.demo.samples import bring_night, write_samples

Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Night:
    """The samples as of a night, and what that night said."""

    folder: Path
    said: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The samples as of the first night; shared, so only to be read."""
    folder = tmp_path_factory.mktemp("samples")
    write_samples(folder)
    return folder


@pytest.fixture(scope="session")
def nights(first_night: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[int, Night]:
    """All nights, each brought to what the one before left; shared, so only to be read."""
    nights = {1: Night(first_night)}
    for number in range(2, 7):
        folder = tmp_path_factory.mktemp("nights") / "samples"
        shutil.copytree(nights[number - 1].folder, folder)
        nights[number] = Night(folder, bring_night(folder, number))
    return nights


@pytest.fixture
def samples_of(nights: dict[int, Night], tmp_path: Path) -> Callable[[int], Path]:
    """A copy of one's own of the samples as of a night."""
    return lambda night: shutil.copytree(nights[night].folder, tmp_path / "samples")


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

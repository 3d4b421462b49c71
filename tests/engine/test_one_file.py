"""Leaving DBOS costs one file, and nobody calls what would empty the shared database."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [
    file for floor in ("bot", "handlers", "storage") for file in (ROOT / floor).rglob("*.py")
]


def test_one_file_knows_the_engine_by_name() -> None:
    knowing = [
        file for file in SOURCES if "import DBOS" in text(file) or "import dbos" in text(file)
    ]
    assert knowing == [ROOT / "bot" / "engine.py"]


@pytest.mark.parametrize("call", ["reset_system_database", "destroy_system_database"])
def test_nobody_empties_the_shared_database(call: str) -> None:
    assert [file for file in SOURCES if call in text(file)] == []


def text(file: Path) -> str:
    return file.read_text("utf-8")

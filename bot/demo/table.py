"""A CSV file that is read by its own header and rewritten record by record."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.demo.oneroster import Record, line, read


class UnreadableRosterError(Exception):
    """A file of the set has no usable header, so nobody can find its rows."""


class Table:
    """An open file of a set; raises UnreadableRosterError when a needed column is missing."""

    def __init__(self, path: Path, *needed: str) -> None:
        self.rows = read(path)
        self.header = next(self.rows, Record("", []))
        names = [name.removeprefix("\ufeff") for name in self.header.cells]
        for name in needed:
            if name not in names:
                raise UnreadableRosterError(f"{path.name} has no column {name}")
        self.positions = {name: position for position, name in enumerate(names)}
        self.ending = "\r\n" if self.header.text.endswith("\r\n") else "\n"

    def cell(self, record: Record, column: str) -> str:
        """The record's cell, empty when the record or the file is too short for it."""
        position = self.positions.get(column, len(record.cells))
        return record.cells[position] if position < len(record.cells) else ""

    def with_cell(self, record: Record, column: str, value: str) -> Record:
        """The record with one other cell; its remaining cells say what they said."""
        cells = list(record.cells)
        cells[self.positions[column]] = value
        return Record(line(cells, self.ending), cells)

    def ended(self, text: str) -> str:
        """The record's text with a line ending, which the last one of a file may lack."""
        return text if text.endswith("\n") else text + self.ending

    def fitted(self, text: str) -> str:
        """A record of another file in this file's line ending."""
        return text.rstrip("\r\n") + self.ending


@contextmanager
def written(path: Path, texts: Iterable[str], beside: Path) -> Iterator[Path]:
    """A file written completely under another name, gone at the end unless it was moved."""
    beside.mkdir(parents=True, exist_ok=True)
    fresh = beside / f".{path.name}.{os.getpid()}"
    try:
        with fresh.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.writelines(texts)
        yield fresh
    finally:
        fresh.unlink(missing_ok=True)


def replace(path: Path, texts: Iterable[str], beside: Path) -> None:
    """Put a new file in the place of the old one in a single step."""
    with written(path, texts, beside) as fresh:
        fresh.replace(path)

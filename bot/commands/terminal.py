"""What people and machines read: safe text, times, tables, one JSON document, questions."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import IO, Any

import click

from storage.errors import RecessError, UnknownPartner

NAMED = 20


class Refused(click.ClickException):
    """A sentence on stderr, and exit code 1."""

    exit_code = 1

    def show(self, file: IO[Any] | None = None) -> None:
        warn(self.message)


def sentence(error: RecessError) -> str:
    """What a person at the shell is told, who may know which partners there are."""
    if isinstance(error, UnknownPartner):
        return f"{error.sentence} `recess partners list` shows those that there are."
    return error.sentence


def clean(text: object) -> str:
    """Names come from outside: nothing in them moves the cursor or turns the line around."""
    return "".join(
        char if char.isprintable() else " " if char.isspace() else "�" for char in str(text)
    )


def say(text: str = "", **style: Any) -> None:
    """A line for people, on stdout; coloured on a terminal."""
    click.secho("\n".join(map(clean, text.split("\n"))), **style)


def warn(text: str) -> None:
    """A sentence on stderr."""
    click.echo("\n".join(map(clean, text.split("\n"))), err=True)


def iso(moment: datetime | None) -> str | None:
    """A time for machines: ISO 8601 in UTC."""
    return None if moment is None else f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def when(moment: datetime | None) -> str:
    """A time for people, in UTC; the heading says so."""
    return "never" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"


def document(items: Iterable[object]) -> None:
    """A list as one JSON document, written as it comes, in ASCII for any terminal."""
    separator = "[\n"
    for item in items:
        click.echo(f"{separator}{json.dumps(item)}", nl=False)
        separator = ",\n"
    click.echo("[]" if separator == "[\n" else "\n]")


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns as wide as their longest cell, below their heads."""
    cells = [[clean(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    for line in (list(heads), *cells):
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


def first_few(items: Sequence[str], named: int = NAMED) -> Iterator[str]:
    """The items, or the first of them and how many more there are."""
    yield from items[:named]
    if len(items) > named:
        yield f"…and {len(items) - named:,} more"


def given_reason(text: str) -> str:
    """What `--reason` says. Raises UsageError when that is nothing."""
    if not text.strip():
        raise click.UsageError("--reason is empty; say why.")
    return text.strip()


def asks() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty()

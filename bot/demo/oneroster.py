"""OneRoster 1.1 CSV as the sample districts write it, and records that keep their own bytes."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ORGS = ("sourcedId", "status", "dateLastModified", "name", "type", "identifier", "parentSourcedId")
USERS = (
    "sourcedId", "status", "dateLastModified", "enabledUser", "orgSourcedIds", "role",
    "username", "userIds", "givenName", "familyName", "middleName", "identifier", "email",
    "sms", "phone", "agentSourcedIds", "grades", "password",
)  # fmt: skip
STAFF_ROLES = frozenset({"administrator", "aide", "teacher"})

_ABSENT = (
    "academicSessions", "categories", "classes", "classResources", "courses", "courseResources",
    "demographics", "enrollments", "lineItems", "resources", "results",
)  # fmt: skip
_FILES = {**dict.fromkeys(_ABSENT, "absent"), "orgs": "bulk", "users": "bulk"}
MANIFEST: tuple[tuple[str, str], ...] = (
    ("manifest.version", "1.0"),
    ("oneroster.version", "1.1"),
    *((f"file.{name}", _FILES[name]) for name in sorted(_FILES, key=str.lower)),
)

Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file: its cells, and its text as it stands there with its line ending."""

    text: str
    cells: list[str]


def line(cells: Row, ending: str = "\n") -> str:
    """The cells as one CSV record, quoted only where they must be."""
    text = io.StringIO()
    csv.writer(text, lineterminator=ending).writerow(cells)
    return text.getvalue()


def records(lines: Iterable[str]) -> Iterator[Record]:
    """The records of an open file, one at a time; a quoted line break stays in its record."""
    taken: list[str] = []

    def remembered() -> Iterator[str]:
        for text in lines:
            taken.append(text)
            yield text

    for cells in csv.reader(remembered()):
        yield Record("".join(taken), cells)
        taken.clear()


def read(path: Path) -> Iterator[Record]:
    """The file's records; bytes that are not UTF-8 survive a rewrite unharmed."""
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        yield from records(file)


def write(path: Path, header: Row, rows: Iterable[Row], quoting: int = csv.QUOTE_MINIMAL) -> None:
    """Write a whole file, header first, one row at a time."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n", quoting=quoting)  # type: ignore[arg-type]
        writer.writerow(header)
        writer.writerows(rows)


def write_set(
    folder: Path, orgs: Iterable[Row], users: Iterable[Row], quoting: int = csv.QUOTE_MINIMAL
) -> None:
    """Write a complete bulk set: the manifest, the orgs and the users."""
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "manifest.csv", ("propertyName", "value"), MANIFEST, quoting)
    write(folder / "orgs.csv", ORGS, orgs, quoting)
    write(folder / "users.csv", USERS, users, quoting)

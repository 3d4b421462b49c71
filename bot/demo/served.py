"""Stand-ins that serve a roster's folder of OneRoster CSV, as its files are when they are asked."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import httpx

from bot.demo.standins import clever, oneroster
from bot.demo.standins.server import Answer, Asked

# As large as pages of real services are, so that a walk has several.
PAGE = 100

Row = dict[str, str]

# What OneRoster 1.2 calls the roles of 1.1.
ROLES_1P2 = {"administrator": "siteAdministrator"}


def schools(folder: Path) -> list[Row]:
    """The rows of orgs.csv that are schools."""
    return [row for row in _rows(folder / "orgs.csv") if row["type"] == "school"]


def users(folder: Path) -> list[Row]:
    return list(_rows(folder / "users.csv"))


def _rows(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@dataclass
class CleverFolder(clever.Clever):
    """A folder as a district at Clever, whose ids are Clever's own."""

    folder: Path = Path()
    page: int = PAGE

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.schools = _by_id([_clever_school(row) for row in schools(self.folder)])
        staff = [row for row in users(self.folder) if row["role"] in _CLEVER]
        self.users = _by_id([_clever_user(row) for row in staff])
        return super().answer(request)


# The lists of Clever's in which the staff of OneRoster are.
_CLEVER = {"teacher": "teacher", "administrator": "staff", "aide": "staff"}


def _by_id(records: Sequence[clever.Record]) -> list[clever.Record]:
    return sorted(records, key=lambda record: str(record["id"]))


def _clever_id(id: str) -> str:
    """24 hexadecimal digits, the same ones for the same id."""
    return sha256(id.encode()).hexdigest()[:24]


def _clever_school(row: Row) -> clever.Record:
    own = {"id": _clever_id(row["sourcedId"]), "sis_id": row["sourcedId"]}
    return clever.school(0, row["name"], school_number=row["identifier"], **own)


def _clever_user(row: Row) -> clever.Record:
    orgs = [org for org in row["orgSourcedIds"].split(",") if not org.endswith("-dept")]
    role = {"schools": [_clever_id(org) for org in orgs], "title": None}
    names = {"first": row["givenName"], "middle": row["middleName"], "last": row["familyName"]}
    record = clever.user(0, **{_CLEVER[row["role"]]: role})
    return record | {"id": _clever_id(row["sourcedId"]), "email": row["email"], "name": names}


@dataclass
class OneRosterFolder(oneroster.OneRoster):
    """A folder as a OneRoster service."""

    folder: Path = Path()
    largest: int = PAGE

    def answer(self, asked: Asked) -> Answer:
        _fill(self, self.folder)
        return super().answer(asked)


@dataclass
class ClassLinkFolder(oneroster.ClassLink):
    """A folder as a district behind ClassLink's proxy."""

    folder: Path = Path()
    largest: int = PAGE

    def answer(self, asked: Asked) -> Answer:
        _fill(self, self.folder)
        return super().answer(asked)


def _fill(service: oneroster.OneRoster, folder: Path) -> None:
    service.schools = [
        oneroster.school(row["sourcedId"], row["name"], row["identifier"])
        for row in schools(folder)
    ]
    service.users = [_user(service.version, row) for row in users(folder)]


def _user(version: str, row: Row) -> oneroster.Record:
    role = row["role"] if version == "1.1" else ROLES_1P2.get(row["role"], row["role"])
    names = ("givenName", "familyName", "username", "email")
    described = {name: row[name] for name in names}
    orgs = row["orgSourcedIds"].split(",")
    return oneroster.USER[version](row["sourcedId"], orgs, role, **described)

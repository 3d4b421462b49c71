"""Small OneRoster sets, written as a partner's export would."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from bot.rosters import open_roster
from storage.snapshot import RosterPerson, RosterSchool

ORGS = ("sourcedId", "status", "dateLastModified", "name", "type", "identifier", "parentSourcedId")
USERS = (
    *("sourcedId", "status", "dateLastModified", "enabledUser", "orgSourcedIds", "role"),
    *("username", "userIds", "givenName", "familyName", "middleName", "identifier", "email"),
    *("sms", "phone", "agentSourcedIds", "grades", "password"),
)
USERS_1P2 = [name for name in USERS if name not in ("orgSourcedIds", "role")]
ROLES = (
    *("sourcedId", "status", "dateLastModified", "userSourcedId", "roleType", "role"),
    *("beginDate", "endDate", "orgSourcedId", "userProfileSourcedId"),
)

Files = dict[str, bytes]
Row = Mapping[str, str]


def table(header: Iterable[str], rows: Iterable[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(header), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def manifest(version: str = "1.1", **modes: str) -> bytes:
    lines = ["propertyName,value", "manifest.version,1.0", f"oneroster.version,{version}"]
    lines += [f"file.{name},{mode}" for name, mode in modes.items()]
    return "\n".join(lines).encode()


def org(id: str, name: str = "", kind: str = "school", **more: str) -> Row:
    return {"sourcedId": id, "name": name or f"School {id}", "type": kind, **more}


def user(id: str, orgs: str = "s1", role: str = "teacher", **more: str) -> Row:
    names = {"givenName": "Ada", "familyName": "Byron", "email": f"{id}@example.org"}
    return {"sourcedId": id, "orgSourcedIds": orgs, "role": role, **names, **more}


def user_1p2(id: str, **more: str) -> Row:
    return {k: v for k, v in user(id, **more).items() if k not in ("orgSourcedIds", "role")}


def role(id: str, user: str, org: str = "s1", role: str = "teacher", **more: str) -> Row:
    return {"sourcedId": id, "userSourcedId": user, "orgSourcedId": org, "role": role, **more}


def set_1p1(orgs: Iterable[Row] | None = None, users: Iterable[Row] | None = None) -> Files:
    return {
        "manifest.csv": manifest(orgs="bulk", users="bulk"),
        "orgs.csv": table(ORGS, [org("s1"), org("s2")] if orgs is None else orgs),
        "users.csv": table(USERS, [user("u1"), user("u2", "s2")] if users is None else users),
    }


def set_1p2(orgs: Iterable[Row], users: Iterable[Row], roles: Iterable[Row]) -> Files:
    return {
        "manifest.csv": manifest("1.2", orgs="bulk", users="bulk", roles="bulk"),
        "orgs.csv": table(ORGS, orgs),
        "users.csv": table(USERS_1P2, users),
        "roles.csv": table(ROLES, roles),
    }


def in_folder(path: Path, files: Files) -> Path:
    path.mkdir(exist_ok=True)
    for name, content in files.items():
        (path / name).write_bytes(content)
    return path


def in_zip(path: Path, files: Files) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def read(
    path: Path, meanwhile: Callable[[], None] | None = None
) -> tuple[list[RosterSchool], list[RosterPerson]]:
    """Everything a set holds, read to its end; `meanwhile` is called between its two halves."""
    source = {"kind": "oneroster-csv", "path": path.name}
    with open_roster(source, base=path.parent) as roster:
        schools = list(roster.schools)
        if meanwhile:
            meanwhile()
        return schools, list(roster.people())

"""What OneRoster 1.1 and 1.2 say an answer of `/schools` and `/users` looks like.

Written from the published specifications: 1.1 (final, section 4.13 and the JSON binding) and the
OpenAPI file of the 1.2 rostering service. Only what a list of schools or of users has is here.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Check = Callable[[Any], str | None]
"""What is wrong with a value, or None."""


def text(value: Any) -> str | None:
    return None if isinstance(value, str) else "is not text"


def boolean(value: Any) -> str | None:
    return None if isinstance(value, bool) else "is not a boolean"


def one_of(words: str, *, extensible: bool = False) -> Check:
    def check(value: Any) -> str | None:
        known = isinstance(value, str) and (
            value in words.split()
            or (extensible and re.fullmatch(r"ext:[a-zA-Z0-9._-]+", value) is not None)
        )
        return None if known else f"is none of: {words}"

    return check


def moment(value: Any) -> str | None:
    found = isinstance(value, str) and re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", value
    )
    return None if found else "is not a date and time"


def day(value: Any) -> str | None:
    found = isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value)
    return None if found else "is not a date"


def record(required: Mapping[str, Check], optional: Mapping[str, Check]) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, dict):
            return "is not an object"
        for name in required.keys() - value.keys():
            return f"has no {name}"
        for name, part in value.items():
            known = required.get(name) or optional.get(name)
            wrong = "is not in the specification" if known is None else known(part)
            if wrong:
                return f"{name} {wrong}"
        return None

    return check


def many(item: Check, least: int = 0) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, list) or len(value) < least:
            return f"is not a list of at least {least}"
        return next((f"[{at}] {wrong}" for at, x in enumerate(value) if (wrong := item(x))), None)

    return check


def anything(_value: Any) -> str | None:
    return None


def reference(kind: str) -> Check:
    return record({"href": text, "sourcedId": text, "type": one_of(kind)}, {})


ORG_TYPES = "department district local national school state"
ROLES_1P1 = "administrator aide guardian parent proctor relative student teacher"
ROLES_1P2 = (
    "aide counselor districtAdministrator guardian parent principal proctor relative "
    "siteAdministrator student systemAdministrator teacher"
)
BASE: Mapping[str, Check] = {
    "sourcedId": text,
    "status": one_of("active tobedeleted"),
    "dateLastModified": moment,
}
USER: Mapping[str, Check] = {
    "metadata": anything,
    "username": text,
    "userIds": many(record({"identifier": text}, {"type": text})),
    "middleName": text,
    "identifier": text,
    "email": text,
    "sms": text,
    "phone": text,
    "agents": many(reference("user")),
    "grades": many(text),
    "password": text,
}
NAMES: Mapping[str, Check] = {"givenName": text, "familyName": text}
ROLE = record(
    {
        "roleType": one_of("primary secondary"),
        "role": one_of(ROLES_1P2, extensible=True),
        "org": reference("org"),
    },
    {"userProfile": text, "beginDate": day, "endDate": day},
)


def org(extensible: bool) -> Check:
    kind = one_of(ORG_TYPES, extensible=extensible)
    links = {"parent": reference("org"), "children": many(reference("org"))}
    return record(
        {**BASE, "name": text, "type": kind, "identifier": text}, {"metadata": anything, **links}
    )


# 1.1 asks for a username; 1.2 no longer does.
USER_1P1 = record(
    {
        **BASE,
        **NAMES,
        "username": text,
        "role": one_of(ROLES_1P1),
        "orgs": many(reference("org"), 1),
    },
    {**USER, "enabledUser": boolean},
)
USER_1P2 = record(
    {**BASE, **NAMES, "enabledUser": one_of("true false"), "roles": many(ROLE, 1)},
    {
        **USER,
        "userMasterIdentifier": text,
        "preferredFirstName": text,
        "preferredMiddleName": text,
        "preferredLastName": text,
        "pronouns": text,
        "userProfiles": anything,
        "primaryOrg": reference("org"),
        "resources": many(reference("resource")),
    },
)
STATUS_INFO = record(
    {
        "imsx_codeMajor": one_of("success processing failure unsupported"),
        "imsx_severity": one_of("status warning error"),
    },
    {
        "imsx_messageRefIdentifier": text,
        "imsx_description": text,
        "imsx_CodeMinor": anything,
    },
)
ANSWERS: Mapping[tuple[str, str], Check] = {
    ("1.1", "orgs"): record({"orgs": many(org(False))}, {}),
    ("1.2", "orgs"): record({"orgs": many(org(True))}, {}),
    ("1.1", "users"): record({"users": many(USER_1P1)}, {}),
    ("1.2", "users"): record({"users": many(USER_1P2)}, {}),
}


def breaches(version: str, key: str, body: Any) -> Sequence[str]:
    """How an answer breaks the specification; nothing for one that keeps it."""
    wrong = ANSWERS[version, key](body)
    return [wrong] if wrong else []

"""What Clever's Data API 3.0 and 3.1 say an answer looks like.

Written from the published specification: the names and kinds of the fields of a district, a
school, a user and their envelopes, as far as a roster of staff needs them. A name with "?" may be
left out, a tuple holds the kinds of a value, and a list has its element's shape.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Shape = Any

NULL = type(None)
TEXT = (str,)
MAYBE = (str, NULL)


class Words(frozenset[str]):
    """One of these texts."""


class Moment:
    """A time with its zone."""

    form = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


LINK = {"rel": Words({"next", "prev", "self"}), "uri": TEXT}


def listed(shape: Shape) -> Shape:
    """A page of a list: every element in a wrapping of its own, and links to other pages."""
    return {"data": [{"data": shape, "uri?": TEXT}], "links": [LINK]}


DISTRICT = {
    "id": TEXT,
    "name": TEXT,
    "state": Words({"running", "pending", "error", "paused", "", "success"}),
    "last_sync": (Moment, NULL),
    "error?": TEXT,
    "pause_start?": (Moment, NULL),
    "pause_end?": (Moment, NULL),
    "login_methods?": [TEXT],
    "nces_id?": MAYBE,
    "portal_url?": TEXT,
    "sis_type?": TEXT,
}
SCHOOL = {
    "id": TEXT,
    "district": TEXT,
    "name": TEXT,
    "created": (Moment,),
    "last_modified": (Moment,),
    "school_number?": TEXT,
    "sis_id?": TEXT,
    "nces_id?": MAYBE,
    "state_id?": MAYBE,
    "phone?": MAYBE,
    "low_grade?": MAYBE,
    "high_grade?": MAYBE,
    "principal?": {"name": MAYBE, "email": MAYBE},
}
TEACHER = {
    "schools": [TEXT],
    "school?": TEXT,
    "legacy_id?": TEXT,
    "sis_id?": TEXT,
    "state_id?": MAYBE,
    "teacher_number?": MAYBE,
    "title?": MAYBE,
    "credentials?": {"district_username": TEXT},
}
STAFF = {
    "schools": [TEXT],
    "legacy_id?": TEXT,
    "staff_id?": TEXT,
    "department?": MAYBE,
    "title?": MAYBE,
    "roles?": [TEXT],
    "credentials?": {"district_username": TEXT},
}
USER = {
    "id": TEXT,
    "district": TEXT,
    "created": (Moment,),
    "last_modified": (Moment,),
    "email?": MAYBE,
    "name": {"first": MAYBE, "middle": MAYBE, "last": MAYBE},
    "roles": {
        "teacher?": TEACHER,
        "staff?": STAFF,
        "district_admin?": {"legacy_id?": TEXT, "title?": MAYBE},
    },
}
TOKEN = {
    "id": TEXT,
    "created": (Moment,),
    "owner": {"type": Words({"district"}), "id": TEXT},
    "access_token": TEXT,
    "scopes": [TEXT],
}
ANSWERS: Mapping[str, Shape] = {
    "tokens": {"data": [TOKEN], "links?": [LINK]},
    "districts": listed(DISTRICT),
    "schools": listed(SCHOOL),
    "users": listed(USER),
    "error": {"message": TEXT},
}


def breaches(shape: Shape, value: Any, at: str = "answer") -> Iterator[str]:
    """How a value breaks a shape; nothing for one that keeps it."""
    if isinstance(shape, dict):
        yield from _fields(shape, value, at)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield f"{at} is not a list"
            return
        for number, element in enumerate(value):
            yield from breaches(shape[0], element, f"{at}[{number}]")
    elif not _kept(shape, value):
        yield f"{at} is not what it should be"


def _fields(shape: Mapping[str, Shape], value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at} is not an object"
        return
    names = {name.removesuffix("?") for name in shape}
    yield from (f"{at}.{name} is not in the specification" for name in value.keys() - names)
    for name, inner in shape.items():
        if name in value or name.removesuffix("?") in value:
            bare = name.removesuffix("?")
            yield from breaches(inner, value[bare], f"{at}.{bare}")
        elif not name.endswith("?"):
            yield f"{at} has no {name}"


def _kept(shape: Shape, value: Any) -> bool:
    if isinstance(shape, Words):
        return value in shape
    if Moment in shape and isinstance(value, str):
        return Moment.form.fullmatch(value) is not None
    return isinstance(value, tuple(kind for kind in shape if kind is not Moment))

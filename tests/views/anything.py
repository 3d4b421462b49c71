"""Anything that a picture may be asked to show, made from the types of its arguments.

Names are as hostile as a roster can make them, and there may be thousands of everything.
"""

import dataclasses
import types
import typing
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Any, Literal

from hypothesis import strategies as st

from handlers.views.home import FILTERS
from handlers.views.ids import Target
from handlers.views.looking import QUERY, Looking
from storage.cases import Closing, Report
from storage.runs import APPLIED, FAILED, HELD, NO_CHANGE, SKIPPED, SUPERSEDED
from storage.runs import DISCARDED as RUN_DISCARDED
from storage.unfreezes import Asker
from storage.uploads import ADDED, ADDING, CHECKING, DISCARDED, REFUSED, SHOWN, UNCHANGED

# What must never come through as markup.
STRANGER = "HOSTILE"
FRAGMENTS = [
    "<!channel>",
    "<!here>",
    f"<!subteam^S0{STRANGER}>",
    f"<@U0{STRANGER}>",
    f"<https://evil.example/{STRANGER}|click>",
    f"<!date^1^{{date}}|{STRANGER}>",
    *("&", "&amp;", "<", ">", "|", "*", "_", "`", "\n>", "\r\n", "\t", '"', "\\", "{", "%s"),
    *("😀", "👩‍👩‍👧‍👦", "é", "ﷺ", "مدرسة النور", "‮Oak", "学校", "‍", "Oak Elementary", "a", "0012"),
]
LONGEST = 2_000
# What there is one of for each, and is numbered where there are many.
KEYS = {"key", "id", "partner_id", "run"}
OUTCOMES = (APPLIED, NO_CHANGE, HELD, FAILED, SKIPPED, SUPERSEDED, RUN_DISCARDED)
STATES = (CHECKING, SHOWN, ADDING, ADDED, UNCHANGED, REFUSED, DISCARDED)
# How often a few are repeated: on their own, and as a part of something that there are many of.
MANY, SOME = (1, 1, 1, 2, 12, 100, 1_800), (1, 1, 2, 12)


def hostile(longest: int = LONGEST) -> st.SearchStrategy[str]:
    """Names of one to so many characters, none of which is blank altogether."""

    def repeated(parts: list[str], times: int) -> str:
        return ("".join(parts) * times)[:longest]

    parts = st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=5)
    return st.builds(repeated, parts, st.sampled_from((1, 3, 60, longest))).map(
        lambda text: text if text.strip() else "Oak"
    )


SLUG = st.sampled_from(["a", "lincoln-usd", "x" * 80])
CHANNEL = st.sampled_from(["C0LINCOLN", "G0PRIVATE"])
PERSON = st.sampled_from(["U0ANA", "W0BO"])
GROUP = st.sampled_from(["S0ADMINS", "S0SUPPORT"])
MEMBER = PERSON | GROUP
LINK = st.sampled_from(["https://recess.slack.com/archives/C0LINCOLN/p1700000000000100"])
TS = st.just("1700000000.000100")
DIGEST = st.just("0123456789abcdef")

# What is ours or Slack's, and cannot be anything: by the name of the field or argument.
KNOWN: dict[str, st.SearchStrategy[Any]] = {
    "slug": SLUG,
    "action_id": st.just("home_go"),
    "channel": CHANNEL,
    "elsewhere": CHANNEL,
    "ts": TS,
    "slack_ts": TS,
    "digest": DIGEST,
    "timezone": st.just("America/Los_Angeles"),
    "night": st.just("2026-10-05T02:00"),
    "newer": LINK,
    "permalink": LINK,
    "link": LINK,
    "person": PERSON,
    "actor": PERSON,
    "via": st.sampled_from(["slack", "cli", "sync"]),
    "actor_name": hostile(80),
    "admins": MEMBER,
    "viewers": MEMBER,
    "unread": GROUP,
    "group": st.just("") | GROUP,
    "file_id": st.just("F0FILE"),
    "partner": SLUG,
    "card": LINK,
    "outcome": st.sampled_from(OUTCOMES),
    "verb": st.just("Unfreeze"),
    "owner": st.just("a-host:1234"),
    "error": st.sampled_from(["is_archived", "not_in_channel", "channel_not_found", "fatal_error"]),
}


def arguments(
    picture: Callable[..., Any], given: Mapping[str, st.SearchStrategy[Any]]
) -> st.SearchStrategy[dict[str, Any]]:
    """Everything that a picture takes, by name; what is `given` cannot be just anything."""
    hints = typing.get_type_hints(picture)
    hints.pop("return", None)
    made = {name: anything(hint, name) for name, hint in hints.items() if name not in given}
    return st.fixed_dictionaries({**made, **given})


def anything(hint: Any, name: str = "", *, inside: bool = False) -> st.SearchStrategy[Any]:
    """Any value of a type, for what has this name. `inside`: there may be many of its owner."""
    if name in KNOWN and hint in (str, str | None):
        return st.none() | KNOWN[name] if hint == str | None else KNOWN[name]
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([anything(part, name, inside=inside) for part in parts])
    if origin is Literal:
        return st.sampled_from(parts)
    if origin is not None:
        return collection(origin, parts, name, inside)
    return single(hint, name, inside)


def single(hint: Any, name: str, inside: bool) -> st.SearchStrategy[Any]:
    if hint is type(None):
        return st.none()
    if hint is str:
        return hostile()
    if hint is bytes:
        return st.binary(max_size=10)
    if hint is bool:
        return st.booleans()
    if hint is int:
        return st.integers(0, 2_000_000)
    if hint is datetime:
        return st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    if dataclasses.is_dataclass(hint):
        return record(hint, inside)
    raise TypeError(f"{name} is a {hint}, which nobody has made up yet")


def record(kind: Any, inside: bool = False) -> st.SearchStrategy[Any]:
    """An object with anything in every field, but for what its field cannot be."""
    if kind in WHOLE:
        return WHOLE[kind]()
    hints = typing.get_type_hints(kind)
    given = {
        field.name: (
            FIELDS[kind.__name__, field.name]
            if (kind.__name__, field.name) in FIELDS
            else anything(hints[field.name], field.name, inside=inside)
        )
        for field in dataclasses.fields(kind)
        if field.init
    }
    return st.builds(kind, **given)


def collection(
    origin: Any, parts: tuple[Any, ...], name: str, inside: bool
) -> st.SearchStrategy[Any]:
    if origin is tuple and Ellipsis not in parts:
        return st.tuples(*(anything(part, name, inside=inside) for part in parts))
    if issubclass(origin, Mapping):
        keys, values = (anything(part, name, inside=True) for part in parts)
        return st.dictionaries(keys, values, max_size=4)
    items = many(anything(parts[0], name, inside=True), SOME if inside else MANY)
    if issubclass(origin, (set, frozenset)):
        return items.map(origin)
    if origin is tuple:
        return items.map(tuple)
    assert issubclass(list, origin) or origin in (Sequence, Iterable, Collection), origin
    return items


def many(
    items: st.SearchStrategy[Any], times: Sequence[int] = MANY, least: int = 0
) -> st.SearchStrategy[list[Any]]:
    """A few different ones, up to thousands of times, each with a number of its own."""

    def repeated(few: list[Any], times: int) -> list[Any]:
        return [numbered(one, number) for number, one in enumerate(few * times, 1)]

    return st.builds(repeated, st.lists(items, min_size=least, max_size=3), st.sampled_from(times))


def some(items: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """At least one."""
    return many(items, least=1)


def numbered(value: Any, number: int) -> Any:
    """The same with another key, in whatever it is a part of."""
    if isinstance(value, tuple):
        return tuple(numbered(part, number) for part in value)
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    known = {name: getattr(value, name) for name in given_to(type(value))}
    keys = {name: number for name in known if name in KEYS and type(known[name]) is int}
    parts = {name: part for name, part in known.items() if dataclasses.is_dataclass(part)}
    parts |= {name: part for name, part in known.items() if isinstance(part, tuple)}
    deeper = {name: numbered(part, number) for name, part in parts.items()}
    return dataclasses.replace(value, **keys, **deeper)


@cache
def given_to(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind) if field.init)


def a_target() -> st.SearchStrategy[Target]:
    """As the listeners make them: with our key of a school, so that its id stays behind."""
    return st.builds(
        Target,
        partner=SLUG,
        school=hostile(),
        key=st.integers(1, 10**9),
        version=st.integers(0, 10**6),
        request=st.integers(0, 10**9),
        case=st.integers(0, 10**9),
        run=st.integers(0, 10**9),
        people=st.integers(0, 10**6),
        approve=st.booleans(),
        digest=DIGEST,
        channel=CHANNEL,
        ts=TS,
        page=st.integers(0, 3),
        query=st.just("") | hostile(75),
        mark=st.integers(0, 10**9),
        turn=st.integers(0, 10**6),
        each=st.booleans(),
    )


def a_looking() -> st.SearchStrategy[Looking]:
    """As Home's own buttons make them."""
    return st.builds(
        Looking,
        partner=st.just("") | SLUG,
        status=st.sampled_from(sorted(FILTERS)),
        part=st.sampled_from(["", "requests", "partners", "silent"]),
        query=st.just("") | hostile(QUERY),
        page=st.integers(0, 100),
    )


# Made as a whole.
WHOLE: dict[type, Callable[[], st.SearchStrategy[Any]]] = {
    Target: a_target,
    Looking: a_looking,
}
# A person's name in Slack has 80 characters, a partner's in its file 120.
FIELDS: dict[tuple[str, str], st.SearchStrategy[Any]] = {
    ("Partner", "name"): hostile(120),
    ("Partner", "contact"): hostile(300),
    ("Partner", "pause_windows"): st.just(()),
    ("Partner", "breaker"): st.just({}),
    ("Partner", "sync_cron"): st.none(),
    ("Partner", "admins"): st.just(("U0ANA", "S0ADMINS")),
    ("Partner", "viewers"): st.just(()),
    ("Partner", "source"): st.sampled_from(
        [{"kind": kind} for kind in ("csv", "clever", "classlink", "oneroster-csv")]
    ),
    # A school without a key is one that was named, not stored; its id then stands in its place.
    ("School", "key"): st.integers(1, 2_000_000),
    ("Asker", "name"): hostile(80),
    ("Report", "name"): hostile(80),
    ("Reported", "name"): hostile(80),
    # Nobody asks for something, or reports it, without being somebody.
    ("Unfreeze", "askers"): st.deferred(lambda: some(anything(Asker, inside=True))),
    ("Case", "closed_how"): st.sampled_from(Closing),
    ("Upload", "state"): st.sampled_from(STATES),
    ("Case", "reports"): st.deferred(lambda: some(anything(Report, inside=True))),
}

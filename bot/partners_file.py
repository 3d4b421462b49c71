"""The partners file: what a partner is declared as, and bringing it into the database.

Every mistake is found before anything is stored, and told as a sentence that names the partner
and the key. Nothing is ever removed by importing.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails

from bot.nights import trigger
from bot.rosters import KINDS
from storage.errors import RecessError
from storage.partners import Declaration, Partner
from storage.store import Store

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
CHANNEL = re.compile(r"[CG][A-Z0-9]{2,30}")
PERSON_OR_GROUP = re.compile(r"[UWS][A-Z0-9]{2,30}")
DISTRICT = re.compile(r"[A-Za-z0-9_-]{1,80}")
MONTH_DAY = re.compile(r"\d\d-\d\d")
SECRET = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
LONGEST_SLUG, LONGEST_CRON, LONGEST_NAME = 80, 120, 120
# The keys of a source that say where it is; in another place every id means something else.
WHERE = ("kind", "path", "district", "url", "application")

_WRONG_TYPE = {
    "missing": "is missing",
    "string_type": "has to be text, in quotes",
    "int_type": "has to be a whole number",
    "list_type": "has to be a list, in [ ]",
    "model_type": "has to be a table, in { }",
    "dict_type": "has to be a table, in { }",
}


class PartnersFileInvalid(RecessError):
    """The file cannot be imported; `mistakes` has every reason, one sentence each."""

    def __init__(self, file: Path, mistakes: Sequence[str]) -> None:
        listed = "".join(f"\n- {mistake}" for mistake in mistakes)
        super().__init__(f"{file} was not imported, and nothing was stored:{listed}")
        self.mistakes = mistakes


@dataclass(frozen=True)
class Imported:
    """What importing did to one partner: key by key, the value before and after.

    `moved` says that its schools are known from another source, and wait to be matched.
    """

    slug: str
    new: bool
    changes: Sequence[tuple[str, object, object]]
    moved: bool = False


def import_partners(store: Store, file: Path, *, new_source: bool = False) -> list[Imported]:
    """Store what the file declares, in the caller's transaction; answers what changed.

    The source of a partner with schools may only change with `new_source`. Raises
    PartnersFileInvalid, with all mistakes at once.
    """
    declared = read_partners(file)
    known = {
        slug: store.partners.locked(slug) for slug in sorted(p.slug for p in store.partners.all())
    }
    moved = {d.slug: what for d in declared if (what := _moved_source(d, known.get(d.slug)))}
    mistakes = [] if new_source else [mistake for what in moved.values() for mistake in what]
    mistakes += _taken_channels(declared, known)
    if mistakes:
        raise PartnersFileInvalid(file, mistakes)
    # Who gives a channel up comes before who takes it.
    for declaration in _channels_freed_first(declared, known):
        store.partners.declare(declaration)
    for slug in moved:
        store.partners.moves(known[slug], new_source=True)
    imported = [_imported(declaration, known.get(declaration.slug)) for declaration in declared]
    return [replace(one, moved=one.slug in moved) for one in imported]


def read_partners(file: Path) -> list[Declaration]:
    """The partners that a file declares. Raises PartnersFileInvalid."""
    tables = _tables(file)
    read = [_Read.of(table, number, file) for number, table in enumerate(tables, 1)]
    mistakes = [mistake for one in read for mistake in one.mistakes]
    mistakes += _twice(read, "slug", "Every partner needs one of its own.")
    mistakes += _twice(read, "channel", "Two partners never share a channel.")
    if mistakes:
        raise PartnersFileInvalid(file, mistakes)
    return [one.declaration for one in read if one.declaration is not None]


def _tables(file: Path) -> list[dict[str, Any]]:
    try:
        content = tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise PartnersFileInvalid(file, [f"It cannot be read: {reason}."]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PartnersFileInvalid(file, [f"It is not TOML in UTF-8: {error}."]) from None
    if mistakes := list(_at_the_top(content)):
        raise PartnersFileInvalid(file, mistakes)
    tables: list[dict[str, Any]] = content["partner"]
    return tables


def _at_the_top(content: Mapping[str, Any]) -> Iterator[str]:
    for key in content.keys() - {"partner"}:
        yield f"“{key}” is not known at the top of the file, where only [[partner]] tables stand."
    tables = content.get("partner")
    if not isinstance(tables, list) or not tables or not all(isinstance(t, dict) for t in tables):
        yield "It has no partners; each begins with a line [[partner]]."


# One partner


def _slug(text: str) -> str:
    if not SLUG.fullmatch(text) or len(text) > LONGEST_SLUG:
        raise ValueError(
            f"“{text}” cannot name a partner in commands; use lowercase letters, digits and "
            f"single hyphens, at most {LONGEST_SLUG} characters"
        )
    return text


def _name(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("has to be a name that can be read, on one line")
    if len(text.strip()) > LONGEST_NAME:
        # It stands in the title of every card, where Slack has room for only so much.
        raise ValueError(f"has to be a name of at most {LONGEST_NAME} characters")
    return text.strip()


def _timezone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError(f"“{text}” is not a time zone; write one like America/Los_Angeles")
    return text


def _channel(text: str) -> str:
    if not CHANNEL.fullmatch(text):
        raise ValueError(
            f"“{text}” is not the id of a channel, which begins with C or G; "
            "Slack shows it at the end of the channel's details"
        )
    return text


def _person_or_group(text: str) -> str:
    if not PERSON_OR_GROUP.fullmatch(text):
        raise ValueError(
            f"“{text}” is not the id of a person (U…) or a user group (S…); "
            "Slack shows it in the menu of the profile or the group"
        )
    return text


def _month_day(text: str) -> str:
    try:
        # A leap year, so that the last of February can be meant.
        if MONTH_DAY.fullmatch(text):
            date.fromisoformat(f"2024-{text}")
            return text
    except ValueError:
        pass
    raise ValueError(f"“{text}” is not a day of the year; write month and day, like 06-12")


def _until(value: str | date) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise ValueError(f"“{value}” is not a date; write one like 2027-09-15") from None


def _path(text: str) -> str:
    if not text.strip() or "\0" in text:
        raise ValueError("has to be the path of a folder or a .zip")
    return text


def _district(text: str) -> str:
    if not DISTRICT.fullmatch(text):
        raise ValueError("has to be Clever's id of the district, such as 4fd43cc56d11340000000005")
    return text


def _clever_version(text: str) -> str:
    if text not in ("3.0", "3.1"):
        raise ValueError(f"“{text}” is not a version of Clever's API that is read: 3.0 or 3.1")
    return text


def _url(text: str) -> str:
    address = urlsplit(text)
    near = address.hostname in ("localhost", "127.0.0.1", "::1")
    if not address.hostname or not (
        address.scheme == "https" or (address.scheme == "http" and near)
    ):
        raise ValueError("has to be an address that begins with https://")
    if address.query or address.fragment or "@" in address.netloc:
        raise ValueError("has to be an address alone, without a name, a password, ? or #")
    return text


def _oneroster_version(text: str) -> str:
    if text not in ("1.1", "1.2"):
        raise ValueError(f"“{text}” is not a version of OneRoster that is read: 1.1 or 1.2")
    return text


def _oneroster_auth(text: str) -> str:
    if text not in ("oauth1", "oauth2"):
        raise ValueError(f"“{text}” is not a way to sign in: oauth1 or oauth2")
    return text


def _given(text: str) -> str:
    if not text.strip():
        raise ValueError("has to be filled in")
    return text


def _secret(text: str) -> str:
    if not SECRET.fullmatch(text):
        raise ValueError(
            "has to be named like “${LINCOLN_SECRET}”, with the secret itself in the environment: "
            "it is never stored"
        )
    return text


Url = Annotated[str, AfterValidator(_url)]
Given = Annotated[str, AfterValidator(_given)]
Secret = Annotated[str, AfterValidator(_secret)]
People = list[Annotated[str, AfterValidator(_person_or_group)]]
Percent = Annotated[int, Field(ge=1, le=100)]


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class FolderSource(Table):
    """A OneRoster set as CSV files: `path` is a folder or a .zip."""

    kind: Literal["oneroster-csv"]
    path: Annotated[str, AfterValidator(_path)]


class CleverSource(Table):
    """A district connected in Clever: `district` is Clever's id of it."""

    kind: Literal["clever"]
    district: Annotated[str, AfterValidator(_district)]
    version: Annotated[str, AfterValidator(_clever_version)] = "3.1"


class OneRosterSource(Table):
    """A OneRoster service at `url`."""

    kind: Literal["oneroster"]
    url: Url
    version: Annotated[str, AfterValidator(_oneroster_version)]
    auth: Annotated[str, AfterValidator(_oneroster_auth)]
    client_id: Given
    client_secret: Secret
    token_url: Url | None = None

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if self.version == "1.2" and self.auth == "oauth1":
            raise ValueError("says oauth1, which OneRoster 1.2 does not have; use oauth2")
        if self.auth == "oauth2" and self.token_url is None:
            raise ValueError("needs token_url, where oauth2 gets its tokens")
        return self


class ClassLinkSource(Table):
    """A district in ClassLink: an `application` of its proxy, or the district's own server."""

    kind: Literal["classlink"]
    application: Given | None = None
    url: Url | None = None
    client_id: Given | None = None
    client_secret: Secret | None = None
    version: Annotated[str, AfterValidator(_oneroster_version)] = "1.1"

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        direct = self.url, self.client_id, self.client_secret
        if self.application is not None and any(direct):
            raise ValueError("has both application and url; the roster is read in one way alone")
        if self.application is None and not all(direct):
            raise ValueError("needs either application, or url with client_id and client_secret")
        return self


class DropSource(Table):
    """A drop folder of OneRoster 1.1 batches, read when nothing in one changed for a while."""

    kind: Literal["tp-connector"]
    path: Annotated[str, AfterValidator(_path)]
    quiet_minutes: Annotated[int, Field(ge=1, le=1440)] = 10


class UploadSource(Table):
    """Sets that people upload; there is nothing to say about where they come from."""

    kind: Literal["csv"]


# The keys of each kind of source that `bot.rosters` opens.
SOURCES: Mapping[str, type[Table]] = {
    "oneroster-csv": FolderSource,
    "tp-connector": DropSource,
    "csv": UploadSource,
    "clever": CleverSource,
    "oneroster": OneRosterSource,
    "classlink": ClassLinkSource,
}


class PauseWindow(Table):
    """Days of the year without nightly syncs; it may reach over the new year."""

    first: Annotated[str, AfterValidator(_month_day)] = Field(alias="from")
    last: Annotated[str, AfterValidator(_month_day)] = Field(alias="to")


class Breaker(Table):
    """The partner's own limits of the circuit breaker; `until` is their last day."""

    schools: Annotated[int, Field(ge=1)] | None = None
    schools_percent: Percent | None = None
    staff_percent: Percent | None = None
    staff_known: Annotated[int, Field(ge=0)] | None = None
    until: Annotated[str | date, AfterValidator(_until)] | None = None


class PartnerTable(Table):
    slug: Annotated[str, AfterValidator(_slug)]
    name: Annotated[str, AfterValidator(_name)]
    timezone: Annotated[str, AfterValidator(_timezone)]
    channel: Annotated[str, AfterValidator(_channel)]
    admins: People
    source: dict[str, Any]
    viewers: People = []
    contact: str = ""
    sync_cron: str | None = None
    pause_windows: list[PauseWindow] = []
    breaker: Breaker = Breaker()

    @field_validator("sync_cron")
    @classmethod
    def _fires(cls, cron: str | None, info: ValidationInfo) -> str | None:
        if cron is None:
            return None
        try:
            fires = trigger(cron, info.data.get("timezone", "UTC"))
        except RecessError as error:
            raise ValueError(error.sentence) from None
        if len(cron) > LONGEST_CRON or fires.get_next_fire_time(None, datetime.now(UTC)) is None:
            raise ValueError(f"“{cron}” is a time that never comes")
        return cron


@dataclass(frozen=True)
class _Read:
    """One table of the file: its declaration, or what is wrong with it."""

    title: str
    table: Mapping[str, Any]
    mistakes: Sequence[str]
    declaration: Declaration | None

    @classmethod
    def of(cls, table: dict[str, Any], number: int, file: Path) -> "_Read":
        slug = table.get("slug")
        title = slug if isinstance(slug, str) and slug else f"the {_ordinal(number)} partner"
        errors: list[ErrorDetails] = []
        partner = _checked(PartnerTable, table, (), errors)
        source = _source(table.get("source"), errors)
        mistakes = [_mistake(title, error) for error in errors]
        if partner is None or source is None or mistakes:
            return cls(title, table, mistakes, None)
        return cls(title, table, [], _declaration(partner, _located(source, file)))


def _checked(
    model: type[Table], table: object, where: tuple[str, ...], errors: list[ErrorDetails]
) -> Any:
    """The table as its model, or None, with every error added."""
    try:
        return model.model_validate(table)
    except ValidationError as error:
        found = error.errors()
    for one in found:
        one["loc"] = (*where, *one["loc"])
        if one["type"] == "extra_forbidden":
            one["ctx"] = {"known": ", ".join(_keys_beside(model, one["loc"][len(where) :]))}
    errors += found
    return None


def _keys_beside(model: type[BaseModel], where: tuple[int | str, ...]) -> list[str]:
    """The keys that are known where an unknown one stands."""
    nested: Mapping[str, type[BaseModel]] = {"breaker": Breaker, "pause_windows": PauseWindow}
    here = nested.get(str(where[0]), model) if len(where) > 1 else model
    return [field.alias or name for name, field in here.model_fields.items()]


def _source(table: object, errors: list[ErrorDetails]) -> Mapping[str, Any] | None:
    if not isinstance(table, dict):
        return None
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        known = ", ".join(KINDS)
        shown = f"“{kind}” is not a kind of roster source" if kind else "is missing"
        wrong = ValueError(f"{shown}; this version reads: {known}")
        errors.append(
            ErrorDetails(
                type="value_error",
                loc=("source", "kind"),
                msg=str(wrong),
                input=kind,
                ctx={"error": wrong},
            )
        )
        return None
    return table if _checked(SOURCES[kind], table, ("source",), errors) else None


def _mistake(title: str, error: ErrorDetails) -> str:
    key = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in error["loc"])
    return f"{title}: {key.removeprefix('.')} {_wrong(error)}."


def _wrong(error: ErrorDetails) -> str:
    """What is wrong with a value, to stand behind its key."""
    given = error.get("ctx", {})
    if error["type"] == "extra_forbidden":
        return f"is not a known key; known are {given['known']}"
    if error["type"] == "value_error":
        text = str(given["error"]).removesuffix(".")
        return f"({text})" if text.startswith("“") else text
    if error["type"] in ("greater_than_equal", "less_than_equal"):
        bound = f"at least {given['ge']}" if "ge" in given else f"at most {given['le']}"
        return f"has to be {bound}"
    return _WRONG_TYPE.get(error["type"], error["msg"])


def _located(source: Mapping[str, Any], file: Path) -> dict[str, Any]:
    """A relative path starts at the file's folder; it is stored as an absolute one."""
    if "path" not in source:
        return dict(source)
    path = os.path.normpath(file.absolute().parent / source["path"])
    return {**source, "path": path}


def _declaration(partner: PartnerTable, source: Mapping[str, Any]) -> Declaration:
    return Declaration(
        slug=partner.slug,
        name=partner.name,
        timezone=partner.timezone,
        channel=partner.channel,
        admins=tuple(partner.admins),
        viewers=tuple(partner.viewers),
        contact=partner.contact,
        sync_cron=partner.sync_cron,
        pause_windows=tuple(w.model_dump(by_alias=True) for w in partner.pause_windows),
        breaker=partner.breaker.model_dump(exclude_none=True),
        source=source,
    )


def _ordinal(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")


# All partners together


def _twice(read: Sequence[_Read], key: str, rule: str) -> list[str]:
    pairs = combinations([one for one in read if isinstance(one.table.get(key), str)], 2)
    return [
        f"{other.title}: {key} (“{other.table[key]}” is that of {one.title} too. {rule})."
        for one, other in pairs
        if one.table[key] == other.table[key]
    ]


def _moved_source(declaration: Declaration, partner: Partner | None) -> list[str]:
    """What changed of where a partner's schools come from, a sentence each."""
    if partner is None or partner.roster_version == 0:
        return []
    pairs = ((key, partner.source.get(key), declaration.source.get(key)) for key in WHERE)
    return [
        f"{declaration.slug}: source.{key} (“{before}” became “{after}”. Schools of that source "
        "are stored, and in another one all of them could look gone. If it is meant, import "
        f"with --new-source: its schools are then matched with those first. Else keep “{before}”)."
        for key, before, after in pairs
        if before != after
    ]


def _taken_channels(declared: Sequence[Declaration], known: Mapping[str, Partner]) -> Iterator[str]:
    """Channels of stored partners that keep them, or that would be swapped in a circle."""
    wanted = {declaration.slug: declaration.channel for declaration in declared}
    after = {slug: wanted.get(slug, partner.channel) for slug, partner in known.items()} | wanted
    for slug, channel in wanted.items():
        for other, partner in known.items():
            if other == slug or partner.channel != channel:
                continue
            if after[other] == channel:
                yield (
                    f"{slug}: channel (“{channel}” is that of {other}, which is stored already. "
                    "Two partners never share a channel)."
                )
            elif _leads_back(slug, channel, known, after):
                yield (
                    f"{slug}: channel (“{channel}” would be swapped with {other}. Give one of "
                    "them a third channel, import, and then the other)."
                )


def _leads_back(
    slug: str, channel: str, known: Mapping[str, Partner], after: Mapping[str, str]
) -> bool:
    """Whether following who takes whose channel comes back to where it began."""
    holders = {partner.channel: other for other, partner in known.items()}
    seen: set[str] = set()
    holder = holders.get(channel)
    while holder is not None and holder not in seen:
        if holder == slug:
            return True
        seen.add(holder)
        holder = holders.get(after[holder])
    return False


def _channels_freed_first(
    declared: Sequence[Declaration], known: Mapping[str, Partner]
) -> list[Declaration]:
    held = {partner.channel: slug for slug, partner in known.items()}
    waiting, ordered = list(declared), []
    while waiting:
        free = next(d for d in waiting if held.get(d.channel, d.slug) == d.slug)
        held = {channel: slug for channel, slug in held.items() if slug != free.slug}
        held[free.channel] = free.slug
        ordered.append(free)
        waiting.remove(free)
    return ordered


def _imported(declaration: Declaration, before: Partner | None) -> Imported:
    if before is None:
        return Imported(declaration.slug, True, [])
    names = [field.name for field in fields(Declaration)]
    pairs = [(name, getattr(before, name), getattr(declaration, name)) for name in names]
    return Imported(declaration.slug, False, [pair for pair in pairs if pair[1] != pair[2]])

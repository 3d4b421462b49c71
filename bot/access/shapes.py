"""What goes in and out as JSON; the OpenAPI document is made of the same."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from storage.access import Access, Cause

AT_MOST = 1_000

Since = Annotated[
    datetime,
    PlainSerializer(lambda moment: f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LockingSchool(Shape):
    """A frozen school that locks the account, by the source's id."""

    id: str
    number: str
    name: str
    since: Since = Field(description="When the school was frozen, in UTC.")

    @classmethod
    def of(cls, cause: Cause) -> "LockingSchool":
        return cls(id=cause.id, number=cause.number, name=cause.name, since=cause.since)


class Lock(Shape):
    """Whether somebody is locked, and why."""

    locked: bool = Field(description="Whether to keep this person out.")
    accounts: list[str] = Field(
        description="The source's ids that this is about; an email can belong to several accounts, "
        "and is locked if one of them is."
    )
    because: list[LockingSchool] = Field(description="Empty when nothing locks them.")
    since: Since | None = Field(description="When the first of these freezes began, in UTC.")
    screen: str | None = Field(
        description="Where to send the person: a page that says which school, since when, and whom "
        "to contact. Null when not locked. The address is meant for this person alone, is another "
        "one each day, and is valid for at least 30 days.",
    )

    @classmethod
    def of(cls, access: Access, address: Callable[[Sequence[int]], str]) -> "Lock":
        return cls(
            locked=access.locked,
            accounts=list(access.ids),
            because=[LockingSchool.of(cause) for cause in access.because],
            since=access.since,
            screen=address(access.keys) if access.locked else None,
        )

    @property
    def etag(self) -> str:
        """Of the whole answer. The screen's address changes daily, so that no kept one gets old."""
        return f'W/"{hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:32]}"'


class Batch(Shape):
    """Up to 1,000 accounts by the source's id, and up to 1,000 people by email."""

    accounts: list[str] = Field(default=[], max_length=AT_MOST)
    emails: list[str] = Field(default=[], max_length=AT_MOST)


class Locks(Shape):
    """By what was asked; null for everybody whom this client does not know."""

    accounts: dict[str, Lock | None]
    emails: dict[str, Lock | None]


class Fault(Shape):
    """One mistake in a body: where, as a JSON pointer, and what."""

    pointer: str
    detail: str


class Refusal(BaseModel):
    """A problem (RFC 9457), told as the status says; `detail` has the cause and the remedy."""

    title: str
    status: int
    detail: str
    errors: list[Fault] = Field(default=[], description="With 422: the first mistakes, and where.")
    reference: str = Field(default="", description="With 500: finds it in the log.")

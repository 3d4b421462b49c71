"""Clients of the access API, and the tokens that they show.

A token is shown once, when it is made. Stored are its digest, which is enough to know it again
because the token has 256 random bits, and a hint, which finds the row and tells tokens apart.
"""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update
from sqlalchemy.exc import IntegrityError

from storage.errors import NotPossible
from storage.partners import Partner
from storage.tables import partners, token_partners, tokens

PREFIX = "recess"
HINT_BYTES, SECRET_BYTES = 4, 32
# No token has this digest; comparing with it takes as long as with one.
NOBODYS = "0" * 64


@dataclass(frozen=True)
class Client:
    """Who asks. `partners` are the slugs it may ask about; None means every partner."""

    name: str
    partners: frozenset[str] | None

    def scoped(self, slug: str) -> str:
        """The slug, or one that no partner has: so both are answered by the same road."""
        return slug if self.partners is None or slug in self.partners else ""


@dataclass(frozen=True)
class Token:
    """A token as it is listed; the secret itself is known to nobody here."""

    client: Client
    hint: str
    created_at: datetime
    revoked_at: datetime | None

    @property
    def beginning(self) -> str:
        return f"{PREFIX}_{self.hint}_"


_all = (
    select(tokens, partners.c.slug)
    .outerjoin(token_partners, token_partners.c.token_id == tokens.c.id)
    .outerjoin(partners, partners.c.id == token_partners.c.partner_id)
    .order_by(tokens.c.id, partners.c.slug)
)
_in_force = _all.where(tokens.c.hint == bindparam("hint"), tokens.c.revoked_at.is_(None))


class Tokens:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now

    def create(self, name: str, only: Sequence[Partner]) -> str:
        """A new token, for these partners or for all of them. Raises NotPossible: name taken."""
        hint, secret = secrets.token_hex(HINT_BYTES), secrets.token_urlsafe(SECRET_BYTES)
        token = f"{PREFIX}_{hint}_{secret}"
        values = {
            "name": name,
            "hint": hint,
            "digest": digest(token),
            "every_partner": not only,
            "created_at": self.now,
        }
        try:
            made = self.connection.execute(tokens.insert().values(values)).inserted_primary_key
        except IntegrityError:
            raise NotPossible(
                f"There is a token for “{name}” already. Nothing was changed; "
                "revoke it first, or choose another name."
            ) from None
        assert made is not None
        for key in sorted({partner.id for partner in only}):
            row = {"token_id": made[0], "partner_id": key}
            self.connection.execute(token_partners.insert().values(row))
        return token

    def revoke(self, name: str) -> None:
        """From now on it opens nothing. Raises NotPossible when no such token is in force."""
        statement = (
            update(tokens)
            .where(tokens.c.name == name, tokens.c.revoked_at.is_(None))
            .values(revoked_at=self.now)
        )
        if not self.connection.execute(statement).rowcount:
            raise NotPossible(
                f"No token for “{name}” is in force. Nothing was changed; "
                "`recess tokens list` shows those that there are."
            )

    def all(self) -> list[Token]:
        """Every token, also revoked ones, oldest first."""
        streamed = self.connection.execute(_all)
        return [_token(list(rows)) for _, rows in groupby(streamed, key=lambda row: row.id)]

    def client(self, token: str) -> Client | None:
        """Whose token this is, if it is in force."""
        rows = self.connection.execute(_in_force, {"hint": hint_of(token)}).all()
        known = rows[0].digest if rows else NOBODYS
        return _token(rows).client if hmac.compare_digest(digest(token), known) else None


def digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def hint_of(token: str) -> str:
    """The part of a token that finds its row; of something else, nothing that is stored."""
    parts = token.split("_", 2)
    return parts[1] if len(parts) == 3 and parts[1].isalnum() else ""


def _token(rows: Sequence[Row[Any]]) -> Token:
    """One token from its rows, one for each partner (or one without any)."""
    first = rows[0]
    slugs = frozenset(row.slug for row in rows if row.slug is not None)
    client = Client(first.name, None if first.every_partner else slugs)
    return Token(client, first.hint, first.created_at, first.revoked_at)

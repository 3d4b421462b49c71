"""Ids that differ only by zeros in front, and are two records all the same.

A roster with such an id beside a known one has probably been through a spreadsheet, and is
refused. Where both are real, support says so once for each pair, and it is remembered.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, or_, select

from storage.errors import NotPossible
from storage.partners import Partner
from storage.schools import Actor
from storage.tables import accounts, ids_apart, schools

Pair = tuple[str, str]


class Apart:
    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now

    def confused(self, partner: Partner, pairs: Iterable[Pair]) -> list[Pair]:
        """Of these pairs, those that nobody has told apart."""
        statement = select(ids_apart.c.one, ids_apart.c.other).where(
            ids_apart.c.partner_id == partner.id
        )
        known = {(row.one, row.other) for row in self.connection.execute(statement)}
        return [pair for pair in pairs if _ordered(pair) not in known]

    def tell(self, partner: Partner, pairs: Iterable[Pair], by: Actor, reason: str) -> None:
        """Remember that both ids of each pair are real. Raises NotPossible for any other pair."""
        wanted = list(dict.fromkeys(map(_ordered, pairs)))
        for pair in wanted:
            self._check(partner, pair)
        rows = [
            {
                "partner_id": partner.id,
                "one": one,
                "other": other,
                "by": by.id,
                "by_name": by.name,
                "reason": reason,
                "at": self.now,
            }
            for one, other in self.confused(partner, wanted)
        ]
        if rows:
            self.connection.execute(ids_apart.insert(), rows)

    def _check(self, partner: Partner, pair: Pair) -> None:
        one, other = pair
        if one == other or one.lstrip("0") != other.lstrip("0"):
            raise NotPossible(
                f"“{one}” and “{other}” do not differ by zeros in front alone, so nothing has to "
                "be said about them. Nothing was changed."
            )
        if not self._known(partner, pair):
            raise NotPossible(
                f"{partner.slug} has no school and nobody with the id “{one}” or “{other}”. "
                "Nothing was changed; copy the ids from the sentence of the failed run."
            )

    def _known(self, partner: Partner, pair: Pair) -> bool:
        """Whether one of them is stored, as a school's or a person's."""
        return any(
            self.connection.execute(
                select(table.c.id).where(
                    table.c.partner_id == partner.id,
                    or_(table.c.source_id == pair[0], table.c.source_id == pair[1]),
                )
            ).first()
            for table in (schools, accounts)
        )


def _ordered(pair: Pair) -> Pair:
    one, other = sorted(pair)
    return one, other

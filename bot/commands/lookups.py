"""Two readings that only the command line needs: whom of these people we know already."""

from collections.abc import Collection

from sqlalchemy import select

from storage.partners import Partner
from storage.store import Store
from storage.tables import accounts, memberships, schools


def rostered(store: Store, partner: Partner, ids: Collection[str]) -> set[str]:
    """Those of the source's ids that the last applied snapshot had."""
    statement = select(accounts.c.source_id).where(
        accounts.c.partner_id == partner.id, accounts.c.claimed, accounts.c.source_id.in_(ids)
    )
    return {row.source_id for row in store.connection.execute(statement)}


def kept_by_hand(
    store: Store, partner: Partner, emails: Collection[str]
) -> dict[str, dict[str, bool]]:
    """By case-folded email, the schools of known people, and whether each was added by hand."""
    statement = (
        select(accounts.c.email_folded, schools.c.source_id, memberships.c.manual)
        .select_from(accounts)
        .outerjoin(memberships, memberships.c.account_id == accounts.c.id)
        .outerjoin(schools, schools.c.id == memberships.c.school_id)
        .where(accounts.c.partner_id == partner.id, accounts.c.email_folded.in_(emails))
    )
    found: dict[str, dict[str, bool]] = {}
    for row in store.connection.execute(statement):
        known = found.setdefault(row.email_folded, {})
        if row.source_id is not None:
            known[row.source_id] = row.manual
    return found

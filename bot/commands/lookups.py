"""A reading that only the command line needs: whom of these people we know already."""

from collections.abc import Collection

from sqlalchemy import select

from storage.partners import Partner
from storage.store import Store
from storage.tables import accounts


def rostered(store: Store, partner: Partner, ids: Collection[str]) -> set[str]:
    """Those of the source's ids that the last applied snapshot had."""
    statement = select(accounts.c.source_id).where(
        accounts.c.partner_id == partner.id, accounts.c.claimed, accounts.c.source_id.in_(ids)
    )
    return {row.source_id for row in store.connection.execute(statement)}

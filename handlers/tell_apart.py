"""Support says that ids which differ only by zeros in front are two records."""

from collections.abc import Sequence

from handlers.ask import Ask
from handlers.desk import Desk, require
from storage.apart import Pair
from storage.rules.rights import Right


def tell_apart(ask: Ask, desk: Desk, pairs: Sequence[Pair]) -> None:
    """From now on no run fails because of these pairs. Raises NotPossible for any other pair."""
    with desk.transaction() as store:
        partner = store.partners.locked(ask.partner)
        require(ask.person, Right.MANAGE_PARTNERS, partner.access(desk.support_group))
        store.apart.tell(partner, pairs, ask.actor, ask.reason)

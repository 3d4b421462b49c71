"""Whom a freeze would hit that nobody may have thought of: found by the addresses in Slack."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from handlers.desk import Desk
from handlers.views.freeze import Harm
from storage.locks import Standing
from storage.rules.rights import Access
from storage.schools import School
from storage.store import Store

# All that is asked of Slack before a dialog opens, within the three seconds that it has for that.
SECONDS = 1.5


@dataclass(frozen=True)
class Addresses:
    """Of the person who freezes, and of the partner's admins by Slack id; "" is unknown."""

    asker: str
    admins: Mapping[str, str]


def addresses(desk: Desk, user: str, access: Access, since: float) -> Addresses:
    """Read from Slack in what is left of the time `since` (time.monotonic) somebody clicked.

    So before any transaction, and after `who`, which needs the same of Slack.
    """
    left = max(0.0, SECONDS - (time.monotonic() - since))
    return Addresses(desk.email(user), desk.addresses(access.admins, left))


def harm(store: Store, school: School, known: Addresses) -> Harm:
    """What a freeze of the school means for the person, for the admins and for the partner."""
    standing = store.locks.standing(school, [known.asker, *known.admins.values()])

    def of(email: str) -> Standing | None:
        return standing.get(email.casefold()) if email else None

    admins = {id: of(email) for id, email in known.admins.items()}
    return Harm(store.locks.reach(school), of(known.asker), admins)

"""Which partners somebody may see; of every other one nobody learns anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from handlers.desk import Desk
from handlers.searching import fits
from handlers.views.blocks import OPTIONS_OF_A_SELECT
from storage.partners import Partner
from storage.rules.rights import Access, Person, Reason, Right, allows


class Asker(Protocol):
    """Somebody whom Slack can be asked about: who clicked, typed a command or opened Home."""

    def person(self, desk: Desk, access: Access) -> Person: ...


@dataclass(frozen=True)
class Sight:
    """The partners that somebody may see, by name. `unread`: a user group could not be read, so
    there may be more."""

    person: Person
    partners: Sequence[Partner]
    unread: bool
    supports: bool


def sight_of(asker: Asker, desk: Desk) -> Sight:
    """Everything that somebody may see; for support, no other group needs to be read."""
    with desk.read() as store:
        partners = sorted(store.partners.all(), key=lambda p: p.name.casefold())
    person = asker.person(desk, Access((), (), desk.support_group))
    supports = person.groups.get(desk.support_group) is True and not person.guest
    if not supports:
        person = asker.person(desk, named_by(partners, desk.support_group))
    reasons = [allows(person, Right.SEE, p.access(desk.support_group)) for p in partners]
    seen = [p for p, reason in zip(partners, reasons, strict=True) if reason is None]
    unread = Reason.GROUP_UNREADABLE in reasons or (
        bool(desk.support_group) and person.groups.get(desk.support_group) is None
    )
    return Sight(person, seen, unread, supports)


def partners_like(typed: str, asker: Asker, desk: Desk) -> Sequence[Partner]:
    """Those that somebody may see and may mean, as many as a select shows; typing finds others."""
    seen = sight_of(asker, desk).partners
    return [p for p in seen if fits(typed, p.name, p.slug)][:OPTIONS_OF_A_SELECT]


def named_by(partners: Sequence[Partner], support: str) -> Access:
    """Whoever is named by any of these partners."""
    admins = {id for partner in partners for id in partner.admins}
    viewers = {id for partner in partners for id in partner.viewers}
    return Access(tuple(admins), tuple(viewers), support)

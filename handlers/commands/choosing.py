"""Which partner a command is about, among those that the person may see.

Of every other partner nobody learns anything: naming one that exists and naming one that does
not are answered alike.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from handlers import sight
from handlers.commands.lines import OF_A_PARTNER, Line, near
from handlers.desk import Desk
from handlers.searching import folded
from handlers.sentences import whom_to_ask
from handlers.sight import Sight, sight_of
from storage.errors import RecessError
from storage.partners import Partner
from storage.rules.rights import Person, Right, allows

SUGGESTED = 3


class Asker(sight.Asker, Protocol):
    """Somebody who typed a command or filled in its form, and where."""

    @property
    def channel(self) -> str: ...


@dataclass(frozen=True)
class Choice:
    """The partner that is meant, or None when it has to be asked; and what else was typed."""

    person: Person
    partner: Partner | None
    rest: str


class Stranger(RecessError):
    """Somebody who may see no partner at all."""

    def __init__(self, seen: Sight, contact: str) -> None:
        nobody = (
            "Recess shows schools to the admins and viewers of a partner and to the support team, "
            f"and you are none of them here. {whom_to_ask(contact)} `/schools whoami` says how "
            "you are known."
        )
        unread = (
            "Whether you may see any schools could not be checked: Slack did not tell who is in "
            "the user groups. Nothing was changed. Try again in a minute, and tell the support "
            "team if it stays so."
        )
        super().__init__(unread if seen.unread else nobody)


class NoSuchPartner(RecessError):
    """Nothing of this name that the person may see; whether there is one is not said."""

    def __init__(self, name: str, seen: Sight) -> None:
        fitting = near(name, [name for p in seen.partners for name in (p.slug, p.name)], SUGGESTED)
        known = fitting or [partner.slug for partner in seen.partners[:SUGGESTED]]
        hint = f"Did you mean {known[0]}?" if fitting else f"You can name {' or '.join(known)}."
        unread = (
            " Some user groups could not be read just now, so try again in a minute if it "
            "should be there."
        )
        super().__init__(
            f"There is no partner “{name}” that you may see. Nothing was changed. {hint}"
            f"{unread if seen.unread else ''}"
        )


def choose(asker: Asker, desk: Desk, line: Line) -> Choice:
    """By its name, by the channel, or as the only one there is. Raises Stranger, NoSuchPartner."""
    with desk.read() as store:
        partners = store.partners.all()
    for partner, rest in _candidates(partners, line, asker.channel):
        if (person := _who_sees(asker, desk, partner)) is not None:
            return Choice(person, partner, rest)
    seen = sight_of(asker, desk)
    if not seen.partners:
        raise Stranger(seen, desk.support_contact)
    if _names_a_partner(line):
        raise NoSuchPartner(line.rest, seen)
    if len(seen.partners) > 1:
        return Choice(seen.person, None, line.rest)
    only = seen.partners[0]
    return Choice(_who_sees(asker, desk, only) or seen.person, only, line.rest)


def _candidates(
    partners: Sequence[Partner], line: Line, channel: str
) -> Iterator[tuple[Partner, str]]:
    """With what is left of the line. One that may not be seen is passed over like none."""
    first, _, others = line.rest.partition(" ")
    for partner in partners:
        if _names_a_partner(line) and folded(line.rest) == folded(partner.name):
            yield partner, ""
        elif folded(first) == folded(partner.slug):
            yield partner, others
    if not _names_a_partner(line):
        yield from ((partner, line.rest) for partner in partners if partner.channel == channel)


def _names_a_partner(line: Line) -> bool:
    return line.verb in OF_A_PARTNER and bool(line.rest)


def _who_sees(asker: Asker, desk: Desk, partner: Partner) -> Person | None:
    access = partner.access(desk.support_group)
    person = asker.person(desk, access)
    return person if allows(person, Right.SEE, access) is None else None

"""A command whose partner is known: what every subcommand is handed."""

from collections.abc import Collection
from dataclasses import dataclass

from handlers.ask import Ask
from handlers.desk import Desk
from storage.partners import Partner
from storage.rules.rights import Person, Right, allows


@dataclass(frozen=True)
class Asked:
    """`rest` is what was typed behind the command and its partner."""

    person: Person
    partner: Partner
    rest: str
    channel: str
    delivery: str

    def may(self, desk: Desk) -> Collection[Right]:
        access = self.partner.access(desk.support_group)
        return {right for right in Right if allows(self.person, right, access) is None}

    def as_ask(self) -> Ask:
        """As a story takes it; it checks the right itself."""
        return Ask(self.person, self.partner.slug, [], delivery=self.delivery, channel=self.channel)

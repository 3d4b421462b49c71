"""What a story is asked, whoever asks: a click, a modal, a command line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from storage.rules.rights import Person
from storage.schools import Actor, Change


@dataclass(frozen=True)
class Ask:
    """One wish of one person about schools of one partner.

    `schools` are the source's ids. `expected` maps a school to the version that the person saw;
    a school without one is taken as it is. `delivery` names Slack's delivery, so that the same
    one handed over twice is one wish. `channel` and `ts` name the message it came from.
    """

    person: Person
    partner: str
    schools: Sequence[str]
    reason: str = ""
    expected: Mapping[str, int] = field(default_factory=dict)
    via: str = "slack"
    delivery: str | None = None
    channel: str | None = None
    ts: str | None = None

    @property
    def actor(self) -> Actor:
        return Actor(self.person.id, self.person.name, self.via, self.channel, self.ts)


@dataclass(frozen=True)
class Answer:
    """What became of an ask, school by school. `repeated`: this delivery was done before."""

    changes: Sequence[Change] = ()
    repeated: bool = False

    @property
    def done(self) -> list[Change]:
        return [change for change in self.changes if change.done]

    @property
    def refused(self) -> list[Change]:
        return [change for change in self.changes if not change.done]

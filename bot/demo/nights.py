"""One night of a sample district: what its files are to change, and what really changed."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

# Schools that are named one by one.
NAMED = 5


@dataclass(frozen=True)
class Change:
    """A cell that becomes `new` if it still says `old`."""

    id: str
    column: str
    old: str
    new: str


@dataclass(frozen=True)
class Night:
    """The edits of one night: schools by id, whole rows of orgs.csv and users.csv, cells."""

    gone: list[str] = field(default_factory=list)
    back: list[str] = field(default_factory=list)
    renewed: dict[str, str] = field(default_factory=dict)
    opened: list[list[str]] = field(default_factory=list)
    joined: list[list[str]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    renamed: list[Change] = field(default_factory=list)
    pinned: list[str] = field(default_factory=list)
    header: str = ""

    def to_json(self) -> str:
        filled = {name: value for name, value in asdict(self).items() if value}
        return json.dumps(filled, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Night":
        fields = json.loads(text)
        for name in ("changed", "renamed"):
            fields[name] = [Change(**change) for change in fields.get(name, [])]
        return cls(**fields)


@dataclass
class Changes:
    """What a night really changed, for its sentences."""

    gone: list[str] = field(default_factory=list)
    back: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    renamed: list[str] = field(default_factory=list)
    header: str = ""
    joined: int = 0
    left: int = 0
    changed: int = 0

    def sentences(self, partner: str) -> Iterator[str]:
        if self.header == "found":
            yield f"users.csv of {partner} has its header line again."
        if len(self.gone) > NAMED:
            yield f"{len(self.gone)} schools are gone from {partner}'s roster."
        else:
            yield from (f"{school} is gone from {partner}'s roster." for school in self.gone)
        yield from (f"{school} is back in {partner}'s roster." for school in self.back)
        yield from (f"{school} is in {partner}'s roster under a new id." for school in self.renewed)
        yield from (f"{school} is new in {partner}'s roster." for school in self.opened)
        yield from (f"{school} in {partner}'s roster." for school in self.renamed)
        if self.joined or self.left or self.changed:
            people = f"{self.joined} joined, {self.left} left, {self.changed} changed"
            yield f"Other staff of {partner}: {people}."
        if self.header == "lost":
            yield f"users.csv of {partner} came without its header line."

"""The product's end of the webhooks: of an account's events the last one wins."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Product:
    """`moves` counts the statuses that it was told of."""

    known: dict[str, tuple[int, bool]] = field(default_factory=dict)
    moves: int = 0
    last: int = 0

    def take(self, events: Iterable[tuple[int, str, Mapping[str, Any]]]) -> None:
        """Events as sequence, type and data, in the order of their sending."""
        for sequence, type, data in events:
            assert sequence > self.last, "the sequence does not rise"
            self.last = sequence
            if type == "school.status_changed":
                self.moves += 1
            else:
                locked = type == "account.locked"
                before = self.known.get(data["account"], (0, False))[1]
                assert locked is not before, "a lock was told of twice"
                assert (locked, bool(data["because"])) in ((True, True), (False, False))
                self.known[data["account"]] = (sequence, locked)

    def locked(self) -> set[str]:
        return {account for account, (_, locked) in self.known.items() if locked}
